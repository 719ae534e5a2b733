"""Replays and bulk scheduling in virtual time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from simarena.cluster.journal import Journal
from simarena.cluster.kernel.entry import advance_world, rewind_world
from simarena.cluster.live import LiveWorld
from simarena.cluster.replay import compile_replay
from simarena.cluster.tables import copy_world
from simarena.env import make_node
from simarena.trace import Trace, new_trace

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.conftest import Rate


def deployment(replicas: int) -> dict[str, Any]:
    container = {"name": "main", "image": "web:1", "resources": {"requests": {"cpu": "100m"}}}
    labels = {"app": "web"}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }


def test_replay_of_the_deathstarbench_trace(rate: Rate, shared: Path) -> None:
    trace = Trace.from_path(str(shared / "traces" / "dsb-scaling.sktrace"))
    nodes = [make_node(f"n{row}", "16", "32Gi") for row in range(3)]
    compiled = compile_replay(trace, nodes)
    start = copy_world(compiled.catalogue.world)
    live = LiveWorld(compiled.catalogue, Journal([], []))
    live.advance_to(compiled.end_ms)  # its tables have grown to what the trace needs
    world = live.catalogue.world

    def replay() -> None:
        rewind_world(world, start)
        assert advance_world(world, compiled.end_ms) == 0

    rate(replay, number=1, unit="replays", rounds=50)


@pytest.mark.parametrize(("pods", "nodes"), [(2_000, 200), (10_000, 5_000)])
def test_pods_of_one_deployment_from_apply_to_all_bound(rate: Rate, pods: int, nodes: int) -> None:
    manifests = [make_node(f"n{row}", "16", "32Gi") for row in range(nodes)]
    compiled = compile_replay(new_trace([deployment(pods)]), manifests)
    start = copy_world(compiled.catalogue.world)
    live = LiveWorld(compiled.catalogue, Journal([], []))
    live.advance_to(600_000)
    world = live.catalogue.world
    bound = world.pods[: world.state[0]["num_pods"]]
    assert int((bound["node"] >= 0).sum()) == pods

    def bind_all() -> None:
        rewind_world(world, start)
        assert advance_world(world, 600_000) == 0

    rate(bind_all, number=pods, unit="pods")
