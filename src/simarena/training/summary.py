"""What the outcomes of an agent's episodes amount to, and how two agents differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from simarena.errors import ConfigError, RunError
from simarena.training.statistics import (
    Interval,
    Paired,
    clustered_mean,
    clustered_rate,
    clustered_ratio,
    paired_difference,
    paired_rate_difference,
)
from simarena.training.survival import SolvedCurve, solved_curve

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from simarena.training.outcome import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """How one agent did. Every scenario weighs the same; intervals are of 95 %."""

    agent: str
    num_scenarios: int
    num_plays: int

    solve_rate: Interval
    """Share of scenarios solved, Wilson's interval."""

    solve_rate_by_family: dict[str, Interval]
    """The same for each family, by name."""

    steps: Interval
    """Mean steps to solve, an unsolved play counting its scenario's whole limit."""

    steps_over_optimal: Interval
    """Those steps over the steps of the shortest solutions, both summed; from 1, the best.

    Of the scenarios whose shortest solution is known, unsolved plays again counting the limit.
    """

    reward: Interval
    """Mean return of an episode."""

    blocked: Interval
    """Mean number of actions in an episode that a limit made void."""

    waste: Interval
    """Mean of what is requested at the end for each unit used, where usage is known."""

    curve: SolvedCurve
    """Share solved by steps."""

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON can hold it; figures that nothing is known of are null."""
        return {
            "agent": self.agent,
            "num_scenarios": self.num_scenarios,
            "num_plays": self.num_plays,
            "solve_rate": interval_to_json(self.solve_rate),
            "solve_rate_by_family": {
                family: interval_to_json(rate) for family, rate in self.solve_rate_by_family.items()
            },
            "steps": interval_to_json(self.steps),
            "steps_over_optimal": interval_to_json(self.steps_over_optimal),
            "reward": interval_to_json(self.reward),
            "blocked": interval_to_json(self.blocked),
            "waste": interval_to_json(self.waste),
            "curve": self.curve.to_json(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Two agents on the plays that both made: first − second."""

    first: str
    second: str
    num_scenarios: int
    num_pairs: int
    """Pairs of a scenario and a seed that both agents played."""

    solved: Paired
    steps: Paired

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return {
            "first": self.first,
            "second": self.second,
            "num_scenarios": self.num_scenarios,
            "num_pairs": self.num_pairs,
            "solved": _paired_to_json(self.solved),
            "steps": _paired_to_json(self.steps),
        }


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
    counted = _counted_steps(outcomes)
    families = np.array([each.family for each in outcomes])
    optima = np.array(
        [np.nan if each.optimal_steps is None else each.optimal_steps for each in outcomes]
    )
    wastes = np.array([np.nan if each.waste is None else each.waste for each in outcomes])
    known = np.isfinite(optima)
    return Summary(
        agent=outcomes[0].agent,
        num_scenarios=len(set(clusters.tolist())),
        num_plays=len(outcomes),
        solve_rate=clustered_rate(solved, clusters),
        solve_rate_by_family={
            str(family): clustered_rate(solved[families == family], clusters[families == family])
            for family in sorted(set(families.tolist()))
        },
        steps=clustered_mean(counted, clusters),
        steps_over_optimal=clustered_ratio(counted[known], optima[known], clusters[known]),
        reward=clustered_mean(np.array([each.reward for each in outcomes]), clusters),
        blocked=clustered_mean(np.array([each.blocked for each in outcomes]), clusters),
        waste=clustered_mean(wastes[np.isfinite(wastes)], clusters[np.isfinite(wastes)]),
        curve=solved_curve(solved, steps, limits, clusters),
    )


def compare(first: Sequence[Outcome], second: Sequence[Outcome]) -> Difference:
    """Return the paired differences of two agents on the scenarios and seeds that both played.

    Where an agent made a play several times, their mean counts.

    Raises:
        RunError: no scenario was played by both with the same seed.
    """
    ours, theirs = _by_pair(first), _by_pair(second)
    pairs = [pair for pair in ours if pair in theirs]
    if not pairs:
        message = (
            f"{_name(first)} and {_name(second)} played no scenario with the same seed; "
            "measure both on one suite"
        )
        raise RunError(message)
    scenarios: dict[str, list[NDArray[np.float64]]] = {}
    for pair in pairs:
        scenarios.setdefault(pair[0], []).append(ours[pair] - theirs[pair])
    means = np.array([np.mean(differences, axis=0) for differences in scenarios.values()])
    return Difference(
        first=_name(first),
        second=_name(second),
        num_scenarios=len(scenarios),
        num_pairs=len(pairs),
        solved=paired_rate_difference(means[:, 0]),
        steps=paired_difference(means[:, 1]),
    )


def interval_to_json(interval: Interval) -> dict[str, float | None]:
    """Return value, low and high; null for what is not a number."""
    return {
        key: float(value) if np.isfinite(value) else None
        for key, value in interval._asdict().items()
    }


def _paired_to_json(paired: Paired) -> dict[str, Any]:
    return paired._asdict() | {"difference": interval_to_json(paired.difference)}


def _by_pair(outcomes: Sequence[Outcome]) -> Mapping[tuple[str, int], NDArray[np.float64]]:
    """Return mean solved and steps of each scenario and seed."""
    plays: dict[tuple[str, int], list[tuple[float, float]]] = {}
    for each, steps in zip(outcomes, _counted_steps(outcomes), strict=True):
        plays.setdefault((each.scenario, each.seed), []).append((float(each.solved), float(steps)))
    return {pair: np.mean(values, axis=0) for pair, values in plays.items()}


def _counted_steps(outcomes: Sequence[Outcome]) -> NDArray[np.float64]:
    return np.array(
        [each.steps if each.solved else each.max_steps for each in outcomes], dtype=np.float64
    )


def _clusters(outcomes: Sequence[Outcome]) -> NDArray[np.int64]:
    numbers: dict[str, int] = {}
    return np.array(
        [numbers.setdefault(each.scenario, len(numbers)) for each in outcomes], dtype=np.int64
    )


def _name(outcomes: Sequence[Outcome]) -> str:
    return outcomes[0].agent if outcomes else "nobody"
