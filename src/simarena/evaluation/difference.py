"""How agents differ on the plays that both made: pair by pair, on equal scenarios and seeds."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from simarena.errors import RunError
from simarena.evaluation.statistics import (
    Interval,
    Paired,
    paired_difference,
    paired_rate_difference,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from simarena.evaluation.outcome import Outcome

    Pairs = Mapping[tuple[str, int], NDArray[np.float64]]


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


class RateDifference(NamedTuple):
    """How much more often the first of two agents solves what both played."""

    first: str
    second: str
    num_scenarios: int
    difference: Interval

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return self._asdict() | {"difference": self.difference.to_json()}


def share_plays(first: Sequence[Outcome], second: Sequence[Outcome]) -> bool:
    """Return whether two agents played a scenario with the same seed."""
    plays = {(each.scenario, each.seed) for each in first}
    return any((each.scenario, each.seed) in plays for each in second)


def compare(first: Sequence[Outcome], second: Sequence[Outcome]) -> Difference:
    """Return the paired differences of two agents on the scenarios and seeds that both played.

    Where an agent made a play several times, their mean counts.

    Raises:
        RunError: no scenario was played by both with the same seed.
    """
    means, num_pairs = _differences(_by_pair(first), _by_pair(second))
    if not num_pairs:
        message = (
            f"{_name(first)} and {_name(second)} played no scenario with the same seed; "
            "measure both on one suite"
        )
        raise RunError(message)
    return Difference(
        first=_name(first),
        second=_name(second),
        num_scenarios=len(means),
        num_pairs=num_pairs,
        solved=paired_rate_difference(means[:, 0]),
        steps=paired_difference(means[:, 1]),
    )


def compare_rates(groups: Mapping[str, Sequence[Outcome]]) -> tuple[RateDifference, ...]:
    """Return the differences of solve rates of all pairs of agents that met, first − second.

    The first of a pair is the one that comes first in `groups`.
    """
    pairs = {agent: _by_pair(outcomes) for agent, outcomes in groups.items()}
    rates = []
    for first, second in combinations(pairs, 2):
        means, num_pairs = _differences(pairs[first], pairs[second])
        if num_pairs:
            interval = paired_rate_difference(means[:, 0]).difference
            rates.append(RateDifference(first, second, len(means), interval))
    return tuple(rates)


def _differences(ours: Pairs, theirs: Pairs) -> tuple[NDArray[np.float64], int]:
    """Return (num_scenarios, 2) mean differences of solved and steps, and how many pairs met."""
    scenarios: dict[str, list[NDArray[np.float64]]] = {}
    for pair in ours:
        if pair in theirs:
            scenarios.setdefault(pair[0], []).append(ours[pair] - theirs[pair])
    means = [np.mean(differences, axis=0) for differences in scenarios.values()]
    return np.array(means), sum(map(len, scenarios.values()))


def _paired_to_json(paired: Paired) -> dict[str, Any]:
    return paired._asdict() | {"difference": paired.difference.to_json()}


def _by_pair(outcomes: Sequence[Outcome]) -> Pairs:
    """Return mean solved and steps of each scenario and seed."""
    plays: dict[tuple[str, int], list[tuple[float, float]]] = {}
    for each in outcomes:
        play = (float(each.solved), float(each.counted_steps))
        plays.setdefault((each.scenario, each.seed), []).append(play)
    return {pair: np.mean(values, axis=0) for pair, values in plays.items()}


def _name(outcomes: Sequence[Outcome]) -> str:
    return outcomes[0].agent if outcomes else "nobody"
