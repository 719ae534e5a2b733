"""Rows of `SimArena/Cluster-v0`, about a fleet of Deployments. Field names carry their units."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from simarena.env.records.episode import (
    ENDS,
    PODS,
    SEEN_NODES,
    WAITING,
    episode_dtype,
    info_keys,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simarena.cluster.records import Rows

MEMBER = np.dtype(
    [
        ("workload", np.int32),  # a Deployment to look after; NONE: the scenario has fewer
        ("target", np.int32),  # replicas
    ],
    align=True,
)

MEMBER_STATE = np.dtype(
    [
        *PODS,
        *WAITING,
        *SEEN_NODES,
        *ENDS,
        ("updated", np.int32),  # pods of the newest template
    ],
    align=True,
)

EPISODE = episode_dtype(
    shown=[
        ("time_s", np.int64),  # since the episode began
        ("workloads", np.int32),  # Deployments to look after
        ("healthy", np.int32),  # of them
        *PODS,  # of all of them
        ("target", np.int32),
        ("waiting", np.int32),  # without a node
        ("terminating", np.int32),
        ("harmed", np.int32),  # others that fare worse than without any action
    ],
    kept=[
        ("until_ms", np.int64),  # cluster time at which the interval ends; NONE: not begun
        ("acted_on", np.int32),  # index of the Deployment of the last action, or NONE
    ],
)
INFO_KEYS = info_keys(EPISODE)


class Seat(NamedTuple):
    """Everything that a batch of `SimArena/Cluster-v0` reads and writes beside clusters."""

    members: Rows  # (num_scenarios, num_members) of MEMBER
    warmup_ms: NDArray[np.int64]  # (num_scenarios,): cluster time before the first observation
    families: Rows  # (num_scenarios, num_templates) of FAMILY
    rules: Rows  # (1,) of LIVE_RULES
    actions: NDArray[np.int64]  # (num_envs,)
    mask: NDArray[np.bool_]  # (num_envs,): which environments a reset is for
    progress: NDArray[np.int64]  # (num_parts + 1, NUM_COLUMNS): see kernel/playing/sharing.py
    states: Rows  # (num_envs, num_members) of MEMBER_STATE
    others: NDArray[np.int32]  # (num_envs, num_others, 2): tallies of all but members, now
    unedited: NDArray[np.int32]  # (num_scenarios, num_steps, num_others, 2): without any action,
    # see kernel/playing/harm.py; later steps are as the last one
    episodes: Rows  # (num_envs,) of EPISODE
    finals: Rows  # (num_envs,) of EPISODE: ends of episodes, where the next began already
    observations: NDArray[np.float32]  # (num_envs, observation size): rows, cluster, action mask
    final_observations: NDArray[np.float32]  # (num_envs, observation size)
