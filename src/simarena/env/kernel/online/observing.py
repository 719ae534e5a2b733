"""What an agent sees of a running Deployment. Components are documented on `OnlineEnv`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from simarena.cluster.codes import NONE, Exit
from simarena.env.kernel.deployment.observing import capped, observe_rooms, ratio, squashed
from simarena.env.kernel.playing.counting import clear_counts, count_pod
from simarena.env.kernel.playing.live_editing import is_allowed
from simarena.jit.decorators import inner

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simarena.cluster.records import World
    from simarena.env.records.replaying import Row

_TWO_CORES_MILLI = 2_000.0
_TWO_GI = 2.0 * 1024**3
_NUM_CHANGES = 6
_FIRST_CHANGE = 42


@inner
def _count_changes(world: World, pod_row: int, episode: Row) -> None:
    """Add what happened to a pod since the last observation."""
    pod = world.pods[pod_row]
    since_ms = episode["observed_ms"]
    if pod["created_ms"] > since_ms:
        episode["created"] += 1
    if pod["ready"] and pod["ready_ms"] > since_ms:
        episode["started"] += 1
    if pod["num_restarts"] > 0 and pod["started_ms"] > since_ms:
        episode["restarts"] += 1
    if pod["exit"] == Exit.OOM_KILLED and pod["finished_ms"] > since_ms:
        episode["oom_kills"] += 1


@inner
def clear_changes(episode: Row) -> None:
    """Say that nothing happened since the last observation."""
    episode["created"] = 0
    episode["started"] = 0
    episode["restarts"] = 0
    episode["oom_kills"] = 0


@inner
def count_service_pods(world: World, task: Row, episode: Row) -> None:
    """Write what state the Deployment and its pods are in, and what happened to them."""
    clear_counts(episode)
    clear_changes(episode)
    episode["updated"] = 0
    deployment = world.workloads[task["workload"]]
    template_row = deployment["template"]
    replicaset = deployment["first_live"]
    while replicaset != NONE:
        workload = world.workloads[replicaset]
        before = episode["total"]
        pod_row = workload["first_pod"]
        while pod_row != NONE:
            count_pod(world, pod_row, episode)
            _count_changes(world, pod_row, episode)
            pod_row = world.pods[pod_row]["next_of_owner"]
        if workload["template"] == template_row:
            episode["updated"] = episode["total"] - before
        replicaset = workload["next_live"]
    template = world.templates[template_row]
    episode["cpu_milli"] = max(template["first_cpu_milli"], 0)
    episode["memory_bytes"] = max(template["first_memory_bytes"], 0)
    episode["replicas"] = deployment["replicas"]


@inner
def read_usage(world: World, task: Row, episode: Row) -> None:
    """Write what a ready pod of the newest template uses."""
    template = world.templates[world.workloads[task["workload"]]["template"]]
    num_containers = int(template["num_containers"])
    used = world.usage[template["cpu_usage"]]["each"] * num_containers
    limit = template["first_cpu_limit_milli"]
    if limit > 0:
        used = min(used, limit * num_containers)
    episode["cpu_used_milli"] = used
    memory = world.usage[template["memory_usage"]]
    episode["memory_used_bytes"] = memory["each"] * num_containers


@inner
def observe_service(
    world: World,
    task: Row,
    episode: Row,
    rules: Row,
    vector: NDArray[np.float32],
    is_still: int,
) -> None:
    """Write the vector that an agent sees.

    Where `is_still`, nothing happened to pods and nodes since it was written the last time.
    """
    deployment = world.workloads[task["workload"]]
    template = world.templates[deployment["template"]]
    replicas = max(episode["replicas"], 1)
    total = episode["total"]
    waiting = episode["waiting"]
    cpu_milli = episode["cpu_milli"]
    memory_bytes = episode["memory_bytes"]
    vector[0] = capped(episode["ready"] / replicas, 2.0)
    vector[1] = capped(episode["pending"] / replicas, 2.0)
    vector[2] = capped(total / replicas, 2.0)
    vector[3] = capped(waiting / replicas, 2.0)
    vector[4] = capped((episode["pending"] - waiting) / replicas, 2.0)
    vector[5] = capped(episode["terminating"] / replicas, 2.0)
    vector[6] = squashed(episode["replicas"] / 8.0)
    vector[7] = ratio(episode["updated"], total)
    vector[8] = squashed(cpu_milli / _TWO_CORES_MILLI)
    vector[9] = squashed(memory_bytes / _TWO_GI)
    if not is_still:
        observe_rooms(world, task["workload"], deployment["template"], replicas, vector)
    vector[21] = capped(ratio(episode["cpu_used_milli"], template["cpu_milli"]), 2.0)
    vector[22] = capped(ratio(episode["memory_used_bytes"], template["memory_bytes"]), 2.0)
    limit = template["first_cpu_limit_milli"] * template["num_containers"]
    vector[23] = capped(ratio(episode["cpu_used_milli"], limit), 1.0)
    limit = template["first_memory_limit_bytes"] * template["num_containers"]
    vector[24] = capped(ratio(episode["memory_used_bytes"], limit), 2.0)
    vector[25] = episode["served"]
    vector[27] = squashed(episode["load_rps"] / 100.0)
    change = episode["load_rps"] - episode["last_load_rps"]
    vector[28] = squashed(10.0 * change / max(episode["last_load_rps"], 1.0))
    vector[29] = capped(episode["utilisation"], 2.0)
    vector[30] = capped(episode["peak_utilisation"], 2.0)
    vector[31] = squashed(episode["restarts"])
    vector[32] = squashed(episode["oom_kills"])
    vector[33] = squashed(episode["created"])
    vector[34] = squashed(episode["started"])
    vector[35] = ratio(episode["short_cpu"], waiting)
    vector[36] = ratio(episode["short_memory"], waiting)
    vector[37] = capped(episode["cost"], 4.0)
    turn = (episode["offset_s"] + episode["time_s"]) % task["num_seconds"] / task["num_seconds"]
    vector[38] = math.sin(2.0 * math.pi * turn)
    vector[39] = math.cos(2.0 * math.pi * turn)
    vector[40] = (episode["max_steps"] - episode["step"]) / episode["max_steps"]
    vector[41] = 1.0 if episode["blocked"] else 0.0
    for change_row in range(_NUM_CHANGES):
        allowed = is_allowed(world, task["workload"], rules, change_row + 1)
        vector[_FIRST_CHANGE + change_row] = 1.0 if allowed else 0.0
