"""The ReplicaSet controller: as many pods as wanted, made in batches, given up in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.cluster.codes import NONE, Event, Status, WorkloadKind
from simarena.cluster.kernel._jit import inner
from simarena.cluster.kernel.deletion_order import rank_victims
from simarena.cluster.kernel.events import has_event_room, schedule_event, wake_replicaset
from simarena.cluster.kernel.pods import create_pod, delete_pod, has_pod_room

if TYPE_CHECKING:
    from simarena.cluster.records import World

_BURST = 500
"""Pods that one sync creates or deletes at most."""


@inner
def num_available(world: World, row: int) -> int:
    """Return how many pods of a ReplicaSet have been ready for its minReadySeconds."""
    workload = world.workloads[row]
    min_ready_ms = workload["min_ready_ms"]
    if min_ready_ms == 0:
        return int(workload["num_ready"])
    now_ms = world.state[0]["now_ms"]
    number = 0
    pod_row = workload["first_pod"]
    while pod_row != NONE:
        pod = world.pods[pod_row]
        if pod["ready"] and pod["deleting"] == 0 and pod["ready_ms"] + min_ready_ms <= now_ms:
            number += 1
        pod_row = pod["next_of_owner"]
    return number


@inner
def release_replicaset(world: World, row: int) -> None:
    """Give the row of a deleted ReplicaSet back once no pod and no event names it.

    Rows of what a user applies stay, so that the same name finds the same row again.
    """
    workload = world.workloads[row]
    if workload["owner"] != NONE and workload["first_pod"] == NONE and workload["sync_queued"] == 0:
        state = world.state[0]
        workload["kind"] = WorkloadKind.FREE
        workload["check_ms"] = NONE
        workload["next_sibling"] = state["free_workload"]
        state["free_workload"] = row


@inner
def _create_batch(world: World, row: int, batch: int, num_to_create: int) -> Status:
    """Create the next slow-start batch; the one after it is twice as large and comes later."""
    number = min(batch, num_to_create)
    if not has_pod_room(world, number):
        return Status.PODS_FULL
    workload = world.workloads[row]
    workload["sync_queued"] = 0
    for _ in range(number):
        create_pod(world, row, workload["template"], NONE, NONE, NONE)
    workload["num_to_create"] = num_to_create - number
    if workload["num_to_create"] > 0:
        workload["batch"] = 2 * batch
        workload["sync_queued"] = 1
        time_ms = world.state[0]["now_ms"] + world.settings[0]["create_batch_ms"]
        schedule_event(world, time_ms, Event.SYNC_REPLICASET, row)
    else:
        workload["batch"] = 0
        if workload["num_pods"] != workload["replicas"]:
            wake_replicaset(world, row)
    return Status.OK


@inner
def _delete_excess(world: World, row: int, number: int) -> Status:
    """Delete `number` pods at once."""
    if not has_event_room(world, number + 4):
        return Status.EVENTS_FULL
    workload = world.workloads[row]
    workload["sync_queued"] = 0
    begin = rank_victims(world, row, number)
    for index in range(begin + number - 1, begin - 1, -1):
        delete_pod(world, world.pods[index]["ranked"])
    if workload["num_pods"] != workload["replicas"]:
        wake_replicaset(world, row)
    return Status.OK


@inner
def sync_replicaset(world: World, row: int) -> Status:
    """Bring the pods of a ReplicaSet nearer to the wanted number; change nothing if not OK.

    As in the real controller a sync that creates goes on to its end whatever is wanted meanwhile,
    and looks again after that.
    """
    workload = world.workloads[row]
    if workload["present"] == 0 or workload["kind"] != WorkloadKind.REPLICASET:
        workload["sync_queued"] = 0
        workload["batch"] = 0
        if workload["kind"] == WorkloadKind.REPLICASET:
            release_replicaset(world, row)
        return Status.OK
    if workload["batch"] > 0:
        return _create_batch(world, row, workload["batch"], workload["num_to_create"])
    excess = workload["num_pods"] - workload["replicas"]
    if excess < 0:
        return _create_batch(world, row, 1, min(-excess, _BURST))
    if excess > 0:
        return _delete_excess(world, row, min(excess, _BURST))
    workload["sync_queued"] = 0
    return Status.OK
