"""Which nodes are looked at, and which of the best is taken."""

from __future__ import annotations

from collections import Counter

import pytest
from tests.cluster.kernel.stage import Stage

from simarena.cluster.codes import MAX_REASONS, NONE, Count, Reason
from simarena.cluster.kernel.scheduler.fits import forget_all
from simarena.cluster.kernel.scheduler.rejections import diagnose
from simarena.cluster.kernel.scheduler.search import (
    choose_candidate,
    choose_node,
    find_candidates,
    num_nodes_to_find,
)


@pytest.mark.parametrize(
    ("num_nodes", "found"),
    [(0, 0), (1, 1), (99, 99), (100, 100), (250, 120), (500, 230), (1_000, 420), (5_000, 500)],
)
def test_the_search_stops_where_the_real_one_does(num_nodes: int, found: int) -> None:
    assert num_nodes_to_find(num_nodes) == found


def test_few_nodes_are_all_looked_at_from_the_first() -> None:
    world = Stage(num_nodes=5).world
    world.nodes[2]["cpu_requested_milli"] = 64_000
    for _ in range(3):
        assert find_candidates(world, 0) == 4
        assert world.candidates["node"][:4].tolist() == [0, 1, 3, 4]
        assert world.state[0]["next_start_node"] == 0


def test_the_next_search_begins_where_the_last_one_ended() -> None:
    world = Stage(num_nodes=250).world
    assert find_candidates(world, 0) == 120
    assert world.candidates["node"][:120].tolist() == list(range(120))
    assert world.state[0]["next_start_node"] == 120
    world.nodes["cpu_requested_milli"][120:130] = 64_000
    forget_all(world)
    assert find_candidates(world, 0) == 120
    assert world.candidates["node"][:120].tolist() == list(range(130, 250))
    assert world.state[0]["next_start_node"] == 0
    world.state[0]["next_start_node"] = 240
    assert find_candidates(world, 0) == 120
    assert world.candidates["node"][:120].tolist() == [*range(240, 250), *range(110)]


def test_a_named_node_is_looked_at_alone_and_counts_as_one() -> None:
    world = Stage(num_nodes=250).world
    world.templates[0]["named_node"] = 7
    for start in (1, 2):
        assert find_candidates(world, 0) == 1
        assert world.candidates[0]["node"] == 7
        assert world.state[0]["next_start_node"] == start
    world.nodes[7]["cpu_requested_milli"] = 64_000
    forget_all(world)
    assert find_candidates(world, 0) == 0
    assert world.state[0]["next_start_node"] == 3


def test_the_order_is_that_of_the_node_list() -> None:
    world = Stage(num_nodes=4).world
    world.node_list[:] = [3, 1, 0, 2]
    assert find_candidates(world, 0) == 4
    assert world.candidates["node"][:4].tolist() == [3, 1, 0, 2]


def test_the_only_feasible_node_is_taken_uncompared() -> None:
    world = Stage(num_nodes=3).world
    world.nodes["cpu_requested_milli"][:2] = 64_000
    world.templates[0]["scores_taints"] = 1
    world.candidates["score"] = -7
    assert choose_node(world, 0) == 2
    assert world.candidates["score"].tolist() == [-7, -7, -7]


def test_no_node_is_found_where_none_fits() -> None:
    world = Stage(num_nodes=3).world
    world.nodes["cpu_requested_milli"] = 64_000
    assert choose_node(world, 0) == NONE
    world.state[0]["num_nodes"] = 0
    assert choose_node(world, 0) == NONE


def test_the_highest_total_wins() -> None:
    world = Stage(num_nodes=4).world
    world.candidates["node"] = [3, 2, 1, 0]
    world.candidates["total"] = [5, 9, 7, 8]
    assert choose_candidate(world, 4) == 2
    assert choose_candidate(world, 1) == 3


def test_ties_go_to_the_first_or_evenly_to_any() -> None:
    world = Stage(num_nodes=4).world
    world.candidates["node"] = [3, 2, 1, 0]
    world.candidates["total"] = [5, 9, 9, 9]
    assert {int(choose_candidate(world, 4)) for _ in range(20)} == {2}
    world.settings[0]["random_ties"] = 1
    counts = Counter(int(choose_candidate(world, 4)) for _ in range(3_000))
    assert set(counts) == {0, 1, 2}
    assert all(abs(count - 1_000) < 130 for count in counts.values())  # five deviations


def test_a_diagnosis_counts_nodes_by_reason() -> None:
    world = Stage(num_nodes=4, cpu_milli=1_000).world
    world.templates[0]["cpu_milli"] = 900
    world.templates[0]["preempts"] = 1
    world.nodes["cpu_requested_milli"][:3] = 200
    world.nodes["memory_bytes"][2] = 10
    world.verdicts[0, 3]["reasons"] = 1 << Reason.TAINT | 1 << 62
    assert find_candidates(world, 0) == 0
    mask = diagnose(world, 0, 5)
    counts = world.diagnoses[5]
    assert mask & ~(1 << 62) == (
        1 << Reason.INSUFFICIENT_CPU | 1 << Reason.INSUFFICIENT_MEMORY | 1 << Reason.TAINT
    )
    assert counts[Reason.INSUFFICIENT_CPU] == 3
    assert counts[Reason.INSUFFICIENT_MEMORY] == 1
    assert counts[Reason.TAINT] == 1
    assert counts[MAX_REASONS + Count.NODES] == 4
    assert counts[MAX_REASONS + Count.NO_VICTIMS] == 2
    assert counts[MAX_REASONS + Count.NOT_HELPFUL] == 2
    assert counts[MAX_REASONS + Count.NEVER] == 0
    world.templates[0]["preempts"] = 0
    diagnose(world, 0, 5)
    assert counts[MAX_REASONS + Count.NEVER] == 1
