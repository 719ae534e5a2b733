"""What a user does to workloads: applies and deletes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.cluster.codes import NONE, LogKind, Status, WorkloadKind
from simarena.cluster.kernel.controllers.workload_rows import (
    begin_workload,
    num_pod_rows,
    release_workload,
    unlink_child,
)
from simarena.cluster.kernel.ground.events import (
    has_event_room,
    log,
    wake_at,
    wake_deployment,
    wake_replicaset,
)
from simarena.cluster.kernel.pods.life import delete_pod, remove_pod
from simarena.jit.decorators import inner

if TYPE_CHECKING:
    from simarena.cluster.records import World


@inner
def _begin(world: World, row: int) -> None:
    """Bring a new workload into being. Pods of a deleted one of the same name may still end.

    They stay in its list, and those lost by the name are remembered.
    """
    workload = world.workloads[row]
    kind = workload["kind"]
    sync_queued = workload["sync_queued"]
    first_pod = workload["first_pod"]
    num_pods = workload["num_pods"]
    num_ready = workload["num_ready"]
    num_terminating = workload["num_terminating"]
    num_lost = workload["num_lost"]
    begin_workload(world, row, kind)
    workload["sync_queued"] = sync_queued
    workload["first_pod"] = first_pod
    workload["num_pods"] = num_pods
    workload["num_ready"] = num_ready
    workload["num_terminating"] = num_terminating
    workload["num_lost"] = num_lost


@inner
def _take_notice(world: World, row: int, spec_row: int) -> None:
    """Write what an applied spec says into a workload."""
    workload = world.workloads[row]
    spec = world.specs[spec_row]
    if workload["template"] != spec["template"]:
        workload["lifecycle"] = spec["lifecycle"]
    if workload["current"] == NONE:
        workload["current"] = spec["template"]
    if spec["due_ms"] > max(workload["created_ms"], workload["last_schedule_ms"]):
        workload["due_ms"] = spec["due_ms"]
    workload["spec"] = spec_row
    workload["template"] = spec["template"]
    workload["replicas"] = spec["replicas"]
    workload["min_ready_ms"] = spec["min_ready_ms"]


@inner
def apply_workload(world: World, row: int, spec_row: int) -> Status:
    """Create or update the workload of a row; change nothing if not OK.

    The row's kind is set when it is compiled. As in Kubernetes another template does not touch the
    pods that a bare ReplicaSet already has.
    """
    if not has_event_room(world, 1):
        return Status.EVENTS_FULL
    workload = world.workloads[row]
    spec = world.specs[spec_row]
    if workload["present"] == 0:
        _begin(world, row)
    former = workload["replicas"]
    _take_notice(world, row, spec_row)
    replicas = spec["replicas"]
    log(world, LogKind.WORKLOAD_APPLIED, row, NONE, spec["template"], NONE, replicas, former)
    if world.log.shape[0] > 0:
        world.log[world.state[0]["num_log"] - 1]["ordinal"] = spec_row
    if workload["kind"] == WorkloadKind.DEPLOYMENT:
        wake_deployment(world, row)
    elif workload["kind"] == WorkloadKind.REPLICASET:
        wake_replicaset(world, row)
    else:
        wake_at(world, row, world.state[0]["now_ms"] + world.settings[0]["replicaset_sync_ms"])
    return Status.OK


@inner
def _delete_pods(world: World, row: int) -> None:
    """Delete all pods of a workload, which wants none any more."""
    workload = world.workloads[row]
    workload["replicas"] = 0
    if workload["kind"] == WorkloadKind.JOB:
        workload["present"] = 0  # so that it remembers none of its pods
    pod_row = workload["first_pod"]
    while pod_row != NONE:
        after = world.pods[pod_row]["next_of_owner"]
        if world.pods[pod_row]["present"]:
            delete_pod(world, pod_row)
        else:
            remove_pod(world, pod_row)
        pod_row = after
    workload["present"] = 0


@inner
def delete_workload(world: World, row: int) -> Status:
    """Delete a workload and what it owns, as the garbage collector does; change nothing if not OK.

    One that is not there is no fault.
    """
    workload = world.workloads[row]
    if workload["present"] == 0:
        return Status.OK
    num_events = 4 + num_pod_rows(world, row)
    child = workload["first_child"]
    while child != NONE:
        num_events += num_pod_rows(world, child)
        child = world.workloads[child]["next_sibling"]
    if not has_event_room(world, num_events):
        return Status.EVENTS_FULL
    template, former = workload["template"], workload["replicas"]
    log(world, LogKind.WORKLOAD_DELETED, row, NONE, template, NONE, 0, former)
    workload["watches_pods"] = 0
    owner = workload["owner"]
    if owner != NONE:
        unlink_child(world, row)
        if world.workloads[owner]["kind"] == WorkloadKind.DEPLOYMENT:
            wake_deployment(world, owner)
        else:
            wake_at(world, owner, world.state[0]["now_ms"])
    child = workload["first_child"]
    workload["first_child"] = NONE
    workload["first_live"] = NONE
    workload["num_children"] = 0
    while child != NONE:
        after = world.workloads[child]["next_sibling"]
        world.workloads[child]["next_sibling"] = NONE
        world.workloads[child]["is_live"] = 0
        _delete_pods(world, child)
        release_workload(world, child)
        child = after
    _delete_pods(world, row)
    if owner != NONE:
        release_workload(world, row)
    return Status.OK
