"""When recorded states were reached after an edit, in a real control plane and in the simulator.

A state counts where both show it after the same edit, exactly as it is; the simulator may come
through others on the way, or another way round.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from simarena.cluster.conformance.controllers import RECORDED_WITH, judge_case

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from simarena.cluster.config import ClusterConfig
    from simarena.cluster.conformance.controllers import JudgedStep, Moment
    from simarena.cluster.manifests.fields import Fields

QUANTILES: Final = (0.5, 0.9, 1.0)
_DELAYS_MS: Final = (5, 15, 30, 50, 80, 120)


class Reached(NamedTuple):
    """A state that both reached, and how long after the edit."""

    recorded_ms: int
    simulated_ms: int


@dataclass(slots=True)
class Timing:
    """When the states of one family were reached."""

    family: str
    num_states: int = 0
    """That were recorded after edits, the first one of each left out: it is there at once."""
    reached: list[Reached] = field(default_factory=list)

    def add(self, step: JudgedStep) -> None:
        """Count the states after an edit in."""
        simulated = _first_times(step.walk)
        for state, recorded_ms in _first_times(step.timeline[1:]):
            self.num_states += 1
            found = next((time_ms for other, time_ms in simulated if other == state), None)
            if found is not None:
                self.reached.append(Reached(recorded_ms, found))

    def quantiles(self) -> list[tuple[float, float]]:
        """Return QUANTILES of the recorded and of the simulated times, in milliseconds."""
        if not self.reached:
            return []
        real, simulated = np.quantile(np.array(self.reached), QUANTILES, axis=0).T.tolist()
        return list(zip(real, simulated, strict=True))

    def error_ms(self) -> float:
        """Return the median of how far the two are apart; 0 without any state."""
        if not self.reached:
            return 0.0
        return float(np.median([abs(one - other) for one, other in self.reached]))


def time_cases(
    family: str, cases: Iterable[Fields], *, config: ClusterConfig | None = None
) -> tuple[Timing, Timing]:
    """Return the timing of every other case of a family, and that of those between.

    What is fitted to the one half may be shown on the other.
    """
    halves = Timing(family), Timing(family)
    for number, case in enumerate(cases):
        for step in judge_case(case, config=config, num_seeds=1):
            halves[number % 2].add(step)
    return halves


class Fit(NamedTuple):
    """The delay of a controller's answer (`replicaset_sync_ms`) with which times agree best."""

    family: str
    delay_ms: int
    """Fitted to the first half of the cases."""
    fitted_ms: float
    """Median of how far recorded and simulated times are apart then, in the first half."""
    shown_ms: float
    """In the second half, which it was not fitted to."""
    default_ms: float
    """The same with the default delay."""


def fit_delay(family: str, cases: Sequence[Fields]) -> Fit:
    """Return which delay fits the first half of a family's cases best, and how in the other half.

    Of delays that fit equally well the shortest is taken.
    """
    tried = {
        delay_ms: time_cases(
            family, cases, config=replace(RECORDED_WITH, replicaset_sync_ms=delay_ms)
        )
        for delay_ms in sorted({*_DELAYS_MS, RECORDED_WITH.replicaset_sync_ms})
    }
    best_ms = min(tried, key=lambda delay_ms: tried[delay_ms][0].error_ms())
    _, usual = tried[RECORDED_WITH.replicaset_sync_ms]
    fitted, shown = tried[best_ms]
    return Fit(family, best_ms, fitted.error_ms(), shown.error_ms(), usual.error_ms())


def _first_times(walk: Sequence[Moment]) -> list[tuple[Fields, int]]:
    """Return each state of a walk with when it was there first."""
    found: list[tuple[Fields, int]] = []
    for moment in walk:
        if all(moment.state != state for state, _ in found):
            found.append((moment.state, moment.after_ms))
    return found
