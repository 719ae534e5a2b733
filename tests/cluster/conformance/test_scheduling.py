"""Scheduling decisions: those recorded of a real scheduler, and a few worked out by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from simarena.cluster.conformance.scheduling import Agreement, judge_case

HAND_MADE = Path(__file__).parents[2] / "data" / "scheduling.jsonl"
FAMILIES = {
    "fit": 441,
    "seed": 194,
    "taints": 316,
    "node_affinity": 324,
    "spread": 365,
    "pod_affinity": 312,
    "limits": 314,
    "churn": 399,
    "preempt": 296,
    "mixed": 401,
    "replicaset": 315,
}
"""Decisions recorded of each family."""


def cases(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


@pytest.mark.parametrize("case", cases(HAND_MADE), ids=lambda case: case["name"])
def test_decisions_worked_out_by_hand_are_met(case: dict[str, Any]) -> None:
    result = judge_case(case)
    assert result.disagreements == []
    assert result.agreed == result.decisions > 0


@pytest.mark.parametrize("family", FAMILIES)
def test_every_recorded_decision_of_a_family_is_met(shared: Path, family: str) -> None:
    result = Agreement()
    for case in cases(shared / "conformance" / "scheduling" / f"{family}.jsonl"):
        result.add(judge_case(case))
    assert result.disagreements == []
    assert (result.agreed, result.decisions) == (FAMILIES[family], FAMILIES[family])


def test_a_judge_that_agrees_with_everything_would_show() -> None:
    case = next(case for case in cases(HAND_MADE) if case["name"] == "least-full")
    case["steps"][0]["result"] = {"node": "small"}
    case["steps"][1]["result"] = {"unschedulable": "because"}
    result = judge_case(case)
    first, second = result.disagreements[:2]
    assert (first.step, first.recorded, first.simulated) == (0, "small", "large")
    assert (second.step, second.recorded) == (1, "because")
    assert result.agreed == result.decisions - len(result.disagreements)
