"""Intervals for results: rates, means, ratios and paired differences, counted in clusters.

A scenario is played with several seeds, and plays of one scenario resemble each other. What is
drawn at random from the world of problems is the scenario: so the mean over its plays is taken
first, every scenario weighs the same, and intervals are as wide as the scenarios' means disagree.

Everywhere `clusters` (num_plays,) names each play's scenario by any whole number.

An interval never says more than the data do: one scenario, all alike, or none leave a figure with a
wide interval or with none, not with one of no width. Rates are from 0 to 1, so of them something is
known even then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from simarena.evaluation.random_weights import one_more, weighted_sums

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Clusters = NDArray[np.integer[Any]]

Z_95: Final = 1.959963984540054
"""Standard deviations that enclose 95 % of a normal distribution."""

_T_95: Final = (12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281)
"""The same of Student's t, for 1 to 10 degrees of freedom."""

_RESAMPLES: Final = 10_000
_MOST_DRAWN: Final = 4_000_000  # numbers held at a time
_LOW, _HIGH = 0.025, 0.975
_ROUNDING: Final = 1e-9  # what sums of equal numbers may differ by, of a number


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
"""A figure that no play says anything about."""


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


def bounded_mean(values: NDArray[np.float64], sizes: NDArray[np.float64] | None = None) -> Interval:
    """Return the mean of independent values from 0 to 1, with an interval that supposes no more.

    It is Gaffke's (2005; Learned-Miller and Thomas 2019, arXiv 1905.06208): each value gets a
    random weight, and so does one value more, which is 0 for the lower bound and 1 for the upper
    one, as nobody knows what was not drawn. Of values that are 0 or 1 it is Clopper and Pearson's
    (1934), which holds the truth at least as often as it says; of others no case is known where it
    does not. A larger value never makes a bound smaller, so all solved has the highest bounds.

    With `sizes` the mean is that of what the values stand for, so many each; what was not drawn is
    of their mean size. Of no values nothing is known: the mean may be anything.
    """
    if len(values) == 0:
        return Interval(float("nan"), 0.0, 1.0)
    if sizes is None:
        sizes = np.ones(len(values))
    order = np.lexsort((values, sizes))
    above, below = weighted_sums(np.column_stack([sizes * values, sizes])[order]).T
    unseen = one_more() * float(sizes.mean())
    low = float(np.quantile(above / (below + unseen), _LOW))
    high = float(np.quantile((above + unseen) / (below + unseen), _HIGH))
    value = float(np.average(values, weights=sizes))
    return Interval(value, max(0.0, min(value, low)), min(1.0, max(value, high)))


def cluster_means(values: NDArray[Any], clusters: Clusters) -> NDArray[np.float64]:
    """Return the mean of each cluster's values, in the order of the clusters' numbers."""
    _, rows = np.unique(clusters, return_inverse=True)
    sums = np.bincount(rows, weights=np.asarray(values, dtype=np.float64))
    means: NDArray[np.float64] = sums / np.bincount(rows)
    return means


def clustered_rate(solved: NDArray[np.bool_], clusters: Clusters) -> Interval:
    """Return the mean of the clusters' rates, with the interval of `bounded_mean`.

    So plays count as what they are worth: one for each cluster, if all plays of one end alike, and
    nearly one each, if they are independent.
    """
    if len(solved) == 0:
        return bounded_mean(np.zeros(0))
    return bounded_mean(cluster_means(solved, clusters))


def rate_over_families(
    solved: NDArray[np.bool_], clusters: Clusters, families: NDArray[Any]
) -> Interval:
    """Return the same rate with an interval for problems that come in families.

    `families` (num_plays,) names each play's. Scenarios of one family are variants of one problem,
    so what they have in common is drawn once (Miller 2024, arXiv 2411.00640): what is independent
    are the families' rates. No interval is narrower than that of `clustered_rate`. Of a single
    family nothing can be said.
    """
    if len(solved) == 0:
        return NOTHING
    means = cluster_means(solved, clusters)
    _, first = np.unique(clusters, return_index=True)
    _, rows, sizes = np.unique(families[first], return_inverse=True, return_counts=True)
    if len(sizes) < 2:  # noqa: PLR2004 one family does not vary
        return NOTHING
    within = bounded_mean(means)
    over = bounded_mean(np.bincount(rows, weights=means) / sizes, sizes.astype(np.float64))
    return Interval(within.value, min(within.low, over.low), max(within.high, over.high))


