"""What an agent sees of the end of a replay. Components are documented on `DeploymentEnv`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simarena.cluster.codes import NONE
from simarena.env.codes import ObservationKind
from simarena.env.kernel.playing.sampling import gaussian
from simarena.jit.decorators import inner
from simarena.trace import CPU_STEP_MILLI, MEMORY_STEP_BYTES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simarena.cluster.records import World
    from simarena.env.records.replaying import Row

_MI = 1024**2
_TWO_CORES_MILLI = 2_000.0
_TWO_GI = 2.0 * 1024**3


@inner
def _seen(count: float, episode: Row, rules: Row) -> float:
    """Return a count as the agent sees it: noisy, and never outside of what the space allows."""
    value = np.float64(count)
    if rules["noise"] > 0.0:
        value += rules["noise"] * gaussian(episode)
    return min(max(value, 0.0), np.float64(rules["max_pods"]))


@inner
def squashed(value: float) -> float:
    """Return 0 at 0, a half at 1, towards 1 for large values; the same below 0."""
    return value / (1.0 + abs(value))


@inner
def capped(value: float, cap: float) -> float:
    """Return the share of `cap` that a value from 0 on is, at most 1."""
    return min(value, cap) / cap


@inner
def ratio(part: float, whole: float) -> float:
    """Return the quotient, 0 where there is nothing to divide by."""
    return part / whole if whole > 0.0 else 0.0


@inner
def _slots(free: int, request: int, most: int) -> int:
    """Return how many requests fit into what is free, at most `most`."""
    if request <= 0:
        return most
    return min(max(free, 0) // request, most)


@inner
def _is_ours(world: World, pod_row: int, workload: int) -> bool:
    owner = world.pods[pod_row]["owner"]
    if owner == NONE:
        return False
    return bool(owner == workload or world.workloads[owner]["owner"] == workload)


@inner
def observe_rooms(
    world: World, workload: int, template_row: int, target: int, vector: NDArray[np.float32]
) -> None:
    """Write the components that need a look at every node: 10 to 20, and 26.

    A node counts if nothing but resources can keep the workload's pods off it. Its room is what is
    free when the workload's own pods are left aside.
    """
    template = world.templates[template_row]
    cpu_milli = template["cpu_milli"]
    memory_bytes = template["memory_bytes"]
    most = 2 * target
    num_nodes = 0
    largest_cpu = 0
    largest_memory = 0
    room_cpu = 0
    room_memory = 0
    free_cpu = 0
    free_memory = 0
    slots_cpu = 0
    slots_memory = 0
    slots = 0
    for row in range(world.state[0]["num_node_rows"]):
        node = world.nodes[row]
        if not node["exists"] or world.template_nodes[template_row, row]["reasons"] != 0:
            continue
        num_nodes += 1
        node_free_cpu = max(node["cpu_milli"] - node["cpu_requested_milli"], 0)
        node_free_memory = max(node["memory_bytes"] - node["memory_requested_bytes"], 0)
        node_room_cpu = node["cpu_milli"] - node["cpu_requested_milli"]
        node_room_memory = node["memory_bytes"] - node["memory_requested_bytes"]
        node_places = node["max_pods"] - node["num_pods"]
        pod_row = node["first_pod"]
        while pod_row != NONE:
            if _is_ours(world, pod_row, workload):
                own = world.templates[world.pods[pod_row]["template"]]
                node_room_cpu += own["cpu_milli"]
                node_room_memory += own["memory_bytes"]
                node_places += 1
            pod_row = world.pods[pod_row]["next_on_node"]
        largest_cpu = max(largest_cpu, node["cpu_milli"])
        largest_memory = max(largest_memory, node["memory_bytes"])
        room_cpu = max(room_cpu, node_room_cpu)
        room_memory = max(room_memory, node_room_memory)
        free_cpu = max(free_cpu, node_free_cpu)
        free_memory = max(free_memory, node_free_memory)
        by_cpu = _slots(node_room_cpu, cpu_milli, most)
        by_memory = _slots(node_room_memory, memory_bytes, most)
        slots_cpu += by_cpu
        slots_memory += by_memory
        slots += max(min(by_cpu, by_memory, node_places), 0)
    vector[10] = capped(ratio(cpu_milli, largest_cpu), 2.0)
    vector[11] = capped(ratio(memory_bytes, largest_memory), 2.0)
    vector[12] = squashed((cpu_milli - room_cpu) / CPU_STEP_MILLI)
    vector[13] = squashed((memory_bytes - room_memory) / MEMORY_STEP_BYTES)
    vector[14] = capped(slots_cpu / target, 2.0)
    vector[15] = capped(slots_memory / target, 2.0)
    vector[16] = capped(slots / target, 2.0)
    vector[17] = ratio(free_cpu, largest_cpu)
    vector[18] = ratio(free_memory, largest_memory)
    vector[19] = capped(free_cpu / max(cpu_milli, 1), 4.0)
    vector[20] = capped(free_memory / max(memory_bytes, 1), 4.0)
    vector[26] = squashed(num_nodes / 4.0)


@inner
def shows_rooms(rules: Row) -> int:
    """Return 1 if observations have the components that `observe_rooms` writes, else 0."""
    return int(
        rules["observation"] == ObservationKind.FULL
        or rules["observation"] == ObservationKind.DIAGNOSTIC
    )


@inner
def _observe_full(episode: Row, rules: Row, vector: NDArray[np.float32]) -> None:
    ready = _seen(episode["ready"], episode, rules)
    pending = _seen(episode["pending"], episode, rules)
    total = _seen(episode["total"], episode, rules)
    target = episode["target"]
    cpu_milli = episode["cpu_milli"]
    memory_bytes = episode["memory_bytes"]
    replicas = episode["replicas"]
    waiting = episode["waiting"]
    starting = episode["pending"] - waiting
    vector[0] = capped(ready / target, 2.0)
    vector[1] = capped(pending / target, 2.0)
    vector[2] = capped(total / target, 2.0)
    vector[3] = capped(waiting / target, 2.0)
    vector[4] = capped(starting / target, 2.0)
    vector[5] = squashed(target - replicas)
    vector[6] = squashed(target - total)
    vector[7] = squashed(target / 8.0)
    vector[8] = squashed(cpu_milli / _TWO_CORES_MILLI)
    vector[9] = squashed(memory_bytes / _TWO_GI)
    vector[21] = ratio(episode["short_cpu"], waiting)
    vector[22] = ratio(episode["short_memory"], waiting)
    vector[23] = ratio(episode["short_cpu_nodes"], episode["seen_nodes"])
    vector[24] = ratio(episode["short_memory_nodes"], episode["seen_nodes"])
    vector[25] = ratio(episode["other_nodes"], episode["seen_nodes"])
    vector[27] = (episode["max_steps"] - episode["step"]) / episode["max_steps"]
    vector[28] = 1.0 if episode["blocked"] else 0.0
    # Whether each action would stay within the limits.
    vector[29] = 1.0 if cpu_milli + CPU_STEP_MILLI <= rules["max_cpu_milli"] else 0.0
    vector[30] = 1.0 if memory_bytes + MEMORY_STEP_BYTES <= rules["max_memory_bytes"] else 0.0
    vector[31] = 1.0 if replicas + 1 <= rules["max_replicas"] else 0.0
    vector[32] = 1.0 if cpu_milli - CPU_STEP_MILLI >= rules["min_cpu_milli"] else 0.0
    vector[33] = 1.0 if memory_bytes - MEMORY_STEP_BYTES >= rules["min_memory_bytes"] else 0.0
    vector[34] = 1.0 if replicas - 1 >= rules["min_replicas"] else 0.0


@inner
def _steps_over(value: float, bound: float, step: float) -> float:
    return squashed((value - bound) / step)


@inner
def _observe_wellbeing(task: Row, episode: Row, vector: NDArray[np.float32]) -> None:
    """Write the components that tell how containers fare and what they use: 35 to 44."""
    target = episode["target"]
    cpu_milli = episode["cpu_milli"]
    memory_bytes = episode["memory_bytes"]
    cpu_used = episode["cpu_used_milli"]
    memory_used = episode["memory_used_bytes"]
    limit = episode["memory_limit_bytes"]
    max_waste = task["max_waste"]
    vector[35] = squashed(episode["failures"] / target)
    vector[36] = capped(episode["oom_killed"] / target, 2.0)
    vector[37] = squashed(episode["evicted"] / target)
    vector[38] = 0.0 if max_waste == 0.0 else 1.0 / max_waste
    vector[39] = 0.0 if cpu_used == NONE else _steps_over(cpu_milli, cpu_used, CPU_STEP_MILLI)
    vector[40] = 0.0
    vector[41] = 1.0
    vector[42] = -1.0
    vector[43] = -1.0
    if memory_used != NONE:
        vector[40] = _steps_over(memory_bytes, memory_used, MEMORY_STEP_BYTES)
        if limit != NONE:
            # A step of the request moves the limit by as much as their ratio makes of it.
            step = MEMORY_STEP_BYTES * (limit / max(memory_bytes, 1))
            vector[41] = _steps_over(limit, memory_used, max(step, 1.0))
    if max_waste > 0.0:
        vector[42] = _steps_over(cpu_milli, max_waste * cpu_used, CPU_STEP_MILLI)
        vector[43] = _steps_over(memory_bytes, max_waste * memory_used, MEMORY_STEP_BYTES)
    vector[44] = 1.0 if cpu_used != NONE and memory_used != NONE else 0.0


@inner
def _observe_counts(
    episode: Row, rules: Row, vector: NDArray[np.float32], pods_unit: float, replicas_unit: float
) -> None:
    # Ready is not shown, but its noise is drawn, so that all kinds step the stream alike.
    _seen(episode["ready"], episode, rules)
    pending = _seen(episode["pending"], episode, rules)
    total = _seen(episode["total"], episode, rules)
    vector[0] = episode["cpu_milli"] / 4000.0
    vector[1] = episode["memory_bytes"] / _MI / 4096.0
    vector[2] = pending / pods_unit
    vector[3] = (episode["target"] - total) / pods_unit
    vector[4] = min(1.0, episode["replicas"] / replicas_unit)


@inner
def observe(task: Row, episode: Row, rules: Row, vector: NDArray[np.float32]) -> None:
    """Write the observation of an environment whose replay has ended and been counted.

    What `observe_rooms` writes is there already.
    """
    if shows_rooms(rules):
        _observe_full(episode, rules, vector)
        if rules["observation"] == ObservationKind.DIAGNOSTIC:
            _observe_wellbeing(task, episode, vector)
    elif rules["observation"] == ObservationKind.SCALE:
        _observe_counts(episode, rules, vector, 15.0, 15.0)
    else:
        _observe_counts(episode, rules, vector, 5.0, 8.0)
