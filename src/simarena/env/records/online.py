"""Rows of `SimArena/Online-v0`, whose Deployment is under a load. Field names carry their units."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from simarena.env.records.episode import (
    ENDS,
    MASK,
    PODS,
    SEEN_NODES,
    WAITING,
    episode_dtype,
    info_keys,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simarena.cluster.records import Rows

TASK = np.dtype(
    [
        ("workload", np.int32),  # the Deployment to look after
        ("warmup_s", np.int32),  # cluster time before the first observation
        ("num_seconds", np.int32),  # length of the load's profile, which then begins again
        ("target", np.int32),  # replicas that the trace asks for
        ("idle_cpu_milli", np.float64),
        ("idle_memory_bytes", np.float64),
        ("cpu_milli_per_rps", np.float64),
        ("memory_bytes_per_rps", np.float64),
        ("objective_s", np.float64),  # requests answered in this time are served well
        ("memory_price", np.float64),  # of a GiB; a CPU's is 1
        ("reference_cost", np.float64),  # what is reserved by the trace's own settings
    ],
    align=True,
)

EPISODE = episode_dtype(
    shown=[
        ("time_s", np.int64),  # since the episode began
        ("load_rps", np.float64),  # mean of the last interval, like those below to `cost`
        ("served", np.float64),  # share of requests answered within the objective
        ("utilisation", np.float64),  # CPU wanted over CPU that ready pods can have
        ("peak_utilisation", np.float64),  # highest of a second
        ("cost", np.float64),  # reserved, over what the trace's own settings reserve
        *PODS,  # at the end of the interval
        ("target", np.int32),
        ("cpu_milli", np.int64),  # request of the first container, as wanted now
        ("memory_bytes", np.int64),
        ("replicas", np.int32),  # wanted now
        *WAITING,
        ("cpu_used_milli", np.int64),  # by a ready pod
        ("memory_used_bytes", np.int64),
        ("updated", np.int32),  # pods of the newest template
        ("created", np.int32),  # pods, since the last observation, like those below
        ("started", np.int32),  # pods that became ready
        ("restarts", np.int32),  # pods whose containers were restarted
        ("oom_kills", np.int32),  # pods with a container killed for want of memory
    ],
    kept=[
        *SEEN_NODES,
        *ENDS,
        ("tick", np.int32),  # seconds of the interval that have passed; -1: not begun
        ("offset_s", np.int32),  # where in the profile the episode began
        ("num_events", np.int64),  # of the cluster when the pods were looked at last
        ("observed_events", np.int64),  # the same, when an observation was made
        ("observed_ms", np.int64),  # cluster time of the last observation
        ("noise_factor", np.float64),  # of the load in this interval
        ("last_load_rps", np.float64),  # mean of the interval before
        ("offered", np.float64),  # requests of this interval so far
        ("answered", np.float64),  # of them, in time
        ("sum_utilisation", np.float64),
        ("sum_cost", np.float64),
        ("second_rps", np.float64),  # load of the second that was reckoned last
        ("second_answered", np.float64),  # share
        ("second_utilisation", np.float64),
        ("reserved", np.float64),  # CPUs and, by their price, memory of pods that have a node
        ("ready_now", np.int32),  # pods that take requests
        ("num_groups", np.int32),
        ("group_ready", np.int32, (4,)),  # pods of one ReplicaSet
        ("group_cpu_milli", np.float64, (4,)),  # that one of them can have
        ("measured", np.int8),  # this second is reckoned, but has not passed
        ("changed", np.int8),  # the last action changed something
        MASK,
    ],
)
"""`solved` is never true: there is no goal, only a reward."""
INFO_KEYS = info_keys(EPISODE)


class Seat(NamedTuple):
    """Everything that a batch of `SimArena/Online-v0` reads and writes beside clusters."""

    tasks: Rows  # (num_scenarios,) of TASK
    families: Rows  # (num_scenarios, num_templates) of FAMILY
    loads: NDArray[np.float64]  # (num_scenarios, num_seconds): requests a second
    rules: Rows  # (1,) of LIVE_RULES
    actions: NDArray[np.int64]  # (num_envs,)
    mask: NDArray[np.bool_]  # (num_envs,): which environments a reset is for
    progress: NDArray[np.int64]  # (num_parts + 1, NUM_COLUMNS): see kernel/playing/sharing.py
    episodes: Rows  # (num_envs,) of EPISODE
    finals: Rows  # (num_envs,) of EPISODE: ends of episodes, where the next began already
    observations: NDArray[np.float32]  # (num_envs, observation size)
    final_observations: NDArray[np.float32]  # (num_envs, observation size)
