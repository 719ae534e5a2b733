"""Rows of environments whose cluster lives on from step to step. Field names carry their units."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from simarena.env.records.replaying import NUM_ACTIONS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simarena.cluster.records import Rows

FAMILY = np.dtype(
    [
        ("base", np.int32),  # template that the trace has
        ("first", np.int32),  # first of the rows kept for what agents make of it
        ("number", np.int32),  # such rows; 0: nobody may edit it
    ],
    align=True,
)

LIVE_RULES = np.dtype(
    [
        ("noise", np.float64),  # of the load, relative standard deviation from step to step
        ("service_weight", np.float64),
        ("cost_weight", np.float64),
        ("change_weight", np.float64),
        ("min_cpu_milli", np.int64),
        ("max_cpu_milli", np.int64),
        ("min_memory_bytes", np.int64),
        ("max_memory_bytes", np.int64),
        ("min_replicas", np.int64),
        ("max_replicas", np.int64),
        ("cpu_step_milli", np.int64),
        ("memory_step_bytes", np.int64),
        ("num_envs", np.int64),
        ("num_scenarios", np.int64),
        ("interval_s", np.int32),
        ("max_steps", np.int32),
        ("random_start", np.int8),  # an episode begins anywhere in the load's profile
        ("sampling", np.int8),  # Sampling
        ("autoreset", np.int8),  # Autoreset
    ],
    align=True,
)

SERVICE = np.dtype(
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

SERVICE_EPISODE = np.dtype(
    [
        ("seed", np.uint64),
        ("num_episodes", np.int64),  # begun since the seed was set
        ("num_noise", np.int64),  # numbers drawn for noise since the seed was set
        ("scenario", np.int32),
        ("step", np.int32),
        ("time_s", np.int64),  # since the episode began
        ("load_rps", np.float64),  # mean of the last interval, like those below to `cost`
        ("served", np.float64),  # share of requests answered within the objective
        ("utilisation", np.float64),  # CPU wanted over CPU that ready pods can have
        ("peak_utilisation", np.float64),  # highest of a second
        ("cost", np.float64),  # reserved, over what the trace's own settings reserve
        ("ready", np.int32),  # pods, at the end of the interval
        ("pending", np.int32),
        ("total", np.int32),
        ("target", np.int32),
        ("cpu_milli", np.int64),  # request of the first container, as wanted now
        ("memory_bytes", np.int64),
        ("replicas", np.int32),  # wanted now
        ("waiting", np.int32),  # pods without a node
        ("terminating", np.int32),
        ("short_cpu", np.int32),  # waiting pods for which some node lacks CPU
        ("short_memory", np.int32),
        ("cpu_used_milli", np.int64),  # by a ready pod
        ("memory_used_bytes", np.int64),
        ("updated", np.int32),  # pods of the newest template
        ("created", np.int32),  # pods, since the last observation, like those below
        ("started", np.int32),  # pods that became ready
        ("restarts", np.int32),  # pods whose containers were restarted
        ("oom_kills", np.int32),  # pods with a container killed for want of memory
        ("blocked", np.bool_),  # the last action could not be taken
        ("solved", np.bool_),  # never: there is no goal, only a reward
        ("terminated", np.bool_),
        ("truncated", np.bool_),
        ("reward", np.float64),
        ("episode_return", np.float64),
        ("short_cpu_nodes", np.int32),
        ("short_memory_nodes", np.int32),
        ("other_nodes", np.int32),
        ("seen_nodes", np.int32),
        ("failures", np.int32),  # ends of containers that were not asked for
        ("oom_killed", np.int32),  # pods whose container ended last for want of memory
        ("evicted", np.int32),  # pods that were evicted, or failed otherwise
        ("max_steps", np.int32),
        ("forced_scenario", np.int32),  # of the next episode; NONE: sampled
        ("status", np.int32),  # cluster Status with which time stopped
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
        ("stage", np.int8),  # Stage
        ("finished", np.int8),
        ("action_mask", np.int8, (NUM_ACTIONS,)),  # 0: the next step would block this action
    ],
    align=True,
)

_NAMES = SERVICE_EPISODE.names or ()
SERVICE_INFO_KEYS = _NAMES[_NAMES.index("scenario") : _NAMES.index("solved") + 1]
"""Fields of SERVICE_EPISODE that an info holds, in the dtype's order."""


