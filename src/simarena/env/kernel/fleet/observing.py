"""What an agent sees of many Deployments. Components are declared in `components.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.cluster.codes import NONE
from simarena.env.kernel.fleet.components import (
    NUM_CLUSTER_COMPONENTS,
    NUM_MEMBER_COMPONENTS,
)
from simarena.env.kernel.fleet.components import ClusterComponent as Whole
from simarena.env.kernel.fleet.components import MemberComponent as Seen
from simarena.env.kernel.living.editing import has_spare_template, is_blocked
from simarena.env.kernel.playing.counting import clear_counts, count_pod
from simarena.env.kernel.playing.harm import count_worse, tally
from simarena.env.kernel.playing.scales import capped, ratio, squashed
from simarena.env.records.episode import NUM_ACTIONS
from simarena.jit.decorators import inner

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simarena.cluster.records import World
    from simarena.env.records.bank import Bank
    from simarena.env.records.episode import Row
    from simarena.env.records.fleet import Seat

NUM_CHANGES = NUM_ACTIONS - 1
"""What can be done to one Deployment, but for nothing."""
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
def count_members(world: World, seat: Seat, env: int) -> None:
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
def count_harm(bank: Bank, world: World, seat: Seat, env: int) -> None:
    """Write how all but the members fare now, and how many of them worse than without any action.

    There are no rows for them where no scenario has others.
    """
    episode = seat.episodes[env]
    others = seat.others[env]
    episode["harmed"] = 0
    if others.shape[0] == 0:
        return
    start = bank.state[episode["scenario"], 0]
    tally(world, start["num_workloads"], start["num_bare"], others)
    unedited = seat.unedited[episode["scenario"]]
    step = min(episode["step"], unedited.shape[0] - 1)
    number = start["num_workloads"] + start["num_bare"]
    episode["harmed"] = count_worse(others, unedited[step], number)


@inner
def observe_fleet(world: World, seat: Seat, env: int) -> None:
    """Write the rows of the Deployments, the row of the cluster, and the mask of actions."""
    episode = seat.episodes[env]
    vector = seat.observations[env]
    num_members = seat.members.shape[1]
    cluster = num_members * NUM_MEMBER_COMPONENTS
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
        families = seat.families[episode["scenario"]]
        row = member["workload"]
        has_spare = row != NONE and has_spare_template(world, families, row)
        for change in range(NUM_CHANGES):
            allowed = row != NONE and not is_blocked(
                world, families, row, seat.rules[0], change + 1, has_spare
            )
            vector[mask + 1 + NUM_CHANGES * index + change] = 1.0 if allowed else 0.0
    vector[cluster + Whole.HEALTHY] = ratio(episode["healthy"], episode["workloads"])
    vector[cluster + Whole.NODES] = squashed(world.state[0]["num_nodes"] / 4.0)
    vector[cluster + Whole.CPU_REQUESTED] = capped(ratio(cpu_requested, cpu_milli), 1.0)
    vector[cluster + Whole.MEMORY_REQUESTED] = capped(ratio(memory_requested, memory_bytes), 1.0)
    vector[cluster + Whole.FREE_CPU] = ratio(free_cpu, largest_cpu)
    vector[cluster + Whole.FREE_MEMORY] = ratio(free_memory, largest_memory)
    vector[cluster + Whole.WAITING] = squashed(episode["waiting"] / 8.0)
    vector[cluster + Whole.STEPS_LEFT] = (episode["max_steps"] - episode["step"]) / episode[
        "max_steps"
    ]
    vector[cluster + Whole.BLOCKED] = 1.0 if episode["blocked"] else 0.0


@inner
def _observe_member(
    world: World, seat: Seat, env: int, index: int, free_cpu: int, free_memory: int
) -> None:
    vector = seat.observations[env]
    episode = seat.episodes[env]
    member = seat.members[episode["scenario"], index]
    first = index * NUM_MEMBER_COMPONENTS
    if member["workload"] == NONE:
        _clear(vector, first)
        return
    state = seat.states[env, index]
    workload = world.workloads[member["workload"]]
    template = world.templates[workload["template"]]
    target = member["target"]
    waiting = state["waiting"]
    vector[first + Seen.PRESENT] = 1.0
    vector[first + Seen.HEALTHY] = 1.0 if is_healthy(state, target) else 0.0
    vector[first + Seen.READY] = capped(state["ready"] / target, 2.0)
    vector[first + Seen.PENDING] = capped(state["pending"] / target, 2.0)
    vector[first + Seen.TOTAL] = capped(state["total"] / target, 2.0)
    vector[first + Seen.WAITING] = capped(waiting / target, 2.0)
    vector[first + Seen.REPLICAS_MISSING] = squashed(target - workload["replicas"])
    vector[first + Seen.TARGET] = squashed(target / 8.0)
    vector[first + Seen.CPU] = squashed(max(template["first_cpu_milli"], 0) / _TWO_CORES_MILLI)
    vector[first + Seen.MEMORY] = squashed(max(template["first_memory_bytes"], 0) / _TWO_GI)
    vector[first + Seen.WAITING_SHORT_OF_CPU] = ratio(state["short_cpu"], waiting)
    vector[first + Seen.WAITING_SHORT_OF_MEMORY] = ratio(state["short_memory"], waiting)
    vector[first + Seen.UPDATED] = ratio(state["updated"], state["total"])
    vector[first + Seen.FREE_CPU_OVER_REQUEST] = capped(
        max(free_cpu, 0) / max(template["cpu_milli"], 1), 4.0
    )
    vector[first + Seen.FREE_MEMORY_OVER_REQUEST] = capped(
        max(free_memory, 0) / max(template["memory_bytes"], 1), 4.0
    )
    vector[first + Seen.ACTED_ON] = 1.0 if episode["acted_on"] == index else 0.0


@inner
def _clear(vector: NDArray, first: int) -> None:  # type: ignore[type-arg]
    for column in range(first, first + NUM_MEMBER_COMPONENTS):
        vector[column] = 0.0
