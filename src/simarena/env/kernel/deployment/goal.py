"""Whether a scenario's goal holds."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from simarena.cluster.codes import NONE
from simarena.jit.decorators import inner
from simarena.trace import CPU_STEP_MILLI, MEMORY_STEP_BYTES

if TYPE_CHECKING:
    from simarena.env.records.episode import Row


@inner
def has_wanted_pods(episode: Row) -> bool:
    """Return whether ready = total = target and nothing is pending."""
    target = episode["target"]
    return bool(
        episode["ready"] == target and episode["total"] == target and episode["pending"] == 0
    )


@inner
def _is_right_size(asked: int, used: int, max_waste: float) -> bool:
    return used <= asked <= max_waste * used


@inner
def meets_goal(task: Row, episode: Row) -> bool:
    """Return whether all that the scenario asks for holds, from the counts of the episode."""
    if not has_wanted_pods(episode):
        return False
    if task["max_failures"] != NONE and (
        episode["failures"] + episode["evicted"] > task["max_failures"]
    ):
        return False
    if episode["harmed"] > 0:
        return False
    max_waste = task["max_waste"]
    if max_waste > 0.0:
        return _is_right_size(
            episode["cpu_milli"], episode["cpu_used_milli"], max_waste
        ) and _is_right_size(episode["memory_bytes"], episode["memory_used_bytes"], max_waste)
    return True


@inner
def _steps(excess: float, step: float) -> int:
    """Return how many steps bring an excess down to nothing."""
    return math.ceil(excess / step) if excess > 0.0 else 0


@inner
def steps_in_sight(task: Row, episode: Row) -> int:
    """Return how many actions are missing as far as settings alone tell.

    Those that bring the replicas to the target, the requests under the ceiling on waste, and the
    memory limit to the usage. What the nodes have no room for is not counted.
    """
    num_steps = abs(episode["target"] - episode["replicas"])
    max_waste = task["max_waste"]
    cpu_milli, memory_bytes = episode["cpu_milli"], episode["memory_bytes"]
    used_bytes, limit_bytes = episode["memory_used_bytes"], episode["memory_limit_bytes"]
    if max_waste > 0.0:
        ceiling_milli = max_waste * episode["cpu_used_milli"]
        ceiling_bytes = max_waste * used_bytes
        num_steps += _steps(cpu_milli - ceiling_milli, CPU_STEP_MILLI)
        num_steps += _steps(memory_bytes - ceiling_bytes, MEMORY_STEP_BYTES)
    if 0 < limit_bytes < used_bytes:
        # A step of the request moves the limit by as much as their ratio makes of it.
        step_bytes = MEMORY_STEP_BYTES * (limit_bytes / max(memory_bytes, 1))
        num_steps += _steps(np.float64(used_bytes - limit_bytes), max(step_bytes, 1.0))
    return num_steps
