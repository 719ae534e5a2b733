"""Deployments walk through edits as recorded ones did."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest

from simarena.cluster.conformance.rollouts import judge

if TYPE_CHECKING:
    from pathlib import Path

NEEDS_SPREADING = "rollout-1000"
"""Its last edit depends on the default spreading of a ReplicaSet's pods over nodes."""
LONGEST = "rollout-1002"
"""Two walks of 17 and 18 states that take longer to follow than all others together."""


@pytest.fixture(scope="module")
def cases(shared: Path) -> dict[str, dict[str, Any]]:
    lines = (shared / "conformance" / "rollouts" / "rollout.jsonl").read_text().splitlines()
    return {case["name"]: case for case in map(json.loads, lines)}


def ends_as_recorded(case: dict[str, Any]) -> bool:
    """Return whether every edit of a case ends as recorded, for one of a few seeds.

    Which of equal nodes a pod got decides now and then what fits later.
    """
    verdicts = (judge(case, seed=seed, follows=False) for seed in range(10))
    return any(all(verdict.same_end for verdict in of_seed) for of_seed in verdicts)


def test_every_edit_ends_in_the_recorded_state(cases: dict[str, dict[str, Any]]) -> None:
    wrong = [name for name, case in cases.items() if not ends_as_recorded(case)]
    assert [name for name in wrong if name != NEEDS_SPREADING] == []


def test_spreading_decides_what_fits_later(cases: dict[str, dict[str, Any]]) -> None:
    assert ends_as_recorded(cases[NEEDS_SPREADING])


def test_the_settings_own_delays_lead_along_most_recorded_walks(
    cases: dict[str, dict[str, Any]],
) -> None:
    verdicts = [verdict for case in cases.values() for verdict in judge(case, follows=False)]
    assert sum(verdict.same_walk for verdict in verdicts) >= 0.8 * len(verdicts)


@pytest.mark.jit
def test_every_recorded_walk_can_be_followed(cases: dict[str, dict[str, Any]]) -> None:
    names = sorted(set(cases) - {LONGEST})
    verdicts = [verdict for name in names for verdict in judge(cases[name])]
    assert [verdict[:2] for verdict in verdicts if not verdict.same_walk] == []


@pytest.mark.jit
@pytest.mark.parametrize("change", [-1, 1])
def test_a_size_that_no_rollout_comes_to_cannot_be_followed(
    cases: dict[str, dict[str, Any]], change: int
) -> None:
    case = copy.deepcopy(cases["rollout-1018"])
    del case["steps"][5:]
    sizes = case["steps"][4]["timeline"][1]["web"]["replicasets"]
    assert sizes == [4, 4]
    sizes[1] += change
    assert not judge(case)[4].same_walk
