"""A replay in names: workloads, nodes, and why pods waited."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.trace._objects import deployment, pod, trace_of

from simarena.cluster.manifests.node_words import parse_nodes
from simarena.cluster.objects.history import NodeFill, PodCounts
from simarena.cluster.replay.driver import ReplayOptions
from simarena.cluster.replay.replayed import replay_trace
from simarena.trace import Trace

if TYPE_CHECKING:
    from pathlib import Path

GIBI = 1 << 30


def asking(name: str, replicas: int, cpu: str = "1") -> dict[str, Any]:
    return deployment(name, replicas=replicas, requests={"cpu": cpu, "memory": "1Gi"})


def test_a_replay_by_hand() -> None:
    trace = trace_of(
        (0, [asking("web", 1), asking("idle", 0), pod("solo")], []),
        (60, [asking("web", 4)], []),
        (90, [], []),
    )
    replayed = replay_trace(trace, parse_nodes(["2cpu,8Gi", "1cpu,8Gi"]))
    assert replayed.end_ms == 90_000
    assert list(replayed.workloads) == [
        "Deployment virtual-default/web",
        "Deployment virtual-default/idle",
        "Pod virtual-default/solo",
    ]
    assert replayed.workloads["Deployment virtual-default/idle"] == []
    web = replayed.workloads["Deployment virtual-default/web"]
    assert web[-1][1] == PodCounts(total=4, ready=3, pending=1, unbound=1)
    assert sum(node.fills[-1][1].cpu_milli for node in replayed.nodes.values()) == 3_000
    assert (replayed.nodes["node-2"].cpu_milli, replayed.nodes["node-2"].max_pods) == (1_000, 110)
    (wait,) = replayed.waits
    assert (wait.num_pods, wait.first_ms // 1_000) == (1, 60)
    assert wait.message.startswith("0/2 nodes are available: 2 Insufficient cpu.")
    assert replayed.left_out == ()


def test_all_workloads_together_are_the_sum_of_each() -> None:
    trace = trace_of(
        (0, [asking("a", 2), asking("b", 3)], []), (20, [asking("a", 1)], []), (40, [], [])
    )
    replayed = replay_trace(trace, parse_nodes(["3x4cpu,8Gi"]))
    pods = replayed.pods()
    times = [time_ms for time_ms, _ in pods]
    assert times == sorted(set(times))
    for time_ms, counts in pods:
        held = [
            next((c for t, c in reversed(series) if t <= time_ms), PodCounts())
            for series in replayed.workloads.values()
        ]
        assert counts == PodCounts(*(sum(column) for column in zip(*held, strict=True)))
    assert pods[-1][1] == PodCounts(total=4, ready=4)


def test_it_is_told_in_plain_columns() -> None:
    trace = trace_of((0, [asking("web", 1)], []), (9, [], []))
    told = replay_trace(trace, parse_nodes(["2cpu,8Gi"])).to_json()
    assert json.loads(json.dumps(told)) == told
    web = told["workloads"]["Deployment virtual-default/web"]
    assert set(web) == {"time_ms", "total", "ready", "pending", "unbound"}
    assert web["ready"] == [0, 0, 1]
    assert told["nodes"]["node-1"]["asked"]["memory_bytes"] == [GIBI]
    assert set(told["nodes"]["node-1"]["asked"]) == {"time_ms", *NodeFill._fields}


def test_an_empty_trace_is_an_empty_replay() -> None:
    replayed = replay_trace(trace_of(), parse_nodes(["2cpu,8Gi"]))
    assert list(replayed.pods()) == []
    assert (replayed.workloads, replayed.end_ms) == ({}, 0)


@pytest.mark.parametrize("seed", range(3))
def test_the_recorded_trace_ends_as_the_record_says(shared: Path, seed: int) -> None:
    record = json.loads((shared / "conformance" / "replays" / "dsb-scaling-3x16.json").read_text())
    trace = Trace.from_path(shared / "traces" / record["trace"])
    lasts_s = trace.events[-1].ts - trace.events[0].ts
    options = ReplayOptions(duration_s=lasts_s + 60)  # the driver stops at the last event
    replayed = replay_trace(trace, record["nodes"], options=options, seed=seed)
    last = record["events"][-1]["settled"].values()
    assert replayed.pods()[-1][1].total == sum(each["total"] for each in last)
    assert {wait.message for wait in replayed.waits} <= {
        message for event in record["events"] for message in event["unschedulable_messages"]
    }
