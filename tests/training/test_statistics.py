"""Intervals against figures worked out elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simarena.training.statistics import (
    Interval,
    cluster_means,
    clustered_mean,
    clustered_rate,
    clustered_ratio,
    effective_trials,
    mean_of_runs,
    paired_difference,
    paired_rate_difference,
    rate_over_families,
    student_t_95,
    wilson_interval,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [
        (0, 10, 0.0, 0.2775),
        (5, 10, 0.2366, 0.7634),
        (81, 263, 0.2553, 0.3662),  # Newcombe 1998, table I
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (10, 10, 0.7225, 1.0),
    ],
)
def test_wilson_agrees_with_published_values(
    successes: int, trials: int, low: float, high: float
) -> None:
    interval = wilson_interval(successes / trials, trials)
    assert interval == pytest.approx((successes / trials, low, high), abs=6e-5)


def test_without_trials_a_rate_may_be_anything() -> None:
    interval = wilson_interval(0.0, 0)
    assert np.isnan(interval.value)
    assert (interval.low, interval.high) == (0.0, 1.0)


@given(st.integers(1, 500), st.floats(0, 1))
def test_wilson_holds_the_rate_and_stays_between_0_and_1(trials: int, rate: float) -> None:
    interval = wilson_interval(rate, trials)
    assert 0.0 <= interval.low <= rate <= interval.high <= 1.0


@pytest.mark.parametrize(
    ("freedom", "quantile"),
    [(1, 12.7062), (4, 2.7764), (11, 2.2010), (19, 2.0930), (99, 1.9842), (10**6, 1.9600)],
)
def test_student_agrees_with_published_tables(freedom: int, quantile: float) -> None:
    assert student_t_95(freedom) == pytest.approx(quantile, abs=2e-4)


def test_every_scenario_weighs_the_same_however_often_it_is_played() -> None:
    solved = np.array([True, True, True, False, False])
    clusters = np.array([7, 7, 7, 7, 3])
    assert cluster_means(solved, clusters).tolist() == [0.0, 0.75]
    assert clustered_rate(solved, clusters).value == 0.375


def test_plays_that_always_end_alike_count_as_one_trial() -> None:
    solved = np.repeat([True, False, True, False, True, False], 5)
    clusters = np.repeat(np.arange(6), 5)
    assert clustered_rate(solved, clusters) == wilson_interval(0.5, 6)
    assert clustered_rate(solved[::5], clusters[::5]) == clustered_rate(solved, clusters)


def test_plays_that_are_independent_count_nearly_all() -> None:
    random = np.random.default_rng(0)
    means = (random.random((400, 5)) < 0.3).mean(axis=1)
    assert 1_600 < effective_trials(means, 2_000) <= 2_000


@pytest.mark.parametrize("solved", [True, False])
def test_where_nothing_varies_only_scenarios_count(solved: bool) -> None:
    plays = np.full(40, solved)
    assert clustered_rate(plays, np.repeat(np.arange(8), 5)) == wilson_interval(float(solved), 8)


def coverage(rates: NDArray[np.float64], num_plays: int) -> float:
    """Return how often the interval holds the true mean, when scenarios have these chances."""
    random = np.random.default_rng(1)
    clusters = np.repeat(np.arange(20), num_plays)
    held = 0
    for _ in range(400):
        chances = random.choice(rates, size=20)
        solved = random.random(len(clusters)) < np.repeat(chances, num_plays)
        interval = clustered_rate(solved, clusters)
        held += interval.low <= rates.mean() <= interval.high
    return held / 400


@pytest.mark.parametrize(
    "rates", [[0.0, 1.0], [0.5], [0.0, 0.3, 0.9], [0.1], [0.8, 1.0, 1.0, 1.0, 1.0]]
)
def test_nineteen_of_twenty_intervals_hold_the_truth(rates: list[float]) -> None:
    assert coverage(np.array(rates), 4) > 0.92


def test_families_whose_scenarios_end_alike_count_as_one_trial_each() -> None:
    solved = np.repeat([True, False, True, False], 6)
    families = np.repeat(["a", "b", "c", "d"], 6)
    assert rate_over_families(solved, np.repeat(np.arange(12), 2), families) == wilson_interval(
        0.5, 4
    )


def test_families_never_make_an_interval_narrower() -> None:
    # Every family is solved by half: between families nothing varies.
    solved, scenarios = np.tile([True, False], 10), np.arange(20)
    families = np.repeat(np.arange(10), 2)
    assert rate_over_families(solved, scenarios, families) == clustered_rate(solved, scenarios)


def test_a_rate_over_families_is_still_the_mean_over_scenarios() -> None:
    solved = np.array([True, True, True, False])
    families = np.array(["a", "a", "a", "b"])
    interval = rate_over_families(solved, np.arange(4), families)
    assert interval.value == 0.75
    assert interval == wilson_interval(0.75, 16 / (9 + 1))  # the larger family weighs more


def test_where_all_is_solved_only_families_count_and_one_says_nothing() -> None:
    solved, scenarios = np.ones(12, dtype=np.bool_), np.arange(12)
    assert rate_over_families(solved, scenarios, np.repeat([0, 1, 2], 4)) == wilson_interval(1, 3)
    assert np.isnan(rate_over_families(solved, scenarios, np.zeros(12)).low)
    assert np.isnan(rate_over_families(solved[:0], scenarios[:0], scenarios[:0]).value)


def family_coverage(rates: list[float], sizes: list[int]) -> tuple[float, float]:
    """Return how often the intervals with and without families hold the truth.

    All scenarios of a family have its chance, which is drawn from `rates`.
    """
    random = np.random.default_rng(1)
    clusters = np.repeat(np.arange(sum(sizes)), 4)
    families = np.repeat(np.repeat(np.arange(len(sizes)), sizes), 4)
    truth, held, held_without = np.mean(rates), 0, 0
    for _ in range(400):
        solved = random.random(len(families)) < random.choice(rates, size=len(sizes))[families]
        interval = rate_over_families(solved, clusters, families)
        without = clustered_rate(solved, clusters)
        held += bool(interval.low <= truth <= interval.high)
        held_without += bool(without.low <= truth <= without.high)
    return held / 400, held_without / 400


@pytest.mark.parametrize(
    "rates", [[0.0, 1.0], [0.5], [0.0, 0.3, 0.9], [0.8, 1.0, 1.0, 1.0, 1.0], [0.2, 0.9]]
)
@pytest.mark.parametrize("sizes", [[10] * 10, [4] * 20, [10, 8, 6, 6, 4, 4, 2, 2]])
def test_nineteen_of_twenty_intervals_over_families_hold_the_truth(
    rates: list[float], sizes: list[int]
) -> None:
    assert family_coverage(rates, sizes)[0] > 0.92


def test_without_families_intervals_are_too_narrow_for_variants_of_one_problem() -> None:
    held, held_without = family_coverage([0.2, 0.9], [10] * 10)
    assert held > 0.92
    assert held_without < 0.7


def test_no_scenarios_give_no_rate() -> None:
    nobody = np.zeros(0, dtype=np.int64)
    assert np.isnan(clustered_rate(np.zeros(0, dtype=np.bool_), nobody).value)
    assert np.isnan(clustered_mean(np.zeros(0), nobody).value)
    assert np.isnan(clustered_ratio(np.zeros(0), np.zeros(0), nobody).value)
    assert np.isnan(paired_rate_difference(np.zeros(0)).difference.value)


def test_a_mean_that_never_varies_has_no_width() -> None:
    assert clustered_mean(np.full(21, 2.5), np.repeat(np.arange(7), 3)) == (2.5, 2.5, 2.5)


def test_an_interval_of_a_mean_is_about_two_standard_errors_wide() -> None:
    values = np.random.default_rng(0).normal(10.0, 2.0, size=400)
    interval = clustered_mean(values, np.arange(400))
    error = values.std() / 20
    assert interval.low == pytest.approx(interval.value - 1.96 * error, abs=0.2 * error)
    assert interval.high == pytest.approx(interval.value + 1.96 * error, abs=0.2 * error)
    assert clustered_mean(values, np.arange(400)) == interval


def test_a_ratio_is_of_sums_and_not_a_mean_of_ratios() -> None:
    ratio = clustered_ratio(np.array([2.0, 30.0]), np.array([1.0, 31.0]), np.array([0, 1]))
    assert ratio.value == 1.0
    twice = clustered_ratio(np.array([2.0, 8.0]), np.array([1.0, 4.0]), np.array([0, 1]))
    assert twice == (2.0, 2.0, 2.0)
    assert np.isnan(clustered_ratio(np.ones(2), np.zeros(2), np.arange(2)).value)


def test_paired_differences_compare_scenario_by_scenario() -> None:
    paired = paired_difference(np.array([1.0, 0.0, -0.5, 0.0]))
    assert paired.difference.value == 0.125
    assert (paired.num_better, paired.num_equal, paired.num_worse) == (1, 2, 1)


def test_a_difference_of_rates_is_walds_after_one_more_of_each() -> None:
    # 1 and 7 discordant of 21 pairs: 2 and 8 of 23, so -6/23 and a variance of (10/23 - 36/529)/23.
    interval = paired_rate_difference(np.array([1.0] + [-1.0] * 7 + [0.0] * 13)).difference
    assert interval == pytest.approx((-6 / 21, -0.5084, -0.0134), abs=1e-4)


def test_equal_agents_still_have_an_interval() -> None:
    interval = paired_rate_difference(np.zeros(100)).difference
    assert interval.value == 0.0
    assert interval.low == pytest.approx(-interval.high)
    assert 0.01 < interval.high < 0.04
    assert paired_rate_difference(np.ones(3)).difference.high == 1.0


def test_a_mean_over_runs_has_students_interval() -> None:
    runs = np.array([0.90, 0.92, 0.94, 0.96, 0.98])
    half = 2.7764 * np.std(runs, ddof=1) / 5**0.5
    assert mean_of_runs(runs) == pytest.approx((0.94, 0.94 - half, 0.94 + half))
    assert mean_of_runs(runs[:1]) == pytest.approx((0.9, np.nan, np.nan), nan_ok=True)
    assert isinstance(mean_of_runs(runs[:0]), Interval)
