"""Between which bounds the numbers of an observation are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from gymnasium import spaces

from simarena.env.codes import ObservationKind, names_of
from simarena.env.kernel.deployment.components import (
    CountComponent,
    DeploymentComponent,
    num_components,
)

if TYPE_CHECKING:
    from simarena.trace import Limits

_PODS_UNIT: Final = {ObservationKind.BASE: 5.0, ObservationKind.SCALE: 15.0}
_PODS_PER_REPLICA = 4
_STEP_MARGIN = 1.001  # bounds are float32 and may be rounded down


class Extremes(NamedTuple):
    """The largest and smallest values that the scenarios begin with."""

    cpu_milli: int
    memory_bytes: int
    replicas: int
    min_target: int
    max_target: int


def components(kind: ObservationKind) -> tuple[str, ...]:
    """Return the names of an observation's components, in order."""
    named = DeploymentComponent if kind >= ObservationKind.FULL else CountComponent
    return names_of(named)[: num_components(kind)]


def most_pods(extremes: Extremes, limits: Limits) -> int:
    """Return the count of pods to which observed counts are clipped.

    Four times the most replicas there can be: rollouts and deletions make more pods than replicas.
    """
    return _PODS_PER_REPLICA * max(extremes.replicas, limits.max_replicas, extremes.max_target)


def observation_space(kind: ObservationKind, extremes: Extremes, limits: Limits) -> spaces.Box:
    """Return the space of one environment's observations; nothing observed is ever outside."""
    if kind >= ObservationKind.FULL:
        lowest = [component.low for component in DeploymentComponent]
        low = np.array(lowest[: num_components(kind)], np.float32)
        return spaces.Box(low, np.ones(len(low), np.float32), dtype=np.float32)
    unit = _PODS_UNIT[kind]
    pods = most_pods(extremes, limits)
    low = np.array([0.0, 0.0, 0.0, (extremes.min_target - pods) / unit, 0.0], np.float32)
    high = np.array(
        [
            max(extremes.cpu_milli, limits.max_cpu_milli) / 4000,
            max(extremes.memory_bytes, limits.max_memory_bytes) / 2**20 / 4096,
            pods / unit,
            extremes.max_target / unit,
            1.0,
        ],
        np.float32,
    )
    return spaces.Box(
        low * np.float32(_STEP_MARGIN), high * np.float32(_STEP_MARGIN), dtype=np.float32
    )
