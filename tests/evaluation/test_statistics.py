"""Intervals against figures worked out elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simarena.evaluation.statistics import (
    Interval,
    bounded_mean,
    cluster_means,
    clustered_mean,
    clustered_rate,
    clustered_ratio,
    mean_of_runs,
    paired_difference,
    paired_rate_difference,
    rate_over_families,
    student_t_95,
)

if TYPE_CHECKING:
    from random import Random

    from numpy.typing import NDArray

    Rates = NDArray[np.float64]


rates = st.lists(st.floats(0, 1), min_size=1, max_size=30).map(np.array)


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [
        (0, 10, 0.0, 0.3085),  # Clopper and Pearson's, from tables of the beta distribution
        (5, 10, 0.1871, 0.8129),
        (81, 263, 0.2527, 0.3676),  # Newcombe 1998, table I
        (15, 148, 0.0578, 0.1617),
        (0, 20, 0.0, 0.1684),
        (1, 29, 0.0009, 0.1776),
        (10, 10, 0.6915, 1.0),
    ],
)
def test_all_or_nothing_agrees_with_published_values(
    successes: int, trials: int, low: float, high: float
) -> None:
    interval = bounded_mean((np.arange(trials) < successes).astype(np.float64))
    assert interval == pytest.approx((successes / trials, low, high), abs=6e-3)


def test_of_no_values_a_rate_may_be_anything() -> None:
    interval = bounded_mean(np.zeros(0))
    assert np.isnan(interval.value)
    assert (interval.low, interval.high) == (0.0, 1.0)


@given(rates)
def test_a_rate_lies_in_its_interval_and_both_between_0_and_1(values: Rates) -> None:
    interval = bounded_mean(values)
    assert 0.0 <= interval.low <= interval.value <= interval.high <= 1.0
    assert interval.high - interval.low > 0.0


@given(rates, st.data())
def test_who_solves_more_never_has_a_lower_bound(values: Rates, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(values) - 1))
    better = values.copy()
    better[place] = data.draw(st.floats(float(values[place]), 1))
    assert all(np.less_equal(bounded_mean(values), bounded_mean(better)))


@given(rates, st.randoms(use_true_random=False))
def test_the_order_of_scenarios_does_not_matter(values: Rates, random: Random) -> None:
    shuffled = values.tolist()
    random.shuffle(shuffled)
    assert bounded_mean(np.array(shuffled))[1:] == bounded_mean(values)[1:]


@given(st.integers(1, 40))
def test_another_scenario_that_is_solved_raises_the_lower_bound(count: int) -> None:
    assert bounded_mean(np.ones(count)).low < bounded_mean(np.ones(count + 1)).low


@given(rates)
def test_what_fails_is_the_mirror_image_of_what_succeeds(values: Rates) -> None:
    solved, failed = bounded_mean(values), bounded_mean(1.0 - values)
    assert failed.high == pytest.approx(1.0 - solved.low, abs=0.05)
    assert failed.low == pytest.approx(1.0 - solved.high, abs=0.05)


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


def test_plays_that_always_end_alike_count_as_one() -> None:
    solved = np.repeat([True, False, True, False, True, False], 5)
    clusters = np.repeat(np.arange(6), 5)
    assert clustered_rate(solved[::5], clusters[::5]) == clustered_rate(solved, clusters)
    assert clustered_rate(solved, clusters) == bounded_mean(solved[::5].astype(np.float64))


def test_plays_that_are_independent_count_nearly_all() -> None:
    solved = np.random.default_rng(0).random(2_000) < 0.3
    few, many = np.repeat(np.arange(400), 5), np.arange(2_000)
    width = np.ptp(clustered_rate(solved, few)[1:])
    assert width < 1.1 * np.ptp(clustered_rate(solved, many)[1:])


@pytest.mark.parametrize("solved", [True, False])
def test_where_nothing_varies_only_scenarios_count(solved: bool) -> None:
    plays = np.full(40, solved)
    alike = bounded_mean(np.full(8, float(solved)))
    assert clustered_rate(plays, np.repeat(np.arange(8), 5)) == alike
    assert alike.high - alike.low == pytest.approx(1 - 0.025 ** (1 / 8), abs=6e-3)


def test_one_play_that_fails_does_not_make_anybody_surer() -> None:
    # 200 scenarios, five plays each: all 1,000 solved, and all but one.
    clusters, solved = np.repeat(np.arange(200), 5), np.ones(1_000, dtype=np.bool_)
    every = clustered_rate(solved, clusters)
    solved[7] = False
    assert all(np.less_equal(clustered_rate(solved, clusters), every))


def coverage(rates: Rates, num_plays: int, num_scenarios: int = 20) -> float:
    """Return how often the interval holds the true mean, when scenarios have these chances."""
    random = np.random.default_rng(1)
    clusters = np.repeat(np.arange(num_scenarios), num_plays)
    held = 0
    for _ in range(400):
        chances = random.choice(rates, size=num_scenarios)
        solved = random.random(len(clusters)) < np.repeat(chances, num_plays)
        interval = clustered_rate(solved, clusters)
        held += interval.low <= rates.mean() <= interval.high
    return held / 400


@pytest.mark.parametrize(
    "rates", [[0.0, 1.0], [0.5], [0.0, 0.3, 0.9], [0.1], [0.8, 1.0, 1.0, 1.0, 1.0]]
)
def test_nineteen_of_twenty_intervals_hold_the_truth(rates: list[float]) -> None:
    assert coverage(np.array(rates), 4) > 0.93
    assert coverage(np.array(rates), 1, num_scenarios=3) > 0.93


def test_families_whose_scenarios_end_alike_count_as_one_each() -> None:
    solved = np.repeat([True, False, True, False], 6)
    families = np.repeat(["a", "b", "c", "d"], 6)
    interval = rate_over_families(solved, np.repeat(np.arange(12), 2), families)
    assert interval == pytest.approx(bounded_mean(np.array([1.0, 0.0, 1.0, 0.0])))


def test_families_never_make_an_interval_narrower() -> None:
    # Every family is solved by half: between families nothing varies.
    solved, scenarios = np.tile([True, False], 10), np.arange(20)
    families = np.repeat(np.arange(10), 2)
    over, within = (
        rate_over_families(solved, scenarios, families),
        clustered_rate(solved, scenarios),
    )
    assert over.low <= within.low <= within.high <= over.high


def test_a_rate_over_families_is_still_the_mean_over_scenarios() -> None:
    solved = np.array([True, True, True, False])
    larger_solved = rate_over_families(solved, np.arange(4), np.array(["a", "a", "a", "b"]))
    assert larger_solved.value == 0.75
    assert bounded_mean(np.array([1.0, 0.0]), np.array([3.0, 1.0])) == larger_solved
    assert bounded_mean(np.array([1.0, 0.0])).value == 0.5


def test_where_all_is_solved_only_families_count_and_one_says_nothing() -> None:
    solved, scenarios = np.ones(12, dtype=np.bool_), np.arange(12)
    over = rate_over_families(solved, scenarios, np.repeat([0, 1, 2], 4))
    assert over == bounded_mean(np.ones(3))
    assert np.isnan(rate_over_families(solved, scenarios, np.zeros(12)).low)
    assert np.isnan(rate_over_families(solved[:0], scenarios[:0], scenarios[:0]).value)


@pytest.mark.parametrize("failed", [[0, 1, 2], [0, 17, 34], [5], list(range(17)), list(range(100))])
def test_over_families_all_solved_is_never_less_sure_than_nearly_all(failed: list[int]) -> None:
    scenarios, families = np.arange(204), np.repeat(np.arange(12), 17)
    solved = np.ones(204, dtype=np.bool_)
    every = rate_over_families(solved, scenarios, families)
    solved[failed] = False
    nearly = rate_over_families(solved, scenarios, families)
    assert nearly.value < every.value
    assert nearly.low <= every.low
    assert nearly.high <= every.high
    assert every.low == pytest.approx(0.025 ** (1 / 12), abs=4e-3)


@given(st.lists(st.lists(st.booleans(), min_size=1, max_size=5), min_size=2, max_size=6), st.data())
def test_over_families_who_solves_one_more_never_has_a_lower_bound(
    plays: list[list[bool]], data: st.DataObject
) -> None:
    families = np.repeat(np.arange(len(plays)), [len(each) for each in plays])
    solved, scenarios = np.concatenate(plays), np.arange(len(families))
    better = solved.copy()
    better[data.draw(st.integers(0, len(solved) - 1))] = True
    worse = rate_over_families(solved, scenarios, families)
    assert all(np.less_equal(worse, rate_over_families(better, scenarios, families)))
    assert 0.0 <= worse.low <= worse.value <= worse.high <= 1.0


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
    assert family_coverage(rates, sizes)[0] > 0.93


def test_without_families_intervals_are_too_narrow_for_variants_of_one_problem() -> None:
    held, held_without = family_coverage([0.2, 0.9], [10] * 10)
    assert held > 0.93
    assert held_without < 0.8


def test_no_scenarios_give_no_rate() -> None:
    nobody = np.zeros(0, dtype=np.int64)
    assert np.isnan(clustered_rate(np.zeros(0, dtype=np.bool_), nobody).value)
    assert np.isnan(clustered_mean(np.zeros(0), nobody).value)
    assert np.isnan(clustered_ratio(np.zeros(0), np.zeros(0), nobody).value)
    assert np.isnan(paired_rate_difference(np.zeros(0)).difference.value)


def test_a_mean_that_never_varies_has_no_interval() -> None:
    never = clustered_mean(np.full(21, 2.5), np.repeat(np.arange(7), 3))
    assert never == pytest.approx((2.5, np.nan, np.nan), nan_ok=True)
    thirds = clustered_mean(np.full(7, 1 / 3), np.arange(7))
    assert np.isnan(thirds.low), "sums of equal numbers differ in their last digits"


def test_one_scenario_leaves_a_mean_without_interval() -> None:
    one = clustered_mean(np.array([1.0, 4.0]), np.array([5, 5]))
    assert one == pytest.approx((2.5, np.nan, np.nan), nan_ok=True)
    assert np.isnan(paired_difference(np.array([3.0])).difference.low)
    assert paired_rate_difference(np.array([1.0])).difference.low < 0


def test_an_interval_goes_no_further_than_values_can() -> None:
    values, clusters = np.array([0.0, 4.0]), np.arange(2)
    assert clustered_mean(values, clusters).low < 0
    assert clustered_mean(values, clusters, least=0.0).low == 0.0
    ratio = clustered_ratio(np.array([2.0, 6.0]), np.array([2.0, 2.0]), clusters, least=1.0)
    assert (ratio.value, ratio.low) == (2.0, 1.0)


@pytest.mark.parametrize("num_scenarios", [3, 5, 10, 40])
def test_intervals_of_means_hold_the_truth_however_few_scenarios(num_scenarios: int) -> None:
    random = np.random.default_rng(3)
    drawn = random.normal(6.0, 2.0, size=(400, num_scenarios))
    intervals = [clustered_mean(each, np.arange(num_scenarios)) for each in drawn]
    assert np.mean([each.low <= 6.0 <= each.high for each in intervals]) > 0.92


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
    assert twice == pytest.approx((2.0, np.nan, np.nan), nan_ok=True)
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


def test_runs_that_all_came_to_the_same_leave_no_interval() -> None:
    assert mean_of_runs(np.ones(5)) == pytest.approx((1.0, np.nan, np.nan), nan_ok=True)


def test_runs_have_an_interval_within_what_they_can_come_to() -> None:
    interval = mean_of_runs(np.array([1.0, 1.0, 0.995]), least=0.0, most=1.0)
    assert interval.high == 1.0
    assert mean_of_runs(np.array([1.0, 40.0]), least=0.0).low == 0.0


@given(st.lists(st.integers(0, 3), min_size=1, max_size=25), st.data())
def test_differences_of_rates_hold_the_estimate_and_rise_with_it(
    thirds: list[int], data: st.DataObject
) -> None:
    differences = np.array(thirds) / 1.5 - 1.0
    interval = paired_rate_difference(differences).difference
    assert -1.0 <= interval.low <= interval.value <= interval.high <= 1.0
    better = differences.copy()
    better[data.draw(st.integers(0, len(better) - 1))] = 1.0
    after = paired_rate_difference(better).difference
    assert after.low >= interval.low - 1e-12
    assert after.high >= interval.high - 1e-12
