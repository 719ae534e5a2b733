"""Steps until a scenario is solved, as a survival curve: unsolved plays are censored, not dropped.

Kaplan and Meier's estimate, each scenario weighing the same however often it was played, with a
band from resampling scenarios. An unsolved play is censored at its scenario's limit, also where it
ended earlier: whoever gives up could have gone on, so giving up must not look like missing data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from simarena.training.statistics import Interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

_RESAMPLES: Final = 2_000
_MOST_HELD: Final = 20_000_000  # numbers of a resampled table


class SolvedCurve(NamedTuple):
    """The share solved within so many steps: a step function, with its 95 % band."""

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
    resampled = _resampled(events, at_risk)
    low, high = np.quantile(resampled, [0.025, 0.975], axis=0).astype(np.float64)
    medians = np.quantile(_median(times, resampled), [0.025, 0.975], method="inverted_cdf")
    last = int(ends.max(initial=0))
    return SolvedCurve(
        steps=_framed(times, 0, last).astype(np.int64),
        solved=_framed(shares, 0.0, shares[-1] if len(shares) else 0.0),
        low=_framed(low, 0.0, low[-1] if len(low) else 0.0),
        high=_framed(high, 0.0, high[-1] if len(high) else 0.0),
        median=Interval(
            float(_median(times, shares[np.newaxis])[0]), float(medians[0]), float(medians[1])
        ),
    )


def _shares(events: NDArray[np.float64], at_risk: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return one minus the product of what stays unsolved at each time, along the last axis."""
    hazards = np.divide(events, at_risk, out=np.zeros_like(events), where=at_risk > 0)
    return np.asarray(1.0 - np.cumprod(1.0 - np.minimum(hazards, 1.0), axis=-1), dtype=np.float64)


def _resampled(events: NDArray[np.float64], at_risk: NDArray[np.float64]) -> NDArray[np.float64]:
    num_clusters, num_times = events.shape
    resamples = max(100, min(_RESAMPLES, _MOST_HELD // max(num_clusters, num_times, 1)))
    random = np.random.default_rng(0)  # the same data always give the same band
    even = np.full(num_clusters, 1.0 / num_clusters)
    counts = random.multinomial(num_clusters, even, size=resamples).astype(np.float64)
    return _shares(counts @ events, counts @ at_risk)


def _median(times: NDArray[np.integer[Any]], shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return for each row of `shares` the first time at which half is solved."""
    reached = shares >= 0.5 - 1e-12
    padded = np.append(times.astype(np.float64), np.inf)
    first = np.where(reached.any(axis=1), reached.argmax(axis=1) if len(times) else 0, len(times))
    medians: NDArray[np.float64] = padded[first]
    return medians


def _framed(values: NDArray[Any], first: float, last: float) -> NDArray[Any]:
    return np.concatenate([[first], values, [last]])