def clustered_mean(
    values: NDArray[Any], clusters: Clusters, least: float = -float("inf")
) -> Interval:
    """Return the mean of the clusters' means; the interval comes from resampling clusters.

    No value can be less than `least`, so the interval goes no further down.
    """
    means = cluster_means(values, clusters)
    return _resampled_ratio(means, np.ones_like(means), least)


def clustered_ratio(
    numerators: NDArray[Any],
    denominators: NDArray[Any],
    clusters: Clusters,
    least: float = -float("inf"),
) -> Interval:
    """Return the sum of the clusters' mean numerators over that of their mean denominators."""
    return _resampled_ratio(
        cluster_means(numerators, clusters), cluster_means(denominators, clusters), least
    )


def _resampled_ratio(
    above: NDArray[np.float64], below: NDArray[np.float64], least: float
) -> Interval:
    """Return sum over sum of two figures of each cluster, with a bootstrap interval.

    A bootstrap of few clusters is too narrow, as it knows neither that their variance is itself an
    estimate, nor that n of them vary by n − 1: so its ends are moved away from the estimate by
    Student's t over the normal quantile, and by the root of n / (n − 1) (Hesterberg 2015, The
    American Statistician 69, 371-386). Where resampling changes nothing (a single cluster, or all
    alike) it says nothing of how sure the figure is, and there is no interval.
    """
    count = len(above)
    if below.sum() == 0:
        return NOTHING
    value = float(above.sum() / below.sum())
    order = np.lexsort((above, below))  # whatever the order in which clusters come
    above, below = above[order], below[order]
    random = np.random.default_rng(0)  # the same data always give the same interval
    rows = max(1, _MOST_DRAWN // count)
    ratios = []
    for first in range(0, _RESAMPLES, rows):
        draws = random.integers(count, size=(min(rows, _RESAMPLES - first), count))
        divisors = below[draws].sum(axis=1)
        sums = above[draws].sum(axis=1)
        ratios.append(sums[divisors > 0] / divisors[divisors > 0])
    low, high = np.quantile(np.concatenate(ratios), [_LOW, _HIGH]).tolist()
    if high - low <= _ROUNDING * max(1.0, abs(value)):
        return _without_bounds(value)
    wider = student_t_95(count - 1) / Z_95 * (count / (count - 1)) ** 0.5
    low, high = value - wider * (value - low), value + wider * (high - value)
    return Interval(value, min(value, max(least, low)), max(value, high))


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


def mean_of_runs(
    values: NDArray[np.float64], least: float = -float("inf"), most: float = float("inf")
) -> Interval:
    """Return the mean of a figure over independent runs, with Student's t interval.

    What no run can come to, less than `least` or more than `most`, is cut off. Of one run, or of
    runs that all came to the same, nobody knows how far the next one will be away: no interval.
    """
    count = len(values)
    if count == 0:
        return NOTHING
    mean = float(values.mean())
    if float(np.ptp(values)) <= _ROUNDING * max(1.0, abs(mean)):
        return _without_bounds(mean)
    half = student_t_95(count - 1) * float(values.std(ddof=1)) / count**0.5
    return Interval(mean, max(least, mean - half), min(most, mean + half))


def _without_bounds(value: float) -> Interval:
    return Interval(value, float("nan"), float("nan"))


def _paired(differences: NDArray[np.float64], interval: Interval) -> Paired:
    return Paired(
        difference=interval,
        num_better=int((differences > 0).sum()),
        num_equal=int((differences == 0).sum()),
        num_worse=int((differences < 0).sum()),
    )
