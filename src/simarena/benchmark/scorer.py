"""Scores an episode by what its cluster came to, and sums scores up for Inspect's own tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from inspect_ai.scorer import SampleScore, Score, Target, accuracy, mean, metric, scorer
from inspect_ai.solver import TaskState
from inspect_ai.util import store_as

from simarena.benchmark.episode import Episode
from simarena.evaluation.repeats import pass_pow_k, plays_of_most
from simarena.evaluation.statistics import clustered_rate

if TYPE_CHECKING:
    from inspect_ai.scorer import Metric, Scorer
    from numpy.typing import NDArray


@metric(name="interval", scores="unreduced")
def solve_rate_interval() -> Metric:
    """Return a metric: the 95 % interval of the solve rate, counted in scenarios."""

    def interval(scores: list[SampleScore]) -> dict[str, float]:
        solved, clusters = _by_scenario(scores)
        rate = clustered_rate(solved, clusters)
        return {"low": rate.low, "high": rate.high}

    return interval


@metric(name="every_time", scores="unreduced")
def solved_every_time() -> Metric:
    """Return a metric: the chance that all plays of a scenario solve it, pass^k.

    k is what nine of ten scenarios were played at least; those played less often are left out.
    """

    def every_time(scores: list[SampleScore]) -> float:
        solved, clusters = _by_scenario(scores)
        return pass_pow_k(solved, clusters, plays_of_most(clusters)).value

    return every_time


def _by_scenario(scores: list[SampleScore]) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    numbers: dict[str | int | None, int] = {}
    clusters = [numbers.setdefault(each.sample_id, len(numbers)) for each in scores]
    solved = [each.score.as_float() > 0 for each in scores]
    return np.array(solved, dtype=np.bool_), np.array(clusters, dtype=np.int64)


@scorer(
    name="verdict",  # as logs name it
    metrics={
        "solved": [accuracy(), solve_rate_interval(), solved_every_time()],
        "steps": [mean()],
        "reward": [mean()],
        "looks": [mean()],
        "invalid": [mean()],
    },
)
def end_of_episode() -> Scorer:
    """Return the scorer. It reads the sample's store, so old logs can be scored again.

    An unsolved episode counts as many steps as it might have had. A sample without an ending was
    broken off by an error, and is left out of all figures.
    """

    async def score(state: TaskState, target: Target) -> Score:
        episode = store_as(Episode)
        if not episode.ended:
            return Score.unscored(
                reason="broken-off", explanation="An error broke the episode off."
            )
        return Score(
            value={
                "solved": int(episode.solved),
                "steps": episode.steps if episode.solved else episode.max_steps,
                "reward": episode.reward,
                "looks": sum(episode.looks.values()),
                "invalid": episode.invalid,
            },
            answer=", ".join(episode.actions) or "nothing",
            explanation=f"{episode.reason}; ended: {episode.ended}",
            metadata={"reason": episode.reason, "ended": episode.ended, "held_s": episode.held_s},
        )

    return score
