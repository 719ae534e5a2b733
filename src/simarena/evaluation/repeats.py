"""Repeated plays of a scenario: whether one of k solves it (pass@k), and whether all k do (pass^k).

What an agent can do, and what it can be relied on to do. Both are unbiased in each scenario, from
n plays of which c solved it: pass@k = 1 − C(n−c, k) / C(n, k) (Chen et al. 2021), pass^k =
C(c, k) / C(n, k) (Yao et al. 2024, tau-bench). Then, as everywhere, scenarios weigh the same.

One play that came to no result should not take the figure for k from all others: k goes up to the
plays that nine of ten scenarios have, and those with fewer are left out where k is more.

A scenario's figure is from 0 to 1, so the interval is that of rates (`bounded_mean`): it does not
shrink to a point where all scenarios agree, and for k = 1 both figures are the solve rate itself.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from simarena.evaluation.statistics import Interval, bounded_mean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from simarena.evaluation.statistics import Clusters


MOST: Final = 0.9
"""Share of scenarios that must have k plays for k to be told of."""

_MOST_REPEATS: Final = 5  # columns


def plays_of_most(clusters: Clusters) -> int:
    """Return how many plays `MOST` scenarios have at least; nought if there are no scenarios."""
    counts = np.sort(np.unique(clusters, return_counts=True)[1])[::-1]
    return int(counts[math.ceil(MOST * len(counts)) - 1]) if len(counts) else 0


def too_few_plays(clusters: Clusters, k: int) -> int:
    """Return how many scenarios have fewer than `k` plays."""
    return int((np.unique(clusters, return_counts=True)[1] < k).sum())


def pass_at_k(solved: NDArray[np.bool_], clusters: Clusters, k: int) -> Interval:
    """Return the chance that one of `k` plays solves a scenario, of those played so often."""
    num_plays, num_solved = _counts(solved, clusters, k)
    return bounded_mean(1.0 - _all_drawn(num_plays - num_solved, num_plays, k))


def pass_pow_k(solved: NDArray[np.bool_], clusters: Clusters, k: int) -> Interval:
    """Return the chance that all of `k` plays solve a scenario, of those played so often."""
    num_plays, num_solved = _counts(solved, clusters, k)
    return bounded_mean(_all_drawn(num_solved, num_plays, k))


def varying_repeats(agents: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return for which k, as JSON names them, to show how reliable agents are.

    At most five, with the least and the greatest that all agents have who played scenarios more
    than once; none where plays of one scenario all end alike.
    """
    repeated = [each for each in agents if len(each["pass_pow_k"]) > 1]
    if not any(
        rate["value"] != each["pass_at_k"][k]["value"]
        for each in repeated
        for k, rate in each["pass_pow_k"].items()
        if k != "1"
    ):
        return []
    most = min(len(each["pass_pow_k"]) for each in repeated)
    if most <= _MOST_REPEATS:
        return [str(k) for k in range(1, most + 1)]
    return [*(str(2**power) for power in range(_MOST_REPEATS - 1) if 2**power < most), str(most)]


def few_repeats(agents: Sequence[Mapping[str, Any]], repeats: Sequence[str]) -> str:
    """Return how many scenarios the figures for these k leave out, nothing if none."""
    few = [
        f"{each['agent']} {each['too_few_plays'][k]} of {each['num_scenarios']} (k = {k})"
        for each in agents
        for k in repeats
        if k in each["too_few_plays"]
    ]
    return f"Left out, as played fewer than k times: {', '.join(few)} scenarios." if few else ""


def _counts(
    solved: NDArray[np.bool_], clusters: Clusters, k: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return plays and solved plays of each scenario with at least `k` plays."""
    _, rows, num_plays = np.unique(clusters, return_inverse=True, return_counts=True)
    num_solved = np.bincount(rows[solved], minlength=len(num_plays))
    enough = num_plays >= k
    return num_plays[enough].astype(np.int64), num_solved[enough].astype(np.int64)


def _all_drawn(good: NDArray[np.int64], plays: NDArray[np.int64], k: int) -> NDArray[np.float64]:
    """Return C(good, k) / C(plays, k): the chance that k plays drawn at once are all good."""
    chances = np.ones(len(plays))
    for drawn in range(k):
        chances *= np.maximum(good - drawn, 0) / (plays - drawn)
    return chances
