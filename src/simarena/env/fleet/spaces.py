"""What the numbers of an observation mean, and between which bounds they are."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from gymnasium import spaces

ROW_COMPONENTS: Final = (
    "present",
    "healthy",
    "ready",
    "pending",
    "total",
    "waiting",
    "replicas_missing",
    "target",
    "cpu",
    "memory",
    "waiting_short_of_cpu",
    "waiting_short_of_memory",
    "updated",
    "free_cpu_over_request",
    "free_memory_over_request",
    "acted_on",
)
"""Components of a Deployment's row."""

CLUSTER_COMPONENTS: Final = (
    "healthy",
    "nodes",
    "cpu_requested",
    "memory_requested",
    "free_cpu",
    "free_memory",
    "waiting",
    "steps_left",
    "blocked",
)
"""Components of the cluster's row."""

NUM_CHANGES: Final = 6
"""What can be done to one Deployment."""


def num_actions(num_members: int) -> int:
    """Return how many actions there are: nothing, and each change of each Deployment."""
    return 1 + NUM_CHANGES * num_members


def observation_size(num_members: int) -> int:
    """Return the numbers that a kernel writes: rows, cluster and mask of actions."""
    rows = num_members * len(ROW_COMPONENTS)
    return rows + len(CLUSTER_COMPONENTS) + num_actions(num_members)


def cluster_space(num_members: int, *, is_flat: bool) -> spaces.Space[Any]:
    """Return the space of one environment's observations; nothing observed is ever outside."""
    low = np.zeros((num_members, len(ROW_COMPONENTS)), np.float32)
    low[:, ROW_COMPONENTS.index("replicas_missing")] = -1.0
    if is_flat:
        rest = observation_size(num_members) - low.size
        flat = np.concatenate([low.ravel(), np.zeros(rest, np.float32)])
        return spaces.Box(flat, np.ones_like(flat), dtype=np.float32)
    return spaces.Dict(
        {
            "workloads": spaces.Box(low, np.ones_like(low), dtype=np.float32),
            "cluster": spaces.Box(0.0, 1.0, (len(CLUSTER_COMPONENTS),), np.float32),
            "present": spaces.MultiBinary(num_members),
            "action_mask": spaces.MultiBinary(num_actions(num_members)),
        }
    )
