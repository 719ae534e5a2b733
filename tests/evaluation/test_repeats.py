"""pass@k and pass^k against every way of drawing k plays."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simarena.evaluation.repeats import pass_at_k, pass_pow_k, plays_of_most, too_few_plays
from simarena.evaluation.statistics import bounded_mean, clustered_rate


def test_two_of_five_plays_solved_by_hand() -> None:
    solved, one = np.array([True, True, False, False, False]), np.zeros(5, dtype=np.int64)
    # Of the ten pairs of plays, three are both unsolved and one is both solved.
    assert pass_at_k(solved, one, 2).value == pytest.approx(0.7)
    assert pass_pow_k(solved, one, 2).value == pytest.approx(0.1)
    assert pass_at_k(solved, one, 4).value == 1.0
    assert pass_pow_k(solved, one, 3).value == 0.0


@given(st.lists(st.lists(st.booleans(), min_size=1, max_size=6), min_size=1, max_size=4), st.data())
def test_they_are_the_shares_of_all_ways_to_draw_k_plays(
    scenarios: list[list[bool]], data: st.DataObject
) -> None:
    k = data.draw(st.integers(1, min(map(len, scenarios))))
    solved = np.array([play for plays in scenarios for play in plays])
    clusters = np.repeat(np.arange(len(scenarios)), [len(plays) for plays in scenarios])
    draws = [list(combinations(plays, k)) for plays in scenarios]
    one = np.mean([np.mean([any(draw) for draw in each]) for each in draws])
    every = np.mean([np.mean([all(draw) for draw in each]) for each in draws])
    assert pass_at_k(solved, clusters, k).value == pytest.approx(one)
    assert pass_pow_k(solved, clusters, k).value == pytest.approx(every)


def test_scenarios_played_less_often_are_left_out() -> None:
    solved, clusters = np.array([True, True, False]), np.array([0, 0, 1])
    assert pass_pow_k(solved, clusters, 2).value == 1.0
    assert np.isnan(pass_pow_k(solved, clusters, 3).value)
    assert [too_few_plays(clusters, k) for k in (1, 2, 3)] == [0, 1, 2]


@pytest.mark.parametrize(
    ("counts", "most"), [([3] * 9 + [1], 3), ([3] * 8 + [1, 2], 2), ([2, 1], 1), ([4], 4), ([], 0)]
)
def test_most_is_nine_of_ten_scenarios(counts: list[int], most: int) -> None:
    assert plays_of_most(np.repeat(np.arange(len(counts)), counts)) == most


def test_of_one_play_both_are_the_solve_rate() -> None:
    solved, clusters = np.array([True, True, False, False]), np.array([0, 0, 1, 1])
    rate = clustered_rate(solved, clusters)
    assert pass_at_k(solved, clusters, 1) == pass_pow_k(solved, clusters, 1) == rate


def test_where_all_is_solved_there_still_is_an_interval() -> None:
    solved, clusters = np.ones(36, dtype=np.bool_), np.repeat(np.arange(12), 3)
    assert pass_pow_k(solved, clusters, 3) == bounded_mean(np.ones(12))
    assert pass_pow_k(solved, clusters, 3).low == pytest.approx(0.7354, abs=4e-3)


@given(st.lists(st.lists(st.booleans(), min_size=3, max_size=3), min_size=1, max_size=8))
def test_all_of_more_plays_are_never_likelier_nor_one_of_more_rarer(
    scenarios: list[list[bool]],
) -> None:
    solved = np.array([play for plays in scenarios for play in plays])
    clusters = np.repeat(np.arange(len(scenarios)), 3)
    for k in (1, 2):
        more = pass_pow_k(solved, clusters, k + 1)
        assert all(np.less_equal(more, np.add(pass_pow_k(solved, clusters, k), 1e-12)))
        one = pass_at_k(solved, clusters, k)
        assert all(np.less_equal(one, np.add(pass_at_k(solved, clusters, k + 1), 1e-12)))


@pytest.mark.parametrize("chances", [[0.5, 1.0], [0.9], [0.0, 0.7, 1.0], [0.3]])
@pytest.mark.parametrize("k", [2, 5])
def test_nineteen_of_twenty_intervals_hold_the_truth(chances: list[float], k: int) -> None:
    random = np.random.default_rng(1)
    clusters = np.repeat(np.arange(20), 5)
    truth = np.mean(np.array(chances) ** k)
    held = 0
    for _ in range(400):
        drawn = random.choice(chances, size=20)
        solved = random.random(100) < np.repeat(drawn, 5)
        interval = pass_pow_k(solved, clusters, k)
        held += interval.low <= truth <= interval.high
    assert held / 400 > 0.92
