"""Whether a scenario's goal holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.cluster.codes import NONE
from simarena.cluster.kernel._jit import inner

if TYPE_CHECKING:
    from simarena.env.records import Row


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
    max_waste = task["max_waste"]
    if max_waste > 0.0:
        return _is_right_size(
            episode["cpu_milli"], episode["cpu_used_milli"], max_waste
        ) and _is_right_size(episode["memory_bytes"], episode["memory_used_bytes"], max_waste)
    return True
