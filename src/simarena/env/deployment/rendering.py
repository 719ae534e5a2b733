"""An environment in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.trace import Action, format_cpu_milli, format_memory_bytes

if TYPE_CHECKING:
    import numpy as np

_WIDTH = max(len(action.words) for action in Action)


def words(episode: np.void, action: int) -> list[str]:
    """Return where an episode stands: the last action, the pods, what is asked for, the reward."""
    step = int(episode["step"])
    did = "reset" if step == 0 else Action(action).words
    parts = [
        f"step {step:3}",
        f"{did:{_WIDTH}}",
        f"ready {episode['ready']}/{episode['target']}",
        f"pending {episode['pending']}",
        f"total {episode['total']}",
        f"cpu {format_cpu_milli(int(episode['cpu_milli']))}",
        f"memory {format_memory_bytes(int(episode['memory_bytes']))}",
        f"replicas {episode['replicas']}",
    ]
    if step:
        parts.append(f"reward {episode['reward']:.3f}")
    notes = []
    if episode["blocked"]:
        notes.append("blocked")
    if episode["short_cpu"]:
        notes.append(f"{episode['short_cpu']} short of cpu")
    if episode["short_memory"]:
        notes.append(f"{episode['short_memory']} short of memory")
    if episode["oom_killed"]:
        notes.append(f"{episode['oom_killed']} out of memory")
    if episode["evicted"]:
        notes.append(f"{episode['evicted']} evicted")
    if episode["solved"]:
        notes.append("solved" if step else "healthy")
    elif episode["truncated"] and step:
        notes.append("out of steps")
    if notes:
        parts.append(f"({', '.join(notes)})")
    return parts
