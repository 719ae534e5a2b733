"""Curves of the share solved, against figures worked out by hand or published."""

from __future__ import annotations

import numpy as np
import pytest

from simarena.evaluation.statistics import clustered_rate
from simarena.evaluation.survival import SolvedCurve, solved_curve


def curve_of(steps: list[int], solved: list[bool], limits: list[int]) -> SolvedCurve:
    return solved_curve(np.array(solved), np.array(steps), np.array(limits), np.arange(len(solved)))


def test_with_one_limit_it_is_the_share_solved_so_far() -> None:
    curve = curve_of([2, 3, 3, 10], [True, True, True, False], [10] * 4)
    assert curve.steps.tolist() == [0, 2, 3, 10]
    assert curve.solved == pytest.approx(np.array([0.0, 0.25, 0.75, 0.75]))
    assert curve.median.value == 3


def test_it_agrees_with_the_published_example_of_remission() -> None:
    # Freireich et al. 1963, 6-mercaptopurine; survival as in Collett, "Modelling Survival Data".
    solved_at = [6, 6, 6, 7, 10, 13, 16, 22, 23]
    censored_at = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    curve = curve_of(
        solved_at + censored_at,
        [True] * 9 + [False] * 12,
        [100] * 9 + censored_at,
    )
    expected = [0.8571, 0.8067, 0.7529, 0.6902, 0.6275, 0.5378, 0.4482]
    assert (1 - curve.solved[1:-1]).tolist() == pytest.approx(expected, abs=1e-4)
    assert curve.median.value == 23


def test_giving_up_does_not_look_like_missing_data() -> None:
    gives_up = curve_of([1, 4], [False, True], [10, 10])
    goes_on = curve_of([10, 4], [False, True], [10, 10])
    assert gives_up.solved.tolist() == goes_on.solved.tolist() == [0.0, 0.5, 0.5]


def test_every_scenario_weighs_the_same_however_often_it_is_played() -> None:
    steps, solved = np.array([1, 1, 1, 5]), np.array([True, True, True, False])
    curve = solved_curve(solved, steps, np.full(4, 5), np.array([0, 0, 0, 1]))
    assert curve.solved.tolist() == [0.0, 0.5, 0.5]


def test_the_band_holds_the_curve_and_narrows_with_scenarios() -> None:
    random = np.random.default_rng(0)

    def width(num_scenarios: int) -> float:
        steps = random.integers(1, 40, size=num_scenarios)
        solved = random.random(num_scenarios) < 0.7
        curve = curve_of(steps.tolist(), solved.tolist(), [40] * num_scenarios)
        assert (curve.low <= curve.solved + 1e-12).all()
        assert (curve.solved <= curve.high + 1e-12).all()
        return float((curve.high - curve.low).mean())

    assert width(400) < 0.7 * width(50)


def test_where_nothing_is_solved_the_curve_stays_at_nought() -> None:
    curve = curve_of([5, 5], [False, False], [5, 5])
    assert (curve.steps.tolist(), curve.solved.tolist()) == ([0, 5], [0.0, 0.0])
    assert curve.to_json()["median"] == {"value": None, "low": 1.0, "high": None}
    assert curve.low.tolist() == [0.0, 0.0]
    assert curve.high[-1] == pytest.approx(1 - 0.025 ** (1 / 2), abs=5e-3)


def test_the_band_ends_where_the_interval_of_the_solve_rate_does() -> None:
    random = np.random.default_rng(0)
    steps, solved = random.integers(1, 40, size=300), random.random(300) < 0.7
    clusters = np.repeat(np.arange(100), 3)
    curve = solved_curve(solved, steps, np.full(300, 40), clusters)
    rate = clustered_rate(solved, clusters)
    assert (curve.low[-1], curve.high[-1]) == pytest.approx(rate[1:], abs=3e-3)


@pytest.mark.parametrize("count", [1, 12])
def test_where_all_scenarios_end_alike_the_band_still_has_a_width(count: int) -> None:
    curve = curve_of([3] * count, [True] * count, [10] * count)
    assert curve.low[-1] == pytest.approx(0.025 ** (1 / count), abs=5e-3)
    assert curve.high[-1] == 1.0
    assert curve.median.low <= curve.median.value == 3 <= curve.median.high


def test_of_no_plays_there_is_no_curve() -> None:
    curve = curve_of([], [], [])
    assert curve.steps.tolist() == curve.low.tolist() == []
    assert curve.to_json()["median"]["value"] is None


def test_everything_solved_at_once_is_a_single_step() -> None:
    curve = curve_of([0, 0], [True, True], [5, 5])
    assert curve.solved.tolist() == [0.0, 1.0, 1.0]
    assert curve.median.value == 0
