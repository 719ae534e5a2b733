"""What the numbers of an observation mean, and between which bounds they are."""

from __future__ import annotations

from typing import Final

import numpy as np
from gymnasium import spaces

ONLINE_COMPONENTS: Final = (
    "ready",
    "pending",
    "total",
    "waiting",
    "starting",
    "terminating",
    "replicas",
    "updated",
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
    "cpu_used_of_request",
    "memory_used_of_request",
    "cpu_used_of_limit",
    "memory_used_of_limit",
    "served",
    "nodes",
    "load",
    "load_change",
    "utilisation",
    "peak_utilisation",
    "restarts",
    "oom_kills",
    "created",
    "started",
    "waiting_short_of_cpu",
    "waiting_short_of_memory",
    "cost",
    "phase_sine",
    "phase_cosine",
    "steps_left",
    "blocked",
    "can_increase_cpu",
    "can_increase_memory",
    "can_increase_replicas",
    "can_decrease_cpu",
    "can_decrease_memory",
    "can_decrease_replicas",
)
"""Components of the observation."""

_SIGNED: Final = (
    "cpu_over_room",
    "memory_over_room",
    "load_change",
    "phase_sine",
    "phase_cosine",
)


def online_space() -> spaces.Box:
    """Return the space of one environment's observations; nothing observed is ever outside."""
    low = np.array([-1.0 if name in _SIGNED else 0.0 for name in ONLINE_COMPONENTS], np.float32)
    return spaces.Box(low, np.ones(len(ONLINE_COMPONENTS), np.float32), dtype=np.float32)
