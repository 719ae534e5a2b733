"""What playing took: calls of tools, tokens, money and time. Known of agents that tell it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from simarena.evaluation.statistics import Interval, clustered_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from simarena.evaluation.outcome import Outcome
    from simarena.evaluation.statistics import Clusters

USAGE: Final = ("tool_calls", "invalid", "input_tokens", "output_tokens", "cost_usd")
"""Fields of outcomes that count something used, each None where the agent does not tell."""


class Latency(NamedTuple):
    """How long a model takes to answer, over all its calls."""

    num_calls: int
    p50_s: float
    p95_s: float


def mean_used(outcomes: Sequence[Outcome], clusters: Clusters, field: str) -> Interval:
    """Return the mean of a `USAGE` field per episode, over the plays that tell it."""
    values = _values(outcomes, field)
    told = np.isfinite(values)
    return clustered_mean(values[told], clusters[told], least=0.0)


def totals_used(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """Return the sums of those `USAGE` fields that every play tells: other sums would be short."""
    sums = {field: _values(outcomes, field).sum() for field in USAGE}
    return {field: float(total) for field, total in sums.items() if np.isfinite(total)}


def latency_of(outcomes: Sequence[Outcome]) -> Latency | None:
    """Return the percentiles of all calls, each weighing the same; None if no call is told of."""
    calls_ms = np.array([call_ms for each in outcomes for call_ms in each.call_ms])
    if len(calls_ms) == 0:
        return None
    p50_ms, p95_ms = np.percentile(calls_ms, [50, 95]).tolist()
    return Latency(len(calls_ms), p50_ms / 1e3, p95_ms / 1e3)


def _values(outcomes: Sequence[Outcome], field: str) -> NDArray[np.float64]:
    told = (getattr(each, field) for each in outcomes)
    return np.array([np.nan if value is None else value for value in told], dtype=np.float64)
