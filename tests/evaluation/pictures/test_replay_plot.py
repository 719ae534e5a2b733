"""Pictures of replays, of few workloads and of far too many."""

from __future__ import annotations

import struct

import pytest
from tests.trace._objects import deployment, pod, trace_of

from simarena.cluster.manifests.node_words import parse_nodes
from simarena.cluster.replay.replayed import replay_trace
from simarena.evaluation.pictures.replay_plot import MAX_BANDS, replay_png


def size(picture: bytes) -> tuple[int, int]:
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", picture[16:24])
    return width, height


@pytest.mark.parametrize("num_workloads", [0, 1, MAX_BANDS + 20])
def test_a_picture_is_drawn_and_stays_of_a_size(num_workloads: int) -> None:
    requests = {"cpu": "1", "memory": "1Gi"}
    manifests = [
        deployment(f"web-{n}", replicas=2, requests=requests) for n in range(num_workloads)
    ]
    trace = trace_of((0, [*manifests, pod("solo")], []), (30, [], []))
    replayed = replay_trace(trace, parse_nodes([f"{num_workloads + 1}x2cpu,8Gi"]))
    width, height = size(replay_png(replayed, "web"))
    assert width == 902
    assert 300 < height < 4_000


def test_nothing_at_all_is_a_picture_too() -> None:
    assert size(replay_png(replay_trace(trace_of(), parse_nodes(["1cpu,1Gi"])), "nothing"))