class ServiceSeat(NamedTuple):
    """Everything that a batch of `SimArena/Online-v0` reads and writes beside clusters."""

    tasks: Rows  # (num_scenarios,) of SERVICE
    families: Rows  # (num_scenarios, num_templates) of FAMILY
    loads: NDArray[np.float64]  # (num_scenarios, num_seconds): requests a second
    rules: Rows  # (1,) of LIVE_RULES
    actions: NDArray[np.int64]  # (num_envs,)
    mask: NDArray[np.bool_]  # (num_envs,): which environments a reset is for
    progress: NDArray[np.int64]  # (num_parts + 1, 8): see kernel/sharing.py
    episodes: Rows  # (num_envs,) of SERVICE_EPISODE
    finals: Rows  # (num_envs,) of SERVICE_EPISODE: ends of episodes, where the next began already
    observations: NDArray[np.float32]  # (num_envs, observation size)
    final_observations: NDArray[np.float32]  # (num_envs, observation size)


MEMBER = np.dtype(
    [
        ("workload", np.int32),  # a Deployment to look after; NONE: the scenario has fewer
        ("target", np.int32),  # replicas
    ],
    align=True,
)

MEMBER_STATE = np.dtype(
    [
        ("ready", np.int32),  # pods
        ("pending", np.int32),
        ("total", np.int32),
        ("waiting", np.int32),  # without a node
        ("terminating", np.int32),
        ("short_cpu", np.int32),  # waiting pods for which some node lacks CPU
        ("short_memory", np.int32),
        ("short_cpu_nodes", np.int32),
        ("short_memory_nodes", np.int32),
        ("other_nodes", np.int32),
        ("seen_nodes", np.int32),
        ("failures", np.int32),  # ends of containers that were not asked for
        ("oom_killed", np.int32),  # pods whose container ended last for want of memory
        ("evicted", np.int32),  # pods that were evicted, or failed otherwise
        ("updated", np.int32),  # pods of the newest template
    ],
    align=True,
)

FLEET_EPISODE = np.dtype(
    [
        ("seed", np.uint64),
        ("num_episodes", np.int64),  # begun since the seed was set
        ("num_noise", np.int64),
        ("scenario", np.int32),
        ("step", np.int32),
        ("time_s", np.int64),  # since the episode began
        ("workloads", np.int32),  # Deployments to look after
        ("healthy", np.int32),  # of them
        ("ready", np.int32),  # pods of all of them
        ("pending", np.int32),
        ("total", np.int32),
        ("target", np.int32),
        ("waiting", np.int32),  # without a node
        ("terminating", np.int32),
        ("blocked", np.bool_),  # the last action could not be taken
        ("solved", np.bool_),
        ("terminated", np.bool_),
        ("truncated", np.bool_),
        ("reward", np.float64),
        ("episode_return", np.float64),
        ("max_steps", np.int32),
        ("forced_scenario", np.int32),  # of the next episode; NONE: sampled
        ("status", np.int32),  # cluster Status with which time stopped
        ("until_ms", np.int64),  # cluster time at which the interval ends; NONE: not begun
        ("acted_on", np.int32),  # index of the Deployment of the last action, or NONE
        ("stage", np.int8),  # Stage
        ("finished", np.int8),
    ],
    align=True,
)

_FLEET_NAMES = FLEET_EPISODE.names or ()
FLEET_INFO_KEYS = _FLEET_NAMES[_FLEET_NAMES.index("scenario") : _FLEET_NAMES.index("solved") + 1]
"""Fields of FLEET_EPISODE that an info holds, in the dtype's order."""


class FleetSeat(NamedTuple):
    """Everything that a batch of `SimArena/Cluster-v0` reads and writes beside clusters."""

    members: Rows  # (num_scenarios, num_members) of MEMBER
    warmup_ms: NDArray[np.int64]  # (num_scenarios,): cluster time before the first observation
    families: Rows  # (num_scenarios, num_templates) of FAMILY
    rules: Rows  # (1,) of LIVE_RULES
    actions: NDArray[np.int64]  # (num_envs,)
    mask: NDArray[np.bool_]  # (num_envs,): which environments a reset is for
    progress: NDArray[np.int64]  # (num_parts + 1, 8): see kernel/sharing.py
    states: Rows  # (num_envs, num_members) of MEMBER_STATE
    episodes: Rows  # (num_envs,) of FLEET_EPISODE
    finals: Rows  # (num_envs,) of FLEET_EPISODE: ends of episodes, where the next began already
    observations: NDArray[np.float32]  # (num_envs, observation size): rows, cluster, action mask
    final_observations: NDArray[np.float32]  # (num_envs, observation size)
