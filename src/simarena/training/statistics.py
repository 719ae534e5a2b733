"""Intervals for results: rates over scenarios, differences between agents, steps to solve.

A scenario is played with several seeds, and plays of one scenario resemble each other. What is
drawn at random from the world of problems is the scenario: so the mean over its seeds is taken
first, and intervals count scenarios, not plays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Z_95: Final = 1.959963984540054
"""Standard deviations that enclose 95 % of a normal distribution."""

_RESAMPLES: Final = 10_000


class Interval(NamedTuple):
    """A figure with what it may be at 95 % confidence."""

    value: float
    low: float
    high: float


def wilson_interval(rate: float, num_trials: int) -> Interval:
    """Return the rate with its Wilson score interval. Without trials it may be anything.

    `rate` times `num_trials` need not be whole: with clusters, a trial is a cluster and the rate
    the mean of the clusters' own.
    """
    if num_trials == 0:
        return Interval(float("nan"), 0.0, 1.0)
    square = Z_95**2
    centre = (rate + square / (2 * num_trials)) / (1 + square / num_trials)
    spread = rate * (1 - rate) / num_trials + square / (4 * num_trials**2)
    half = Z_95 * spread**0.5 / (1 + square / num_trials)
    return Interval(rate, max(0.0, min(rate, centre - half)), min(1.0, max(rate, centre + half)))


def clustered_rate(solved: NDArray[np.bool_]) -> Interval:
    """Return the solve rate of `solved` (num_scenarios, num_seeds), scenarios being the trials."""
    if solved.size == 0:
        return wilson_interval(0.0, 0)
    return wilson_interval(float(solved.mean(axis=1).mean()), len(solved))


def clustered_mean(values: NDArray[Any]) -> Interval:
    """Return the mean of `values` (num_scenarios, num_seeds) by resampling scenarios."""
    return _resampled(values.mean(axis=1))


class Paired(NamedTuple):
    """Two agents on the same scenarios with the same seeds."""

    difference: Interval  # mean of first − second
    num_better: int  # scenarios on which the first's mean is higher
    num_equal: int
    num_worse: int


def paired_difference(first: NDArray[Any], second: NDArray[Any]) -> Paired:
    """Compare two arrays (num_scenarios, num_seeds) of the same plays, scenario by scenario."""
    differences = first.mean(axis=1, dtype=float) - second.mean(axis=1, dtype=float)
    return Paired(
        difference=_resampled(differences),
        num_better=int((differences > 0).sum()),
        num_equal=int((differences == 0).sum()),
        num_worse=int((differences < 0).sum()),
    )


def solved_by_step(
    solved: NDArray[np.bool_], steps: NDArray[np.integer[Any]], max_steps: int
) -> NDArray[np.float64]:
    """Return the share of scenarios solved within 0, 1, ..., `max_steps` steps (max_steps + 1,).

    One minus it is the survival curve. What is never solved stays out of the numerator only, so
    that giving up early does not look like being quick.
    """
    limits = np.arange(max_steps + 1)
    within = solved[..., np.newaxis] & (steps[..., np.newaxis] <= limits)
    shares: NDArray[np.float64] = within.mean(axis=1).mean(axis=0)
    return shares


def restricted_mean_steps(
    solved: NDArray[np.bool_], steps: NDArray[np.integer[Any]], limits: NDArray[np.integer[Any]]
) -> Interval:
    """Return the mean steps until solved, an unsolved play counting its scenario's whole limit.

    `limits` (num_scenarios,) holds each scenario's most steps. This is the area under the survival
    curve up to there: unsolved plays are censored, not dropped.
    """
    censored = np.where(solved, steps, limits[:, np.newaxis])
    return clustered_mean(censored)


def _resampled(means: NDArray[np.float64]) -> Interval:
    if len(means) == 0:
        return Interval(float("nan"), float("nan"), float("nan"))
    random = np.random.default_rng(0)  # the same data always give the same interval
    draws = random.integers(len(means), size=(_RESAMPLES, len(means)))
    low, high = np.quantile(means[draws].mean(axis=1), [0.025, 0.975])
    return Interval(float(means.mean()), float(low), float(high))
