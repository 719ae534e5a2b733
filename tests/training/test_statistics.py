"""Intervals against figures worked out elsewhere."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simarena.training.statistics import (
    clustered_mean,
    clustered_rate,
    paired_difference,
    restricted_mean_steps,
    solved_by_step,
    wilson_interval,
)


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


def test_seeds_of_a_scenario_count_as_one_trial() -> None:
    solved = np.array([[True, True, True, True], [False, False, False, False]])
    assert clustered_rate(solved) == wilson_interval(0.5, 2)
    assert clustered_rate(solved[:, :1]) == clustered_rate(solved)


def test_no_scenarios_give_no_rate() -> None:
    assert np.isnan(clustered_rate(np.zeros((0, 3), dtype=np.bool_)).value)


def test_a_mean_that_never_varies_has_no_width() -> None:
    assert clustered_mean(np.full((7, 3), 2.5)) == (2.5, 2.5, 2.5)


def test_an_interval_of_a_mean_is_about_two_standard_errors_wide() -> None:
    values = np.random.default_rng(0).normal(10.0, 2.0, size=(400, 1))
    interval = clustered_mean(values)
    error = values.std() / 20
    assert interval.low == pytest.approx(interval.value - 1.96 * error, abs=0.2 * error)
    assert interval.high == pytest.approx(interval.value + 1.96 * error, abs=0.2 * error)
    assert clustered_mean(values) == interval


def test_paired_differences_compare_scenario_by_scenario() -> None:
    first = np.array([[True, True], [True, False], [False, False], [True, True]])
    second = np.array([[False, False], [True, False], [True, False], [True, True]])
    paired = paired_difference(first, second)
    assert paired.difference.value == pytest.approx((1.0 + 0.0 - 0.5 + 0.0) / 4)
    assert (paired.num_better, paired.num_equal, paired.num_worse) == (1, 2, 1)


def test_unsolved_episodes_stay_out_of_the_numerator_only() -> None:
    solved = np.array([[True, True], [True, False]])
    steps = np.array([[0, 2], [1, 3]])
    assert solved_by_step(solved, steps, 3).tolist() == [0.25, 0.5, 0.75, 0.75]


def test_an_unsolved_episode_counts_its_whole_limit() -> None:
    solved = np.array([[True, False]])
    steps = np.array([[4, 3]])  # cut off at 3 by its return
    interval = restricted_mean_steps(solved, steps, np.array([10]))
    assert interval.value == pytest.approx((4 + 10) / 2)
