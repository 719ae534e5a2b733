"""What the outcomes of an agent's episodes amount to."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from simarena.errors import ConfigError
from simarena.evaluation.repeats import pass_at_k, pass_pow_k, plays_of_most, too_few_plays
from simarena.evaluation.statistics import (
    NOTHING,
    Interval,
    clustered_mean,
    clustered_rate,
    clustered_ratio,
    rate_over_families,
)
from simarena.evaluation.survival import SolvedCurve, solved_curve
from simarena.evaluation.usage import USAGE, Latency, latency_of, mean_used, totals_used

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from simarena.evaluation.outcome import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """How one agent did. Every scenario weighs the same; intervals are of 95 %."""

    agent: str
    num_scenarios: int
    num_plays: int

    solve_rate: Interval
    """Share of scenarios solved."""

    solve_rate_over_families: Interval = NOTHING
    """The solve rate with an interval for scenarios that resemble each other within families."""

    solve_rate_by_family: dict[str, Interval]
    """The same for each family, by name."""

    steps: Interval
    """Mean steps to solve, an unsolved play counting its scenario's whole limit."""

    steps_over_optimal: Interval
    """Those steps over the steps of the shortest solutions, both summed; from 1, the best.

    Of the scenarios whose shortest solution is known, unsolved plays again counting the limit, or
    the shortest solution where that is longer: not to solve is never better than the best.
    """

    reward: Interval
    """Mean return of an episode."""

    blocked: Interval
    """Mean number of actions in an episode that a limit made void."""

    waste: Interval
    """Mean of what is requested at the end for each unit used, where usage is known."""

    pass_at_k: dict[int, Interval] = field(default_factory=dict)
    """Chance that one of k plays solves a scenario; k up to the plays that most scenarios have."""

    pass_pow_k: dict[int, Interval] = field(default_factory=dict)
    """Chance that all of k plays solve it."""

    too_few_plays: dict[int, int] = field(default_factory=dict)
    """How many scenarios have fewer than k plays, and are left out of the two; of k with any."""

    tool_calls: Interval = NOTHING
    """Mean calls of tools that only look. This and the next four are NaN where nothing is told."""

    invalid: Interval = NOTHING
    """Mean answers and calls that named nothing that could be done."""

    input_tokens: Interval = NOTHING
    output_tokens: Interval = NOTHING
    cost_usd: Interval = NOTHING

    totals: dict[str, float] = field(default_factory=dict)
    """Sums of the last five over all plays, by name; only of those that every play tells."""

    latency: Latency | None = None
    """How long the model's calls took; None for agents without one."""

    reasons: dict[str, int] = field(default_factory=dict)
    """How many unsolved plays each reason stands behind, the most frequent first."""

    endings: dict[str, int] = field(default_factory=dict)
    """How many plays ended in each way, the most frequent first."""

    curve: SolvedCurve
    """Share solved by steps."""

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON can hold it; figures that nothing is known of are null."""
        return {each.name: _to_json(getattr(self, each.name)) for each in fields(self)}


def by_agent(outcomes: Iterable[Outcome]) -> dict[str, list[Outcome]]:
    """Return the outcomes of each agent, agents and plays in the order in which they come."""
    groups: dict[str, list[Outcome]] = {}
    for each in outcomes:
        groups.setdefault(each.agent, []).append(each)
    return groups


def summarize(outcomes: Sequence[Outcome]) -> Summary:
    """Return what one agent's outcomes amount to; the order of plays does not matter.

    Raises:
        ConfigError: there are none, or they are of several agents.
    """
    agents = {each.agent for each in outcomes}
    if len(agents) != 1:
        message = f"a summary is of the plays of one agent, got {len(agents)}; group them by agent"
        raise ConfigError(message)
    clusters = _clusters(outcomes)
    solved = np.array([each.solved for each in outcomes], dtype=np.bool_)
    steps = np.array([each.steps for each in outcomes], dtype=np.int64)
    limits = np.array([each.max_steps for each in outcomes], dtype=np.int64)
    counted = np.array([each.counted_steps for each in outcomes], dtype=np.float64)
    families = np.array([each.family for each in outcomes])
    optima = np.array(
        [np.nan if each.optimal_steps is None else each.optimal_steps for each in outcomes]
    )
    wastes = np.array([np.nan if each.waste is None else each.waste for each in outcomes])
    known = np.isfinite(optima)
    over_optimal = np.where(solved, counted, np.fmax(counted, optima))
    repeats = range(1, plays_of_most(clusters) + 1)
    return Summary(
        agent=outcomes[0].agent,
        num_scenarios=len(set(clusters.tolist())),
        num_plays=len(outcomes),
        solve_rate=clustered_rate(solved, clusters),
        solve_rate_over_families=rate_over_families(solved, clusters, families),
        solve_rate_by_family={
            str(family): clustered_rate(solved[families == family], clusters[families == family])
            for family in sorted(set(families.tolist()))
        },
        steps=clustered_mean(counted, clusters, least=0.0),
        steps_over_optimal=clustered_ratio(
            over_optimal[known], optima[known], clusters[known], least=1.0
        ),
        reward=clustered_mean(np.array([each.reward for each in outcomes]), clusters),
        blocked=clustered_mean(np.array([each.blocked for each in outcomes]), clusters, least=0.0),
        waste=clustered_mean(wastes[np.isfinite(wastes)], clusters[np.isfinite(wastes)], least=0.0),
        curve=solved_curve(solved, steps, limits, clusters),
        pass_at_k={k: pass_at_k(solved, clusters, k) for k in repeats},
        pass_pow_k={k: pass_pow_k(solved, clusters, k) for k in repeats},
        too_few_plays={k: few for k in repeats if (few := too_few_plays(clusters, k))},
        **{name: mean_used(outcomes, clusters, name) for name in USAGE},
        totals=totals_used(outcomes),
        latency=latency_of(outcomes),
        reasons=_counts(each.reason for each in outcomes if not each.solved),
        endings=_counts(each.ended for each in outcomes),
    )


def _to_json(value: Any) -> Any:  # noqa: ANN401 - a figure of any kind
    if isinstance(value, Interval | SolvedCurve):
        return value.to_json()
    if isinstance(value, Latency):
        return value._asdict()
    if isinstance(value, dict):
        return {str(name): _to_json(each) for name, each in value.items()}
    return value


def _counts(words: Iterable[str]) -> dict[str, int]:
    """Return how often each word comes, the most frequent first, then by name; none for none."""
    counts = Counter(word for word in words if word)
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _clusters(outcomes: Sequence[Outcome]) -> NDArray[np.int64]:
    numbers: dict[str, int] = {}
    return np.array(
        [numbers.setdefault(each.scenario, len(numbers)) for each in outcomes], dtype=np.int64
    )
