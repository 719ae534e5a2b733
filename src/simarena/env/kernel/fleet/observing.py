"""What an agent sees of many Deployments. Components are documented on `ClusterEnv`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.cluster.codes import NONE
from simarena.env.kernel.deployment.observing import capped, ratio, squashed
from simarena.env.kernel.playing.counting import clear_counts, count_pod
from simarena.env.kernel.playing.live_editing import is_possible
from simarena.jit.decorators import inner

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simarena.cluster.records import World
    from simarena.env.records.living import FleetSeat
    from simarena.env.records.replaying import Row

NUM_ROW_COMPONENTS = 16
NUM_CLUSTER_COMPONENTS = 9
NUM_CHANGES = 6
_TWO_CORES_MILLI = 2_000.0
_TWO_GI = 2.0 * 1024**3


@inner
def _count_member(world: World, row: int, state: Row) -> None:
    clear_counts(state)
    state["updated"] = 0
    template = world.workloads[row]["template"]
    child = world.workloads[row]["first_live"]
    while child != NONE:
        workload = world.workloads[child]
        before = state["total"]
        pod_row = workload["first_pod"]
        while pod_row != NONE:
            count_pod(world, pod_row, state)
            pod_row = world.pods[pod_row]["next_of_owner"]
        if workload["template"] == template:
            state["updated"] = state["total"] - before
        child = workload["next_live"]


@inner
def is_healthy(state: Row, target: int) -> bool:
    """Return whether a Deployment has as many pods as it should have, all of them ready."""
    return bool(state["ready"] == target and state["total"] == target and state["pending"] == 0)


@inner
def count_members(world: World, seat: FleetSeat, env: int) -> None:
    """Write how all Deployments and their pods are."""
    episode = seat.episodes[env]
    episode["workloads"] = 0
    episode["healthy"] = 0
    episode["ready"] = 0
    episode["pending"] = 0
    episode["total"] = 0
    episode["target"] = 0
    episode["waiting"] = 0
    episode["terminating"] = 0
    for index in range(seat.members.shape[1]):
        member = seat.members[episode["scenario"], index]
        if member["workload"] == NONE:
            continue
        state = seat.states[env, index]
        _count_member(world, member["workload"], state)
        episode["workloads"] += 1
        if is_healthy(state, member["target"]):
            episode["healthy"] += 1
        episode["ready"] += state["ready"]
        episode["pending"] += state["pending"]
        episode["total"] += state["total"]
        episode["target"] += member["target"]
        episode["waiting"] += state["waiting"]
        episode["terminating"] += state["terminating"]


@inner
def health(seat: FleetSeat, env: int) -> float:
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
def observe_fleet(world: World, seat: FleetSeat, env: int) -> None:
    """Write the rows of the Deployments, the row of the cluster, and the mask of actions."""
    episode = seat.episodes[env]
    vector = seat.observations[env]
    num_members = seat.members.shape[1]
    cluster = num_members * NUM_ROW_COMPONENTS
    cpu_milli = 0
    memory_bytes = 0
    cpu_requested = 0
    memory_requested = 0
    free_cpu = 0
    free_memory = 0
    largest_cpu = 0
    largest_memory = 0
    for row in range(world.state[0]["num_node_rows"]):
        node = world.nodes[row]
        if node["exists"]:
            cpu_milli += node["cpu_milli"]
            memory_bytes += node["memory_bytes"]
            cpu_requested += node["cpu_requested_milli"]
            memory_requested += node["memory_requested_bytes"]
            free_cpu = max(free_cpu, node["cpu_milli"] - node["cpu_requested_milli"])
            free_memory = max(free_memory, node["memory_bytes"] - node["memory_requested_bytes"])
            largest_cpu = max(largest_cpu, node["cpu_milli"])
            largest_memory = max(largest_memory, node["memory_bytes"])
    mask = cluster + NUM_CLUSTER_COMPONENTS
    vector[mask] = 1.0
    for index in range(num_members):
        _observe_member(world, seat, env, index, free_cpu, free_memory)
        member = seat.members[episode["scenario"], index]
        for change in range(NUM_CHANGES):
            allowed = member["workload"] != NONE and is_possible(
                world,
                seat.families[episode["scenario"]],
                member["workload"],
                seat.rules[0],
                change + 1,
            )
            vector[mask + 1 + NUM_CHANGES * index + change] = 1.0 if allowed else 0.0
    vector[cluster] = ratio(episode["healthy"], episode["workloads"])
    vector[cluster + 1] = squashed(world.state[0]["num_nodes"] / 4.0)
    vector[cluster + 2] = capped(ratio(cpu_requested, cpu_milli), 1.0)
    vector[cluster + 3] = capped(ratio(memory_requested, memory_bytes), 1.0)
    vector[cluster + 4] = ratio(free_cpu, largest_cpu)
    vector[cluster + 5] = ratio(free_memory, largest_memory)
    vector[cluster + 6] = squashed(episode["waiting"] / 8.0)
    vector[cluster + 7] = (episode["max_steps"] - episode["step"]) / episode["max_steps"]
    vector[cluster + 8] = 1.0 if episode["blocked"] else 0.0


@inner
def _observe_member(
    world: World, seat: FleetSeat, env: int, index: int, free_cpu: int, free_memory: int
) -> None:
    vector = seat.observations[env]
    episode = seat.episodes[env]
    member = seat.members[episode["scenario"], index]
    first = index * NUM_ROW_COMPONENTS
    if member["workload"] == NONE:
        _clear(vector, first)
        return
    state = seat.states[env, index]
    workload = world.workloads[member["workload"]]
    template = world.templates[workload["template"]]
    target = member["target"]
    waiting = state["waiting"]
    vector[first] = 1.0
    vector[first + 1] = 1.0 if is_healthy(state, target) else 0.0
    vector[first + 2] = capped(state["ready"] / target, 2.0)
    vector[first + 3] = capped(state["pending"] / target, 2.0)
    vector[first + 4] = capped(state["total"] / target, 2.0)
    vector[first + 5] = capped(waiting / target, 2.0)
    vector[first + 6] = squashed(target - workload["replicas"])
    vector[first + 7] = squashed(target / 8.0)
    vector[first + 8] = squashed(max(template["first_cpu_milli"], 0) / _TWO_CORES_MILLI)
    vector[first + 9] = squashed(max(template["first_memory_bytes"], 0) / _TWO_GI)
    vector[first + 10] = ratio(state["short_cpu"], waiting)
    vector[first + 11] = ratio(state["short_memory"], waiting)
    vector[first + 12] = ratio(state["updated"], state["total"])
    vector[first + 13] = capped(max(free_cpu, 0) / max(template["cpu_milli"], 1), 4.0)
    vector[first + 14] = capped(max(free_memory, 0) / max(template["memory_bytes"], 1), 4.0)
    vector[first + 15] = 1.0 if episode["acted_on"] == index else 0.0


@inner
def _clear(vector: NDArray, first: int) -> None:  # type: ignore[type-arg]
    for column in range(first, first + NUM_ROW_COMPONENTS):
        vector[column] = 0.0
