"""Between which bounds the numbers of an observation are."""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium import spaces

from simarena.env.kernel.fleet.components import ClusterComponent, MemberComponent
from simarena.env.kernel.fleet.observing import NUM_CHANGES


def num_actions(num_members: int) -> int:
    """Return how many actions there are: nothing, and each change of each Deployment."""
    return 1 + NUM_CHANGES * num_members


def observation_size(num_members: int) -> int:
    """Return the numbers that a kernel writes: rows, cluster and mask of actions."""
    rows = num_members * len(MemberComponent)
    return rows + len(ClusterComponent) + num_actions(num_members)


def observation_space(num_members: int, *, is_flat: bool) -> spaces.Space[Any]:
    """Return the space of one environment's observations; nothing observed is ever outside."""
    row = np.array([component.low for component in MemberComponent], np.float32)
    low = np.tile(row, (num_members, 1))
    if is_flat:
        rest = observation_size(num_members) - low.size
        flat = np.concatenate([low.ravel(), np.zeros(rest, np.float32)])
        return spaces.Box(flat, np.ones_like(flat), dtype=np.float32)
    return spaces.Dict(
        {
            "workloads": spaces.Box(low, np.ones_like(low), dtype=np.float32),
            "cluster": spaces.Box(0.0, 1.0, (len(ClusterComponent),), np.float32),
            "present": spaces.MultiBinary(num_members),
            "action_mask": spaces.MultiBinary(num_actions(num_members)),
        }
    )
