"""Intervals for results: rates, means, ratios and paired differences, counted in clusters.

A scenario is played with several seeds, and plays of one scenario resemble each other. What is
drawn at random from the world of problems is the scenario: so the mean over its plays is taken
first, every scenario weighs the same, and intervals are as wide as the scenarios' means disagree.

Everywhere `clusters` (num_plays,) names each play's scenario by any whole number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Clusters = NDArray[np.integer[Any]]

Z_95: Final = 1.959963984540054
"""Standard deviations that enclose 95 % of a normal distribution."""

_T_95: Final = (12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281)
"""The same of Student's t, for 1 to 10 degrees of freedom."""

_RESAMPLES: Final = 10_000
_MOST_DRAWN: Final = 4_000_000  # numbers held at a time


class Interval(NamedTuple):
    """A figure with what it may be at 95 % confidence."""

    value: float
    low: float
    high: float

    def to_json(self) -> dict[str, float | None]:
        """Return value, low and high; null for what is not a finite number."""
        return {
            key: float(value) if np.isfinite(value) else None
            for key, value in self._asdict().items()
        }


NOTHING: Final = Interval(float("nan"), float("nan"), float("nan"))
"""The interval of a figure that no play says anything about."""


class Paired(NamedTuple):
    """Two agents on the same scenarios with the same seeds."""

    difference: Interval  # mean of first − second
    num_better: int  # scenarios on which the first's mean is higher
    num_equal: int
    num_worse: int


def student_t_95(freedom: int) -> float:
    """Return the standard errors that enclose 95 % of Student's t with so many degrees of freedom.

    Beyond 10 it is Fisher and Cornish's series (Abramowitz and Stegun 26.7.5), exact to 0.0002.
    """
    if freedom < 1:
        return float("inf")
    if freedom <= len(_T_95):
        return _T_95[freedom - 1]
    z = Z_95
    return (
        z
        + (z**3 + z) / (4 * freedom)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * freedom**3)
    )


def wilson_interval(rate: float, num_trials: float) -> Interval:
    """Return the rate with its Wilson score interval. Without trials it may be anything.

    Neither `num_trials` nor `rate` times it need be whole: clusters are worth fewer trials.
    """
    if num_trials <= 0:
        return Interval(float("nan"), 0.0, 1.0)
    square = Z_95**2
    centre = (rate + square / (2 * num_trials)) / (1 + square / num_trials)
    spread = rate * (1 - rate) / num_trials + square / (4 * num_trials**2)
    half = Z_95 * spread**0.5 / (1 + square / num_trials)
    return Interval(rate, max(0.0, min(rate, centre - half)), min(1.0, max(rate, centre + half)))


def cluster_means(values: NDArray[Any], clusters: Clusters) -> NDArray[np.float64]:
    """Return the mean of each cluster's values, in the order of the clusters' numbers."""
    _, rows = np.unique(clusters, return_inverse=True)
    sums = np.bincount(rows, weights=np.asarray(values, dtype=np.float64))
    means: NDArray[np.float64] = sums / np.bincount(rows)
    return means


def clustered_rate(solved: NDArray[np.bool_], clusters: Clusters) -> Interval:
    """Return the mean of the clusters' rates, with Wilson's interval for as many trials as count.

    What plays are worth follows from how much the clusters' rates differ (the effective sample size
    of Korn and Graubard 1998, with their correction for few clusters): from the number of clusters,
    if all plays of one end alike, up to the number of plays, if they are independent.
    """
    if len(solved) == 0:
        return wilson_interval(0.0, 0)
    means = cluster_means(solved, clusters)
    return wilson_interval(float(means.mean()), effective_trials(means, len(solved)))


def effective_trials(means: NDArray[np.float64], num_plays: int) -> float:
    """Return how many independent trials `num_plays` in clusters with these rates are worth."""
    num_clusters = len(means)
    rate = float(means.mean())
    if num_clusters < 2 or rate in {0.0, 1.0}:  # noqa: PLR2004 one cluster does not vary
        return num_clusters
    error = float(means.var(ddof=1)) / num_clusters
    if error == 0.0:
        return num_plays
    trials = rate * (1 - rate) / error * (Z_95 / student_t_95(num_clusters - 1)) ** 2
    return min(max(trials, num_clusters), num_plays)


