"""What the numbers of an observation mean, and between which bounds they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from gymnasium import spaces

from simarena.env.codes import ObservationKind

if TYPE_CHECKING:
    from simarena.trace import Limits

COUNT_COMPONENTS: Final = ("cpu", "memory", "pending", "missing", "replicas")
"""Components of the observations `base` and `scale`."""

FULL_COMPONENTS: Final = (
    "ready",
    "pending",
    "total",
    "waiting",
    "starting",
    "replicas_missing",
    "pods_missing",
    "target",
    "cpu",
    "memory",
    "cpu_of_largest_node",
    "memory_of_largest_node",
    "cpu_over_room",
    "memory_over_room",
    "slots_by_cpu",
    "slots_by_memory",
    "slots",
    "free_cpu",
    "free_memory",
    "free_cpu_over_request",
    "free_memory_over_request",
    "waiting_short_of_cpu",
    "waiting_short_of_memory",
    "nodes_short_of_cpu",
    "nodes_short_of_memory",
    "nodes_refusing",
    "nodes",
    "steps_left",
    "blocked",
    "can_increase_cpu",
    "can_increase_memory",
    "can_increase_replicas",
    "can_decrease_cpu",
    "can_decrease_memory",
    "can_decrease_replicas",
)
"""Components of the observation `full`."""

DIAGNOSTIC_COMPONENTS: Final = (
    *FULL_COMPONENTS,
    "failures",
    "oom_killed",
    "evicted",
    "waste_ceiling",
    "cpu_over_usage",
    "memory_over_usage",
    "memory_limit_over_usage",
    "cpu_over_ceiling",
    "memory_over_ceiling",
    "usage_known",
)
"""Components of the observation `diagnostic`: those of `full`, and how the containers fare."""

_SIGNED: Final = frozenset(
    {
        "replicas_missing",
        "pods_missing",
        "cpu_over_room",
        "memory_over_room",
        "cpu_over_usage",
        "memory_over_usage",
        "memory_limit_over_usage",
        "cpu_over_ceiling",
        "memory_over_ceiling",
    }
)
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
    if kind == ObservationKind.DIAGNOSTIC:
        return DIAGNOSTIC_COMPONENTS
    return FULL_COMPONENTS if kind == ObservationKind.FULL else COUNT_COMPONENTS


def most_pods(extremes: Extremes, limits: Limits) -> int:
    """Return the count of pods to which observed counts are clipped.

    Four times the most replicas there can be: rollouts and deletions make more pods than replicas.
    """
    return _PODS_PER_REPLICA * max(extremes.replicas, limits.max_replicas, extremes.max_target)


def observation_space(kind: ObservationKind, extremes: Extremes, limits: Limits) -> spaces.Box:
    """Return the space of one environment's observations; nothing observed is ever outside."""
    if kind in {ObservationKind.FULL, ObservationKind.DIAGNOSTIC}:
        names = components(kind)
        low = np.array([-1.0 if name in _SIGNED else 0.0 for name in names], np.float32)
        return spaces.Box(low, np.ones(len(names), np.float32), dtype=np.float32)
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
