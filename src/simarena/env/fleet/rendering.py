"""A fleet in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


def words(episode: np.void, action_name: str) -> list[str]:
    """Return where an episode stands: the last action, the Deployments, the pods, the reward."""
    step = int(episode["step"])
    did = action_name if step else "reset"
    parts = [
        f"step {step:3}",
        f"{did:40}",
        f"healthy {episode['healthy']}/{episode['workloads']}",
        f"ready {episode['ready']}/{episode['target']}",
        f"pending {episode['pending']}",
        f"total {episode['total']}",
    ]
    if step:
        parts.append(f"reward {episode['reward']:.3f}")
    if episode["harmed"]:
        parts.append(f"({episode['harmed']} others harmed)")
    return parts
