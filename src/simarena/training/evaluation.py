"""What came of an agent's plays: rates, steps and differences, each with its interval."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from simarena.errors import RunError
from simarena.training.statistics import (
    Interval,
    Paired,
    clustered_mean,
    clustered_rate,
    paired_difference,
    restricted_mean_steps,
    solved_by_step,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Every step of one seed's episodes. Row t of `seen` is what was seen before action t."""

    seen: dict[str, NDArray[Any]]  # name -> (num_steps + 1, num_scenarios)
    actions: NDArray[np.int64]  # (num_steps, num_scenarios)
    rewards: NDArray[np.float64]  # (num_steps, num_scenarios)
    blocked: NDArray[np.bool_]  # (num_steps, num_scenarios)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """How one agent did. Arrays are (num_scenarios, num_seeds)."""

    agent: str
    scenarios: tuple[str, ...]
    families: tuple[str, ...]
    max_steps: NDArray[np.int64]  # (num_scenarios,)
    solved: NDArray[np.bool_]
    steps: NDArray[np.int64]  # until solved or cut off
    returns: NDArray[np.float64]
    blocked: NDArray[np.int64]  # actions that a limit made void
    histories: tuple[History, ...] = field(default=(), compare=False)  # one for each seed

    def solve_rate(self) -> Interval:
        """Return the share of scenarios solved."""
        return clustered_rate(self.solved)

    def solve_rate_by_family(self) -> dict[str, Interval]:
        """Return the share solved in each family, by name."""
        families = np.array(self.families)
        return {
            family: clustered_rate(self.solved[families == family])
            for family in sorted(set(self.families))
        }

    def mean_steps(self) -> Interval:
        """Return the mean steps to solve, unsolved plays counting their whole limit."""
        return restricted_mean_steps(self.solved, self.steps, self.max_steps)

    def mean_return(self) -> Interval:
        """Return the mean return."""
        return clustered_mean(self.returns)

    def mean_blocked(self) -> Interval:
        """Return the mean number of blocked actions in an episode."""
        return clustered_mean(self.blocked)

    def solved_by_step(self) -> NDArray[np.float64]:
        """Return the share solved within 0, 1, ... steps, up to the longest limit."""
        return solved_by_step(self.solved, self.steps, int(self.max_steps.max(initial=0)))

    def figures(self) -> dict[str, Any]:
        """Return everything above as JSON can hold it, intervals as value, low and high."""
        return {
            "agent": self.agent,
            "solve_rate": self.solve_rate()._asdict(),
            "solve_rate_by_family": {
                family: rate._asdict() for family, rate in self.solve_rate_by_family().items()
            },
            "steps": self.mean_steps()._asdict(),
            "return": self.mean_return()._asdict(),
            "blocked": self.mean_blocked()._asdict(),
            "solved_by_step": self.solved_by_step().tolist(),
        }

    def to_json(self) -> dict[str, Any]:
        """Return all but the histories as JSON can hold them."""
        return {
            "agent": self.agent,
            "scenarios": list(self.scenarios),
            "families": list(self.families),
            "max_steps": self.max_steps.tolist(),
            "solved": self.solved.tolist(),
            "steps": self.steps.tolist(),
            "returns": self.returns.tolist(),
            "blocked": self.blocked.tolist(),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Evaluation:
        """Return what `to_json` gave.

        Raises:
            RunError: something is missing.
        """
        try:
            return cls(
                agent=str(value["agent"]),
                scenarios=tuple(value["scenarios"]),
                families=tuple(value["families"]),
                max_steps=np.array(value["max_steps"], dtype=np.int64),
                solved=np.array(value["solved"], dtype=np.bool_),
                steps=np.array(value["steps"], dtype=np.int64),
                returns=np.array(value["returns"], dtype=np.float64),
                blocked=np.array(value["blocked"], dtype=np.int64),
            )
        except (KeyError, TypeError, ValueError) as error:
            message = f"evaluation.json is damaged ({error!r}); evaluate the run again"
            raise RunError(message) from error


def compare(first: Evaluation, second: Evaluation) -> dict[str, Paired]:
    """Return the paired differences of two agents that played the same scenarios and seeds.

    Raises:
        RunError: they did not.
    """
    if first.scenarios != second.scenarios or first.solved.shape != second.solved.shape:
        message = (
            f"{first.agent} and {second.agent} did not play the same scenarios and seeds; "
            "evaluate both on one suite"
        )
        raise RunError(message)
    limits = first.max_steps[:, np.newaxis]
    return {
        "solved": paired_difference(first.solved, second.solved),
        "steps": paired_difference(
            np.where(first.solved, first.steps, limits),
            np.where(second.solved, second.steps, limits),
        ),
    }
