"""Scores, against the formulas written out in plain Python."""

from __future__ import annotations

from statistics import pstdev

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cluster.kernel.stage import Stage

from simarena.cluster.codes import Plugin
from simarena.cluster.kernel.scheduler.scores import (
    balanced_allocation_score,
    least_allocated_score,
    tell_scores,
)

CPU = st.integers(0, 64_000)
MEMORY = st.integers(0, 1 << 40)
USE = st.tuples(CPU, MEMORY)


def least_allocated(use: tuple[int, int], capacity: tuple[int, int]) -> int:
    scores = [
        0 if used > has else (has - used) * 100 // has
        for used, has in zip(use, capacity, strict=True)
        if has
    ]
    return sum(scores) // len(scores) if scores else 0


def balance(use: tuple[int, int], capacity: tuple[int, int]) -> int:
    shares = [min(1.0, used / has) for used, has in zip(use, capacity, strict=True) if has]
    return int((1 - (pstdev(shares) if len(shares) > 1 else 0.0)) * 100)


def stage_with(
    capacity: tuple[int, int], used: tuple[int, int], asked: tuple[int, int], *, release_136: int
) -> Stage:
    stage = Stage(num_nodes=1, random_ties=0, release_136=release_136)
    node, template = stage.world.nodes[0], stage.world.templates[0]
    node["cpu_milli"], node["memory_bytes"] = capacity
    for name in ("requested", "nonzero"):
        node[f"cpu_{name}_milli"], node[f"memory_{name}_bytes"] = used
    template["cpu_milli"], template["memory_bytes"] = asked
    template["cpu_nonzero_milli"], template["memory_nonzero_bytes"] = asked
    template["cpu_scored_milli"], template["memory_scored_bytes"] = asked
    return stage


@given(USE, USE, USE)
def test_free_shares_are_averaged_as_the_formula_says(
    capacity: tuple[int, int], used: tuple[int, int], asked: tuple[int, int]
) -> None:
    world = stage_with(capacity, used, asked, release_136=1).world
    after = (used[0] + asked[0], used[1] + asked[1])
    assert least_allocated_score(world, 0, 0) == least_allocated(after, capacity)


@given(USE, USE, USE, st.booleans())
def test_balance_is_scored_as_the_formula_says(
    capacity: tuple[int, int], used: tuple[int, int], asked: tuple[int, int], release_136: bool
) -> None:
    world = stage_with(capacity, used, asked, release_136=int(release_136)).world
    score = balanced_allocation_score(world, 0, 0)
    after = balance((used[0] + asked[0], used[1] + asked[1]), capacity)
    expected = 50 + (50 + after - balance(used, capacity)) // 2 if release_136 else after
    assert score == (expected if any(asked) else 0)
    assert 0 <= score <= 100


def test_an_empty_node_by_hand() -> None:
    # 1 of 4 CPUs and 2 of 8 Gi: 75 % free of each; perfectly balanced before and after.
    world = stage_with((4_000, 8 << 30), (0, 0), (1_000, 2 << 30), release_136=1).world
    assert least_allocated_score(world, 0, 0) == 75
    assert balanced_allocation_score(world, 0, 0) == 75
    world.settings[0]["release_136"] = 0
    assert balanced_allocation_score(world, 0, 0) == 100


def test_a_lopsided_pod_by_hand() -> None:
    # Half of the CPU and nothing of the memory: free 50 and 100; deviation 0.25.
    world = stage_with((4_000, 8 << 30), (0, 0), (2_000, 0), release_136=1).world
    assert least_allocated_score(world, 0, 0) == 75
    assert balanced_allocation_score(world, 0, 0) == 50 + (50 + 75 - 100) // 2


@pytest.mark.parametrize(
    ("counts", "scores"), [([0, 0, 0], [100, 100, 100]), ([0, 1, 3], [100, 67, 0])]
)
def test_preferred_taints_count_against_a_node(counts: list[int], scores: list[int]) -> None:
    world = Stage(num_nodes=3).world
    world.templates[0]["scores_taints"] = 1
    world.verdicts["num_preferred_taints"][0, :3] = counts
    world.candidates["node"] = [0, 1, 2]
    tell_scores(world, 0, 3)
    assert world.scores[:, Plugin.TAINT].tolist() == scores


@pytest.mark.parametrize(
    ("weights", "scores"), [([0, 0, 0], [0, 0, 0]), ([0, 5, 15], [0, 33, 100])]
)
def test_preferred_affinity_is_scaled_to_the_best(weights: list[int], scores: list[int]) -> None:
    world = Stage(num_nodes=3).world
    world.templates[0]["scores_affinity"] = 1
    world.verdicts["affinity_weight"][0, :3] = weights
    world.candidates["node"] = [0, 1, 2]
    tell_scores(world, 0, 3)
    assert world.scores[:, Plugin.AFFINITY].tolist() == scores


def test_only_feasible_nodes_decide_the_scale() -> None:
    world = Stage(num_nodes=3).world
    world.templates[0]["scores_affinity"] = 1
    world.verdicts["affinity_weight"][0, :3] = [1, 2, 100]
    world.candidates["node"][:2] = [0, 1]
    tell_scores(world, 0, 2)
    assert world.scores[:, Plugin.AFFINITY][:2].tolist() == [50, 100]


def test_totals_are_weighted_sums() -> None:
    world = Stage(num_nodes=2).world
    world.templates[0]["scores_affinity"] = world.templates[0]["scores_taints"] = 1
    world.verdicts["affinity_weight"][0, :2] = [1, 4]
    world.verdicts["num_preferred_taints"][0, :2] = [1, 2]
    world.candidates["node"] = [0, 1]
    tell_scores(world, 0, 2)
    for candidate, scores in zip(world.candidates, world.scores, strict=True):
        assert candidate["total"] == (
            3 * scores[Plugin.TAINT]
            + 2 * scores[Plugin.AFFINITY]
            + scores[Plugin.FIT]
            + scores[Plugin.BALANCED]
        )
    assert world.scores[:, Plugin.TAINT].tolist() == [50, 0]
    assert world.scores[:, Plugin.AFFINITY].tolist() == [25, 100]
