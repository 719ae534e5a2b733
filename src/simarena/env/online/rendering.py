"""A service in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.trace import Action, format_cpu_milli, format_memory_bytes

if TYPE_CHECKING:
    import numpy as np


def words(episode: np.void, action: int) -> list[str]:
    """Return where an episode stands: the last action, the load, the pods, the reward."""
    step = int(episode["step"])
    did = "reset" if step == 0 else Action(action).name.lower()
    parts = [
        f"{episode['time_s']:6} s",
        f"{did:17}",
        f"load {episode['load_rps']:6.1f}/s",
        f"served {100 * episode['served']:5.1f}%",
        f"used {100 * episode['utilisation']:5.1f}%",
        f"ready {episode['ready']}/{episode['replicas']}",
        f"cpu {format_cpu_milli(int(episode['cpu_milli']))}",
        f"memory {format_memory_bytes(int(episode['memory_bytes']))}",
        f"cost {episode['cost']:.2f}",
    ]
    if step:
        parts.append(f"reward {episode['reward']:.3f}")
    notes = []
    if episode["blocked"]:
        notes.append("blocked")
    if episode["waiting"]:
        notes.append(f"{episode['waiting']} waiting for a node")
    if episode["oom_kills"]:
        notes.append(f"{episode['oom_kills']} out of memory")
    if notes:
        parts.append(f"({', '.join(notes)})")
    return parts