def rate_over_families(
    solved: NDArray[np.bool_], clusters: Clusters, families: NDArray[Any]
) -> Interval:
    """Return the same rate with an interval for problems that come in families.

    `families` (num_plays,) names each play's. Scenarios of one family are variants of one problem,
    so what they have in common is drawn once (Miller 2024): the variance is that of the families'
    summed deviations, corrected for few families. Families of one size count as one trial each, if
    their scenarios end alike, and no interval is narrower than that of `clustered_rate`. Of a
    single family nothing can be said.
    """
    if len(solved) == 0:
        return NOTHING
    means = cluster_means(solved, clusters)
    _, first = np.unique(clusters, return_index=True)
    _, rows, sizes = np.unique(families[first], return_inverse=True, return_counts=True)
    if len(sizes) < 2:  # noqa: PLR2004 one family does not vary
        return NOTHING
    rate, most = float(means.mean()), effective_trials(means, len(solved))
    fewest = len(means) ** 2 / float((sizes**2).sum())  # families that count: all, if of one size
    if rate in {0.0, 1.0}:
        return wilson_interval(rate, fewest)
    deviations = np.bincount(rows, weights=means - rate)
    error = float((deviations**2).sum()) / len(means) ** 2 * len(sizes) / (len(sizes) - 1)
    if error == 0.0:
        return wilson_interval(rate, most)
    wider = student_t_95(max(1, round(fewest) - 1)) / Z_95
    trials = rate * (1 - rate) / error / wider**2
    return wilson_interval(rate, min(max(trials, fewest), most))


def clustered_mean(values: NDArray[Any], clusters: Clusters) -> Interval:
    """Return the mean of the clusters' means; the interval comes from resampling clusters."""
    if len(values) == 0:
        return NOTHING
    means = cluster_means(values, clusters)
    return clustered_ratio_of(means, np.ones_like(means))


def clustered_ratio(
    numerators: NDArray[Any], denominators: NDArray[Any], clusters: Clusters
) -> Interval:
    """Return the sum of the clusters' mean numerators over that of their mean denominators."""
    if len(numerators) == 0:
        return NOTHING
    return clustered_ratio_of(
        cluster_means(numerators, clusters), cluster_means(denominators, clusters)
    )


def clustered_ratio_of(above: NDArray[np.float64], below: NDArray[np.float64]) -> Interval:
    """Return sum over sum of two figures of each cluster, with a bootstrap interval."""
    if below.sum() == 0:
        return NOTHING
    count = len(above)
    random = np.random.default_rng(0)  # the same data always give the same interval
    rows = max(1, _MOST_DRAWN // count)
    ratios = []
    for first in range(0, _RESAMPLES, rows):
        draws = random.integers(count, size=(min(rows, _RESAMPLES - first), count))
        divisors = below[draws].sum(axis=1)
        sums = above[draws].sum(axis=1)
        ratios.append(sums[divisors > 0] / divisors[divisors > 0])
    low, high = np.quantile(np.concatenate(ratios), [0.025, 0.975])
    return Interval(float(above.sum() / below.sum()), float(low), float(high))


def paired_difference(differences: NDArray[np.float64]) -> Paired:
    """Judge differences (num_scenarios,) of two agents, each the mean of one scenario's plays."""
    return _paired(differences, clustered_mean(differences, np.arange(len(differences))))


def paired_rate_difference(differences: NDArray[np.float64]) -> Paired:
    """Judge differences of solve rates, which lie in [−1, 1].

    The interval is Bonett and Price's (2012) for paired proportions: Wald's, after a scenario that
    only the first and one that only the second solves were added. Unlike a bootstrap it does not
    shrink to a point where two agents solve the same scenarios.
    """
    if len(differences) == 0:
        return _paired(differences, NOTHING)
    more = np.concatenate([differences, [1.0, -1.0]])
    half = Z_95 * float(more.std() / len(more) ** 0.5)
    centre, value = float(more.mean()), float(differences.mean())
    low, high = max(-1.0, min(value, centre - half)), min(1.0, max(value, centre + half))
    return _paired(differences, Interval(value, low, high))


def mean_of_runs(values: NDArray[np.float64]) -> Interval:
    """Return the mean of a figure over independent runs, with Student's t interval."""
    count = len(values)
    if count == 0:
        return NOTHING
    mean = float(values.mean())
    if count == 1:
        return Interval(mean, float("nan"), float("nan"))
    half = student_t_95(count - 1) * float(values.std(ddof=1)) / count**0.5
    return Interval(mean, mean - half, mean + half)


def _paired(differences: NDArray[np.float64], interval: Interval) -> Paired:
    return Paired(
        difference=interval,
        num_better=int((differences > 0).sum()),
        num_equal=int((differences == 0).sum()),
        num_worse=int((differences < 0).sum()),
    )
