"""The ReplicaSet controller: as many pods as wanted, made in batches, given up in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.cluster.codes import NONE, Client, Event, Status, WorkloadKind
from simarena.cluster.kernel.controllers.availability import num_available
from simarena.cluster.kernel.controllers.deletion_order import rank_victims
from simarena.cluster.kernel.controllers.workload_rows import release_workload
from simarena.cluster.kernel.ground.client_limits import may_send
from simarena.cluster.kernel.ground.events import (
    has_event_room,
    schedule_event,
    wake_deployment,
    wake_replicaset,
)
from simarena.cluster.kernel.ground.random import draw_delay_ms
from simarena.cluster.kernel.pods.life import create_pod, give_up_pod, has_pod_room
from simarena.cluster.kernel.pods.quotas import begin_creating, end_creating, is_admitted
from simarena.jit.decorators import inner

if TYPE_CHECKING:
    from simarena.cluster.records import World

_BURST = 500
"""Pods that one sync creates or deletes at most."""


@inner
def report_status(world: World, row: int) -> bool:
    """Write a ReplicaSet's counts into its status, which Deployments go by; say if that changes."""
    workload = world.workloads[row]
    number = workload["num_pods"]
    available = num_available(world, row)
    changed = bool(
        workload["reported_pods"] != number
        or workload["reported_ready"] != workload["num_ready"]
        or workload["reported_available"] != available
    )
    workload["reported_pods"] = number
    workload["reported_ready"] = workload["num_ready"]
    workload["reported_available"] = available
    return changed


@inner
def _tell_deployment(world: World, row: int) -> None:
    """Report a ReplicaSet's status if its Deployment waits for it."""
    deployment = world.workloads[row]["owner"]
    if (
        deployment != NONE
        and world.workloads[deployment]["watches_pods"]
        and report_status(world, row)
    ):
        wake_deployment(world, deployment)


@inner
def _await_next_creation(world: World, row: int, is_new_batch: int) -> None:
    """Let a sync that creates go on after its delay."""
    settings = world.settings[0]
    delay_ms = settings["create_pod_ms"]
    jitter_ms = settings["create_pod_jitter_ms"]
    if is_new_batch:
        delay_ms = settings["create_batch_ms"]
        jitter_ms = settings["create_batch_jitter_ms"]
    time_ms = world.state[0]["now_ms"] + draw_delay_ms(world, delay_ms, jitter_ms)
    world.workloads[row]["sync_queued"] = 1
    schedule_event(world, time_ms, Event.SYNC_REPLICASET, row)


@inner
def _await_turn(world: World, row: int) -> None:
    """Let a sync go on when its next request may be sent."""
    workload = world.workloads[row]
    if workload["sync_queued"] == 0:
        workload["sync_queued"] = 1
        schedule_event(world, workload["turn_ms"], Event.SYNC_REPLICASET, row)


@inner
def _look_again(world: World, row: int) -> None:
    """Let the controller see what it has done to the pods, where that matters to anyone."""
    workload = world.workloads[row]
    deployment = workload["owner"]
    if workload["num_pods"] != workload["replicas"] or (
        deployment != NONE and world.workloads[deployment]["watches_pods"]
    ):
        wake_replicaset(world, row)


@inner
def _create_some(world: World, row: int) -> Status:
    """Create the pods of a slow-start batch that are due; the next batch is twice as large.

    After one in which a pod was refused no other follows.
    """
    workload = world.workloads[row]
    settings = world.settings[0]
    number = min(workload["batch_left"], workload["num_to_create"])
    if settings["create_pod_ms"] > 0 or settings["create_pod_jitter_ms"] > 0:
        number = min(number, 1)
    if not has_pod_room(world, number):
        return Status.PODS_FULL
    workload["sync_queued"] = 0
    created = 0
    while created < number and may_send(
        world.state, world.settings, world.workloads, row, Client.REPLICASET
    ):
        if is_admitted(world, row, workload["template"], NONE):
            create_pod(world, row, workload["template"], NONE, NONE, NONE)
        created += 1
    workload["num_to_create"] -= created
    workload["batch_left"] -= created
    if workload["refused"] > 0:
        workload["num_to_create"] = min(workload["num_to_create"], workload["batch_left"])
    if created < number:
        _await_turn(world, row)
        return Status.OK
    if workload["num_to_create"] > 0:
        is_new_batch = int(workload["batch_left"] == 0)
        if is_new_batch:
            workload["batch"] *= 2
            workload["batch_left"] = workload["batch"]
        _await_next_creation(world, row, is_new_batch)
        return Status.OK
    workload["batch"] = 0
    if not end_creating(world, row):
        _look_again(world, row)
    elif workload["num_refusals"] == 1:
        wake_replicaset(world, row)  # its own new condition lets it look again
    else:
        _tell_deployment(world, row)
    return Status.OK


@inner
def _delete_excess(world: World, row: int, number: int) -> None:
    """Delete `number` pods at once; the caller has checked `has_event_room(world, number + 4)`."""
    begin = rank_victims(world, row, number)
    for index in range(begin + number - 1, begin - 1, -1):
        if not may_send(world.state, world.settings, world.workloads, row, Client.REPLICASET):
            _await_turn(world, row)
            return
        give_up_pod(world, world.ranked[index])
    _look_again(world, row)


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
            release_workload(world, row)
        return Status.OK
    if workload["batch"] > 0:
        return _create_some(world, row)
    excess = workload["num_pods"] - workload["replicas"]
    if excess < 0 and not has_pod_room(world, 1):
        return Status.PODS_FULL
    if not has_event_room(world, max(0, min(excess, _BURST)) + 4):
        return Status.EVENTS_FULL
    workload["sync_queued"] = 0
    _tell_deployment(world, row)
    if excess < 0:
        workload["num_to_create"] = min(-excess, _BURST)
        workload["batch"] = 1
        workload["batch_left"] = 1
        begin_creating(world, row)
        return _create_some(world, row)
    begin_creating(world, row)
    end_creating(world, row)
    if excess > 0:
        _delete_excess(world, row, min(excess, _BURST))
    return Status.OK
