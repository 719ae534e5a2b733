"""A whole trace settles, event by event, as a real control plane settled."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.cluster._objects import node
from tests.trace._objects import deployment, trace_of

from simarena.cluster.conformance.replays import judge_replay
from simarena.trace import Trace

if TYPE_CHECKING:
    from pathlib import Path

RECORD = "dsb-scaling-3x16"


@pytest.mark.parametrize("seed", range(3))
def test_the_recorded_replay_is_met_event_by_event(shared: Path, seed: int) -> None:
    record = json.loads((shared / "conformance" / "replays" / f"{RECORD}.json").read_text())
    trace = Trace.from_path(shared / "traces" / record["trace"])
    judged = judge_replay(record, trace, seed=seed)
    assert [event for event in judged if not event.same] == []
    assert len(judged) == len(trace.events)
    assert any(event.expected.messages for event in judged)
    assert max(event.settled.total for event in judged) > 27


def asking(replicas: int) -> dict[str, Any]:
    return deployment(replicas=replicas, requests={"cpu": "1"})


def counts(total: int, ready: int, messages: list[str]) -> dict[str, Any]:
    settled = {"web": {"total": total, "ready": ready, "pending": total - ready}}
    return {"settled": settled if total else {}, "unschedulable_messages": messages}


def test_a_replay_worked_out_by_hand_is_met() -> None:
    message = (
        "0/2 nodes are available: 1 Insufficient cpu, 1 node(s) didn't match Pod's node "
        "affinity/selector. no new claims to deallocate, preemption: 0/2 nodes are available: "
        "1 No preemption victims found for incoming pod, 1 Preemption is not helpful for "
        "scheduling."
    )
    record: dict[str, Any] = {
        "nodes": [node(cpu="2", labels={"type": "virtual"}), node("other", cpu="64")],
        "events": [counts(1, 1, []), counts(4, 2, [message] * 2), counts(0, 0, [])],
    }
    trace = trace_of((0, [asking(1)], []), (60, [asking(4)], []), (90, [], [asking(4)]))
    assert all(event.same for event in judge_replay(record, trace))
    record["events"][1] = counts(4, 3, [message])
    assert [event.same for event in judge_replay(record, trace)] == [True, False, True]
