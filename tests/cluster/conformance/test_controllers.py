"""Cases of controllers: those recorded of a real control plane, and some worked out by hand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.cluster._objects import Manifest, deployment, node

from simarena.cluster.conformance.controllers import JudgedStep, difference, judge_case
from simarena.cluster.conformance.states import FAMILIES, comparable, word_of

if TYPE_CHECKING:
    from pathlib import Path

JUDGED = {
    "adoption": 40,
    "budget": 57,
    "cronjob": 16,
    "daemonset": 82,
    "deployment": 90,
    "garbage": 46,
    "hpa": 8,
    "job": 24,
    "notready": 12,
    "preemption": 29,
    "queue": 24,
    "scaledown": 31,
    "statefulset": 75,
    "taint": 48,
}
"""Edits of each family whose state, or answer, is judged."""


def case(*steps: Manifest, family: str = "deployment", **more: object) -> dict[str, Any]:
    return {
        "name": "here",
        "family": family,
        "ready_ms": 300,
        "quiet": 2.0,
        "nodes": [node()],
        "steps": list(steps),
        **more,
    }


def step(op: str, settled: Manifest, **more: object) -> Manifest:
    return {"op": op, "timeline": [], "settled": settled, **more}


def in_case(manifest: Manifest) -> Manifest:
    return {**manifest, "metadata": {**manifest["metadata"], "namespace": "here"}}


def replicaset(replicas: int) -> Manifest:
    return in_case(deployment("web", replicas, "1", kind="ReplicaSet"))


def grown(replicas: int) -> Manifest:
    return {
        "pods": {"1 ready": replicas},
        "replicasets": [[0, "1", replicas, replicas]],
        "status": {},
    }


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_every_recorded_edit_of_a_family_settles_as_it_did(shared: Path, family: str) -> None:
    path = shared / "conformance-hard" / "controllers" / f"{family}.jsonl"
    if not path.is_file():
        pytest.skip("no records of controllers")
    steps = [
        step
        for line in path.read_text("utf-8").splitlines()
        for step in judge_case(json.loads(line))
        if step.is_judged or step.asks_answer
    ]
    assert len(steps) == JUDGED[family]
    # What the API refuses is judged with admission.
    differing = [each for each in steps if not each.agrees and not each.refused]
    assert [(each.case, each.step, difference(each)) for each in differing] == []


def test_a_judge_that_agrees_with_everything_would_show() -> None:
    wrong = {**grown(2), "pods": {"1 ready": 3}}
    given = case(
        step("apply", grown(2), object=replicaset(2)),
        step("apply", wrong, object=replicaset(2)),
        step("apply", grown(1), object=replicaset(1), refused="422"),
        step("evict", {}, which="ready", quiet=0.25, result={"message": "no"}),
    )
    first, second, third, fourth = judge_case(given)
    assert first.agrees
    assert difference(second) == "pods.1 ready: recorded 3, says 2"
    assert difference(third) == "answered True, says [None]"
    assert difference(fourth) == "answered {'message': 'no'}, says [None]"
    assert not second.agrees
    assert not third.agrees
    assert not fourth.agrees
    assert not fourth.is_judged


def test_time_passes_as_for_the_recorder() -> None:
    made = step("apply", {}, object=replicaset(1))
    judged: list[JudgedStep] = judge_case(
        case(
            made,
            step("wait", {}, after_s=7.5),
            step("wait", {}, quiet=0.2),
            step("align", {}, second=30),
        )
    )
    # A sync after 15 ms, a scheduling cycle of 2 ms, 300 ms to readiness; then nothing for 2 s.
    assert [moment.after_ms for moment in judged[0].walk] == [0, 15, 17, 317]
    assert [step.is_judged for step in judged] == [True, True, False, True]
    assert judged[0].walk[-1].state == grown(1)


def test_what_chance_decides_does_not_differ() -> None:
    one = {"nodes": {"a": [["1", "ready"]], "?b": [["2", "unbound"]]}, "status": {}}
    other = {"nodes": {"b": [["1", "ready"]], "?a": [["2", "unbound"]]}, "status": {}}
    assert comparable(one, "daemonset") == comparable(other, "daemonset")
    gone = {"nodes": {"b": [["1", "ready"]], "a": [["2", "pending"]]}, "status": {}}
    assert comparable(one, "daemonset") != comparable(gone, "daemonset")


@pytest.mark.parametrize(
    ("pod", "word"),
    [
        ({"status": {"phase": "Pending"}}, "unbound"),
        ({"spec": {"nodeName": "n"}, "status": {"phase": "Pending"}}, "pending"),
        ({"spec": {"nodeName": "n"}, "status": {"phase": "Running"}}, "unready"),
        ({"status": {"phase": "Failed"}}, "Failed"),
        (
            {"metadata": {"deletionTimestamp": "x"}, "status": {"phase": "Succeeded"}},
            "Succeeded deleted",
        ),
    ],
)
def test_a_pod_has_the_recordings_word(pod: Manifest, word: str) -> None:
    assert word_of({"metadata": {}, "spec": {}, **pod}) == word
