"""What an agent sees of a running Deployment. Components are declared in `components.py`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from simarena.cluster.codes import NONE, Exit
from simarena.env.kernel.living.editing import is_within_limits
from simarena.env.kernel.online.components import OnlineComponent as Seen
from simarena.env.kernel.playing.counting import clear_counts, count_pod
from simarena.env.kernel.playing.rooms import observe_rooms
from simarena.env.kernel.playing.scales import capped, ratio, squashed
from simarena.env.records.episode import NUM_ACTIONS
from simarena.jit.decorators import inner

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simarena.cluster.records import World
    from simarena.env.records.episode import Row

_TWO_CORES_MILLI = 2_000.0
_TWO_GI = 2.0 * 1024**3


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
    vector[Seen.READY] = capped(episode["ready"] / replicas, 2.0)
    vector[Seen.PENDING] = capped(episode["pending"] / replicas, 2.0)
    vector[Seen.TOTAL] = capped(total / replicas, 2.0)
    vector[Seen.WAITING] = capped(waiting / replicas, 2.0)
    vector[Seen.STARTING] = capped((episode["pending"] - waiting) / replicas, 2.0)
    vector[Seen.TERMINATING] = capped(episode["terminating"] / replicas, 2.0)
    vector[Seen.REPLICAS] = squashed(episode["replicas"] / 8.0)
    vector[Seen.UPDATED] = ratio(episode["updated"], total)
    vector[Seen.CPU] = squashed(cpu_milli / _TWO_CORES_MILLI)
    vector[Seen.MEMORY] = squashed(memory_bytes / _TWO_GI)
    if not is_still:
        observe_rooms(
            world,
            task["workload"],
            deployment["template"],
            replicas,
            vector,
            Seen.CPU_OF_LARGEST_NODE,
            Seen.NODES,
        )
    vector[Seen.CPU_USED_OF_REQUEST] = capped(
        ratio(episode["cpu_used_milli"], template["cpu_milli"]), 2.0
    )
    vector[Seen.MEMORY_USED_OF_REQUEST] = capped(
        ratio(episode["memory_used_bytes"], template["memory_bytes"]), 2.0
    )
    limit = template["first_cpu_limit_milli"] * template["num_containers"]
    vector[Seen.CPU_USED_OF_LIMIT] = capped(ratio(episode["cpu_used_milli"], limit), 1.0)
    limit = template["first_memory_limit_bytes"] * template["num_containers"]
    vector[Seen.MEMORY_USED_OF_LIMIT] = capped(ratio(episode["memory_used_bytes"], limit), 2.0)
    vector[Seen.SERVED] = episode["served"]
    vector[Seen.LOAD] = squashed(episode["load_rps"] / 100.0)
    change = episode["load_rps"] - episode["last_load_rps"]
    vector[Seen.LOAD_CHANGE] = squashed(10.0 * change / max(episode["last_load_rps"], 1.0))
    vector[Seen.UTILISATION] = capped(episode["utilisation"], 2.0)
    vector[Seen.PEAK_UTILISATION] = capped(episode["peak_utilisation"], 2.0)
    vector[Seen.RESTARTS] = squashed(episode["restarts"])
    vector[Seen.OOM_KILLS] = squashed(episode["oom_kills"])
    vector[Seen.CREATED] = squashed(episode["created"])
    vector[Seen.STARTED] = squashed(episode["started"])
    vector[Seen.WAITING_SHORT_OF_CPU] = ratio(episode["short_cpu"], waiting)
    vector[Seen.WAITING_SHORT_OF_MEMORY] = ratio(episode["short_memory"], waiting)
    vector[Seen.COST] = capped(episode["cost"], 4.0)
    turn = (episode["offset_s"] + episode["time_s"]) % task["num_seconds"] / task["num_seconds"]
    vector[Seen.PHASE_SINE] = math.sin(2.0 * math.pi * turn)
    vector[Seen.PHASE_COSINE] = math.cos(2.0 * math.pi * turn)
    vector[Seen.STEPS_LEFT] = (episode["max_steps"] - episode["step"]) / episode["max_steps"]
    vector[Seen.BLOCKED] = 1.0 if episode["blocked"] else 0.0
    for action in range(1, NUM_ACTIONS):
        allowed = is_within_limits(world, task["workload"], rules, action)
        vector[Seen.CAN_INCREASE_CPU + action - 1] = 1.0 if allowed else 0.0
