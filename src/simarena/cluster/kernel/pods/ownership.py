"""Pods and workloads that come to a controller, or leave it, while they go on as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.cluster.codes import NONE, Operation, Phase, Status, WorkloadKind
from simarena.cluster.kernel.controllers.workload_rows import (
    join_live,
    link_child,
    unlink_child,
)
from simarena.cluster.kernel.ground.events import (
    has_event_room,
    tell_owner,
    wake_deployment,
    wake_replicaset,
)
from simarena.cluster.kernel.pods.losses import count_failure, end_of
from simarena.jit.decorators import inner

if TYPE_CHECKING:
    from simarena.cluster.records import World


@inner
def _count(world: World, pod_row: int, sign: int) -> None:
    """Count a pod in (1) or out (-1) at its owner, as what it is now."""
    pod = world.pods[pod_row]
    workload = world.workloads[pod["owner"]]
    if pod["phase"] >= Phase.SUCCEEDED:
        return
    if pod["deleting"]:
        workload["num_terminating"] += sign
        return
    workload["num_pods"] += sign
    if pod["ready"]:
        workload["num_ready"] += sign


@inner
def _wake(world: World, owner: int) -> None:
    tell_owner(world, owner)
    if world.workloads[owner]["kind"] == WorkloadKind.REPLICASET:
        wake_replicaset(world, owner)


@inner
def _adopt_pod(world: World, pod_row: int, owner: int) -> int:
    """Let a workload own a pod that nobody owned; return a Status."""
    if not has_event_room(world, 4):
        return Status.EVENTS_FULL
    pod = world.pods[pod_row]
    workload = world.workloads[owner]
    pod["owner"] = owner
    pod["previous_of_owner"] = NONE
    pod["next_of_owner"] = workload["first_pod"]
    if workload["first_pod"] != NONE:
        world.pods[workload["first_pod"]]["previous_of_owner"] = pod_row
    workload["first_pod"] = pod_row
    _count(world, pod_row, 1)
    if workload["kind"] == WorkloadKind.JOB:
        if pod["phase"] == Phase.SUCCEEDED:
            workload["num_succeeded"] += 1
        elif pod["phase"] == Phase.FAILED:
            count_failure(world, pod_row, end_of(world, pod_row))
    _wake(world, owner)
    return Status.OK


@inner
def _disown_pod(world: World, pod_row: int, bare_row: int) -> int:
    """Let a pod go on without its owner, by the name in a row of bare pods; return a Status."""
    if not has_event_room(world, 4):
        return Status.EVENTS_FULL
    pod = world.pods[pod_row]
    owner = pod["owner"]
    _count(world, pod_row, -1)
    before = pod["previous_of_owner"]
    after = pod["next_of_owner"]
    if before == NONE:
        world.workloads[owner]["first_pod"] = after
    else:
        world.pods[before]["next_of_owner"] = after
    if after != NONE:
        world.pods[after]["previous_of_owner"] = before
    pod["owner"] = NONE
    pod["previous_of_owner"] = NONE
    pod["next_of_owner"] = NONE
    pod["ordinal"] = NONE
    pod["bare"] = bare_row
    world.bare[bare_row]["pod"] = pod_row
    _wake(world, owner)
    return Status.OK


@inner
def _disown_workload(world: World, row: int) -> int:
    """Let a ReplicaSet, or a Job, go on without its owner; return a Status."""
    unlink_child(world, row)
    world.workloads[row]["owner"] = NONE
    return Status.OK


@inner
def _adopt_replicaset(world: World, row: int, deployment: int) -> int:
    """Let a Deployment own a ReplicaSet that nobody owned; return a Status."""
    if not has_event_room(world, 4):
        return Status.EVENTS_FULL
    workload = world.workloads[row]
    workload["owner"] = deployment
    workload["spec"] = NONE
    workload["next_sibling"] = NONE
    link_child(world, row)
    join_live(world, row)
    wake_deployment(world, deployment)
    return Status.OK


@inner
def change_owner(world: World, operation: int, subject: int, spec: int) -> int:
    """Carry out an operation that changes who owns something; return a Status."""
    if operation == Operation.ADOPT_POD:
        return _adopt_pod(world, subject, spec)
    if operation == Operation.DISOWN_POD:
        return _disown_pod(world, subject, spec)
    if operation == Operation.DISOWN_WORKLOAD:
        return _disown_workload(world, subject)
    return _adopt_replicaset(world, subject, spec)
