"""A load of requests on the pods of one Deployment: what it makes them use, and how it is served.

The load divides evenly over the ready pods. A pod answers requests as a queue with one server does
(M/M/1): with rate m at which it could answer and rate a at which requests come, the share answered
within d seconds is 1 - exp(-(m - a) d), and 0 where a >= m. See `OnlineEnv`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from simarena.cluster.codes import NONE, Phase
from simarena.cluster.kernel.ground.events import has_event_room
from simarena.cluster.kernel.pods.starting import replan_pod
from simarena.jit.decorators import inner

if TYPE_CHECKING:
    from simarena.cluster.records import World
    from simarena.env.records.episode import Row

_GI = 1024.0**3
_MAX_GROUPS = 4
_MOST_UTILISATION = 4.0


@inner
def _spare_cpu_milli(world: World, node_row: int) -> float:
    """Return each pod's share of the CPU of a node that nobody requested."""
    node = world.nodes[node_row]
    spare = max(node["cpu_milli"] - node["cpu_requested_milli"], 0)
    return spare / np.float64(max(node["num_pods"], 1))


@inner
def _look_at_replicaset(world: World, row: int, task: Row, episode: Row) -> None:
    """Count the ready pods of a ReplicaSet as one group, and what all of its pods reserve.

    All are of its template. A pod can have the CPU that it requests and its share of what its node
    has left, but no more than its limit, which is its first container's times their number.
    """
    num_ready = 0
    cpu_milli = 0.0
    workload = world.workloads[row]
    template = world.templates[workload["template"]]
    requested = np.float64(template["cpu_milli"])
    limit = np.inf
    if template["first_cpu_limit_milli"] > 0:
        limit = np.float64(template["first_cpu_limit_milli"] * template["num_containers"])
    reserved = requested / 1000.0 + task["memory_price"] * template["memory_bytes"] / _GI
    sum_reserved = np.float64(episode["reserved"])
    pod_row = int(workload["first_pod"])
    while pod_row != NONE:
        pod = world.pods[pod_row]
        if pod["node"] != NONE and pod["phase"] < Phase.SUCCEEDED:
            sum_reserved += reserved
            if pod["ready"] and pod["deleting"] == 0:
                num_ready += 1
                cpu_milli += min(requested + _spare_cpu_milli(world, pod["node"]), limit)
        pod_row = int(pod["next_of_owner"])
    episode["reserved"] = sum_reserved
    if num_ready == 0:
        return
    episode["ready_now"] += num_ready
    group = min(episode["num_groups"], _MAX_GROUPS - 1)
    if episode["num_groups"] < _MAX_GROUPS:
        episode["num_groups"] += 1
        episode["group_ready"][group] = num_ready
        episode["group_cpu_milli"][group] = cpu_milli / num_ready
    else:  # those of more ReplicaSets than a rollout has count as one
        before = episode["group_ready"][group]
        cpu_milli += episode["group_cpu_milli"][group] * before
        episode["group_ready"][group] = before + num_ready
        episode["group_cpu_milli"][group] = cpu_milli / (before + num_ready)


@inner
def look_at_pods(world: World, task: Row, episode: Row) -> bool:
    """Write down which pods take requests, and what they can have; False: nothing happened."""
    num_events = world.state[0]["num_events"]
    if episode["num_events"] == num_events:
        return False
    episode["num_events"] = num_events
    episode["ready_now"] = 0
    episode["num_groups"] = 0
    episode["reserved"] = 0.0
    child = int(world.workloads[task["workload"]]["first_live"])
    while child != NONE:
        _look_at_replicaset(world, child, task, episode)
        child = int(world.workloads[child]["next_live"])
    return True


@inner
def _plan_anew(world: World, row: int) -> None:
    """Let ready pods of a ReplicaSet whose memory passed its limit be killed now."""
    pod_row = world.workloads[row]["first_pod"]
    while pod_row != NONE:
        replan_pod(world, pod_row)
        pod_row = world.pods[pod_row]["next_of_owner"]


@inner
def use_resources(world: World, task: Row, episode: Row, rps: float) -> bool:
    """Write what containers use under a load; return whether the event heap is too full to go on.

    Nothing is changed then. All containers of a pod take the same part of its work.
    """
    share = rps / episode["ready_now"] if episode["ready_now"] > 0 else 0.0
    cpu_milli = task["idle_cpu_milli"] + share * task["cpu_milli_per_rps"]
    memory_bytes = task["idle_memory_bytes"] + share * task["memory_bytes_per_rps"]
    oom_kills = world.settings[0]["oom_kills"]
    child = int(world.workloads[task["workload"]]["first_live"])
    while child != NONE:
        workload = world.workloads[child]
        if workload["first_pod"] != NONE:
            template = world.templates[workload["template"]]
            num_containers = int(template["num_containers"])
            cpu = world.usage[template["cpu_usage"]]
            memory = world.usage[template["memory_usage"]]
            each = np.int64(memory_bytes / num_containers)
            limit = template["first_memory_limit_bytes"]
            if oom_kills and 0 < limit < each and memory["each"] <= limit:
                if not has_event_room(world, episode["ready_now"] + 2):
                    return True
                memory["each"] = each
                _plan_anew(world, child)
            memory["each"] = each
            each_milli = np.int64(cpu_milli / num_containers)
            cpu["each"] = each_milli
            cpu["others"] = each_milli * (num_containers - 1)
        child = int(workload["next_live"])
    return False


@inner
def reckon_second(task: Row, episode: Row, rps: float) -> None:
    """Write how a second under this load is served, with the pods that are ready."""
    num_ready = episode["ready_now"]
    answered = 0.0
    utilisation = 0.0
    if num_ready > 0:
        share = rps / num_ready
        wanted = task["idle_cpu_milli"] + share * task["cpu_milli_per_rps"]
        for group in range(episode["num_groups"]):
            weight = episode["group_ready"][group] / num_ready
            cpu_milli = max(episode["group_cpu_milli"][group], 1.0)
            utilisation += weight * min(wanted / cpu_milli, _MOST_UTILISATION)
            most = (cpu_milli - task["idle_cpu_milli"]) / task["cpu_milli_per_rps"]
            if most > share:
                answered += weight * (1.0 - math.exp((share - most) * task["objective_s"]))
    elif rps > 0.0:
        utilisation = _MOST_UTILISATION
    episode["second_rps"] = rps
    episode["second_answered"] = answered
    episode["second_utilisation"] = utilisation


@inner
def add_second(task: Row, episode: Row) -> None:
    """Add the second that was reckoned last to the sums of the interval."""
    rps = episode["second_rps"]
    utilisation = episode["second_utilisation"]
    episode["offered"] += rps
    episode["answered"] += rps * episode["second_answered"]
    episode["sum_utilisation"] += utilisation
    episode["peak_utilisation"] = max(episode["peak_utilisation"], utilisation)
    episode["sum_cost"] += episode["reserved"] / task["reference_cost"]
