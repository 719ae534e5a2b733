"""What came of an agent's plays: outcomes for statistics, and every step for pictures."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from simarena.evaluation.judged import counted
from simarena.evaluation.outcome import Outcome
from simarena.evaluation.summary import Summary, summarize

if TYPE_CHECKING:
    import numpy as np
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
    """How one agent did. Arrays are (num_scenarios, num_seeds) unless said otherwise."""

    agent: str
    scenarios: tuple[str, ...]
    families: tuple[str, ...]
    splits: tuple[str, ...]
    optimal_steps: tuple[int | None, ...]
    harmless: tuple[bool, ...]
    kubelets: tuple[str, ...]
    seeds: tuple[int, ...]
    max_steps: NDArray[np.int64]  # (num_scenarios,)
    solved: NDArray[np.bool_]
    steps: NDArray[np.int64]  # until solved or cut off
    returns: NDArray[np.float64]
    blocked: NDArray[np.int64]  # actions that a limit made void
    wastes: NDArray[np.float64]  # requested for each unit used, at the end; NaN where not known
    histories: tuple[History, ...] = field(default=(), compare=False)  # one for each seed

    def outcomes(self) -> list[Outcome]:
        """Return every play, scenario by scenario."""
        return [
            Outcome(
                scenario=scenario,
                family=self.families[row],
                split=self.splits[row],
                seed=seed,
                agent=self.agent,
                solved=bool(self.solved[row, number]),
                steps=int(self.steps[row, number]),
                max_steps=int(self.max_steps[row]),
                optimal_steps=self.optimal_steps[row],
                harmless=self.harmless[row],
                kubelet=self.kubelets[row],
                reward=float(self.returns[row, number]),
                blocked=int(self.blocked[row, number]),
                waste=_known(self.wastes[row, number]),
            )
            for row, scenario in enumerate(self.scenarios)
            for number, seed in enumerate(self.seeds)
        ]

    def summary(self) -> Summary:
        """Return what the plays amount to that count."""
        return summarize(counted(self.outcomes()).outcomes)


def _known(value: float) -> float | None:
    return float(value) if value == value else None  # noqa: PLR0124 NaN is unequal to itself
