"""What a step is worth. The formula is documented on `ClusterEnv`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.cluster.codes import NONE
from simarena.jit.decorators import inner

if TYPE_CHECKING:
    from simarena.env.records.fleet import Seat


@inner
def _health(seat: Seat, env: int) -> float:
    """Return the mean over the Deployments of 1 - (|ready - target| + |total - target|) / 2 target.

    None counts less than 0.
    """
    episode = seat.episodes[env]
    value = 0.0
    for index in range(seat.members.shape[1]):
        member = seat.members[episode["scenario"], index]
        if member["workload"] != NONE:
            state = seat.states[env, index]
            target = member["target"]
            missing = abs(state["ready"] - target) + abs(state["total"] - target)
            value += max(0.0, 1.0 - missing / (2.0 * target))
    return value / max(episode["workloads"], 1)


@inner
def reward_of(seat: Seat, env: int) -> float:
    """Return 1 at the goal, else how far away it is, from -1; `solved` is known by now."""
    return 1.0 if seat.episodes[env]["solved"] else _health(seat, env) - 1.0
