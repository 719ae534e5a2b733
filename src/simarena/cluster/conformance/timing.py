"""When recorded states were reached after an edit, in a real control plane and in the simulator.

A state counts where both show it after the same edit, exactly as it is; the simulator may come
through others on the way, or another way round.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from simarena.cluster.conformance.controllers import RECORDED_WITH, judge_case

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from simarena.cluster.config import ClusterConfig
    from simarena.cluster.conformance.controllers import JudgedStep, Moment
    from simarena.cluster.manifests.fields import Fields

QUANTILES: Final = (0.5, 0.9, 1.0)
_DELAYS_MS: Final = (2, 5, 10, 15, 30, 50, 80, 120)
_DELAYS: Final = ("replicaset_sync_ms", "scheduling_ms")
_DELAYS_OF: Final = {
    "deployment": ("deployment_sync_ms", *_DELAYS),
    "adoption": ("deployment_sync_ms", *_DELAYS),
}
"""Delays that a family's times hang on, where it is not those of all others."""


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
    """The delays of a family's controllers with which times agree best."""

    family: str
    delays_ms: Mapping[str, int]
    """Settings and their values, fitted to the first half of the cases."""
    fitted_ms: float
    """Median of how far recorded and simulated times are apart then, in the first half."""
    shown_ms: float
    """In the second half, which they were not fitted to."""
    default_ms: float
    """The same with the default delays."""


def fit_delays(family: str, cases: Sequence[Fields]) -> Fit:
    """Return which delays fit the first half of a family's cases best, and how in the other half.

    One after the other is fitted, with those before it as they fit best. Of values that fit equally
    well the shortest is taken.
    """
    fitted: dict[str, int] = {}
    usual = best = time_cases(family, cases)
    for name in _DELAYS_OF.get(family, _DELAYS):
        usual_ms = getattr(RECORDED_WITH, name)
        tried = {usual_ms: best}
        for delay_ms in _DELAYS_MS:
            if delay_ms != usual_ms:
                changed: dict[str, Any] = {**fitted, name: delay_ms}
                config = replace(RECORDED_WITH, **changed)
                tried[delay_ms] = time_cases(family, cases, config=config)
        fitted[name] = min(sorted(tried), key=lambda delay_ms: tried[delay_ms][0].error_ms())
        best = tried[fitted[name]]
    first, second = best
    return Fit(family, fitted, first.error_ms(), second.error_ms(), usual[1].error_ms())


def _first_times(walk: Sequence[Moment]) -> list[tuple[Fields, int]]:
    """Return each state of a walk with when it was there first."""
    found: list[tuple[Fields, int]] = []
    for moment in walk:
        if all(moment.state != state for state, _ in found):
            found.append((moment.state, moment.after_ms))
    return found
