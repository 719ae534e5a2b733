"""Steps until a scenario is solved, as a survival curve: unsolved plays are censored, not dropped.

Kaplan and Meier's estimate, each scenario weighing the same however often it was played. The band
comes from weighing scenarios at random (Lo 1993, Annals of Statistics 21, 100-123), with one more
that nobody has seen: never solved for the lower edge, solved at once for the upper one, as in the
interval of a rate. So it has a width even where all scenarios end alike. An unsolved play is
censored at its scenario's limit, also where it ended earlier: whoever gives up could have gone on,
so giving up must not look like missing data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from simarena.evaluation.random_weights import one_more, weighted_sums
from simarena.evaluation.statistics import Interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BOUNDS: Final = (0.025, 0.975)


class SolvedCurve(NamedTuple):
    """The share solved within so many steps: a step function, with its 95 % band.

    Where nothing was played, there are no points.
    """

    steps: NDArray[np.int64]  # (num_points,), rising from 0
    solved: NDArray[np.float64]  # (num_points,), one minus the survival curve
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    median: Interval
    """Steps within which half is solved; infinite where that is never reached."""

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON can hold it; an infinite median is null."""
        return {
            "steps": self.steps.tolist(),
            "solved": self.solved.tolist(),
            "low": self.low.tolist(),
            "high": self.high.tolist(),
            "median": self.median.to_json(),
        }


def solved_curve(
    solved: NDArray[np.bool_],
    steps: NDArray[np.integer[Any]],
    limits: NDArray[np.integer[Any]],
    clusters: NDArray[np.integer[Any]],
) -> SolvedCurve:
    """Return the share solved by steps. All arrays are (num_plays,); `limits` is the most steps.

    The last point is the largest limit: nothing is said beyond it.
    """
    if len(solved) == 0:
        nothing = np.zeros(0)
        unknown = Interval(float("nan"), float("nan"), float("nan"))
        return SolvedCurve(nothing.astype(np.int64), nothing, nothing, nothing, unknown)
    _, rows, sizes = np.unique(clusters, return_inverse=True, return_counts=True)
    num_clusters = len(sizes)
    weights = 1.0 / sizes[rows]
    ends = np.where(solved, steps, limits)
    times = np.unique(steps[solved])
    # What each cluster solves at each time, and what of it is still unsolved and played just then.
    events = np.zeros((num_clusters, len(times)))
    np.add.at(events, (rows[solved], np.searchsorted(times, steps[solved])), weights[solved])
    at_risk = np.zeros((num_clusters, len(times) + 1))
    np.add.at(at_risk, (rows, np.searchsorted(times, ends, side="right")), weights)
    at_risk = at_risk[:, ::-1].cumsum(axis=1)[:, ::-1][:, 1:]
    shares = _shares(events.sum(axis=0), at_risk.sum(axis=0))
    lower, upper = _drawn(events, at_risk)
    low = np.quantile(lower, _BOUNDS[0], axis=0)
    high = np.quantile(upper, _BOUNDS[1], axis=0)
    median = _median(times, shares[np.newaxis])[0]
    # What was not seen may be solved at once: then half may be within a single step.
    early = _median(np.append(min(1, int(times.min(initial=1))), times), upper)
    late = _median(times, lower[:, 1:])
    last = int(ends.max(initial=0))
    return SolvedCurve(
        steps=np.concatenate([[0], times, [last]]).astype(np.int64),
        solved=np.concatenate([[0.0], shares, shares[-1:] if len(shares) else [0.0]]),
        low=np.append(low, low[-1]),
        high=np.append(high, high[-1]),
        median=Interval(
            float(median),
            min(float(median), _quantile(early, _BOUNDS[0])),
            max(float(median), _quantile(late, _BOUNDS[1])),
        ),
    )


def _shares(events: NDArray[np.float64], at_risk: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return one minus the product of what stays unsolved at each time, along the last axis."""
    hazards = np.divide(events, at_risk, out=np.zeros_like(events), where=at_risk > 0)
    return np.asarray(1.0 - np.cumprod(1.0 - np.minimum(hazards, 1.0), axis=-1), dtype=np.float64)


def _drawn(
    events: NDArray[np.float64], at_risk: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return shares (NUM_DRAWS, 1 + num_times) with one scenario more, never or at once solved.

    The first column is that of no steps.
    """
    num_times = events.shape[1]
    table = np.column_stack([events, at_risk, np.ones(len(events))])
    table = table[np.lexsort(table.T)]  # whatever the order in which scenarios come
    sums = weighted_sums(table)
    events, at_risk, whole = np.split(sums, [num_times, 2 * num_times], axis=1)
    unseen = one_more()[:, np.newaxis]
    lower = _shares(events, at_risk + unseen)
    unsolved = whole / (whole + unseen)
    upper = 1.0 - unsolved * (1.0 - _shares(events, at_risk))
    return np.column_stack([np.zeros(len(sums)), lower]), np.column_stack([1.0 - unsolved, upper])


def _quantile(medians: NDArray[np.float64], level: float) -> float:
    return float(np.quantile(medians, level, method="inverted_cdf"))


def _median(times: NDArray[np.integer[Any]], shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return for each row of `shares` the first time at which half is solved."""
    reached = shares >= 0.5 - 1e-12
    padded = np.append(times.astype(np.float64), np.inf)
    first = np.where(reached.any(axis=1), reached.argmax(axis=1) if len(times) else 0, len(times))
    medians: NDArray[np.float64] = padded[first]
    return medians
