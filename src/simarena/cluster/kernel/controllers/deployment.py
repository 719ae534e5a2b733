"""The Deployment controller: which step comes next, and what to wait for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.cluster.codes import NONE, Event, Status, WorkloadKind
from simarena.cluster.kernel.controllers.replicaset_sums import (
    find_replicaset,
    is_scaling,
    sum_replicasets,
)
from simarena.cluster.kernel.controllers.replicasets import (
    clean_history,
    num_beyond_history,
    renew_revision,
)
from simarena.cluster.kernel.controllers.rollout import recreate, roll, scale
from simarena.cluster.kernel.controllers.workload_rows import has_workload_room
from simarena.cluster.kernel.ground.events import has_event_room, schedule_event, wake_deployment
from simarena.jit.decorators import inner

if TYPE_CHECKING:
    from simarena.cluster.records import World


@inner
def _is_settled(world: World, row: int, newest: int) -> bool:
    """Return whether no change of a pod could make the controller act."""
    workload = world.workloads[row]
    spec = world.specs[workload["spec"]]
    num_active = workload["num_active"]
    if num_beyond_history(world, row, newest) > 0 or num_active > 1:
        return False
    if spec["paused"]:
        return True
    return (
        newest != NONE
        and world.workloads[newest]["replicas"] == workload["replicas"]
        and num_active == min(1, workload["replicas"])
        and not is_scaling(world, row)
    )


@inner
def _await_available(world: World, row: int) -> None:
    """Schedule a sync for when the next ready pod will have been ready for long enough."""
    now_ms = world.state[0]["now_ms"]
    next_ms = NONE
    if world.workloads[row]["num_delayed"] == 0 and world.workloads[row]["min_ready_ms"] == 0:
        return
    child = world.workloads[row]["first_live"]
    while child != NONE:
        workload = world.workloads[child]
        if workload["min_ready_ms"] > 0:
            pod_row = workload["first_pod"]
            while pod_row != NONE:
                pod = world.pods[pod_row]
                if pod["ready"] and pod["deleting"] == 0:
                    time_ms = pod["ready_ms"] + workload["min_ready_ms"]
                    if time_ms > now_ms and (next_ms == NONE or time_ms < next_ms):
                        next_ms = time_ms
                pod_row = pod["next_of_owner"]
        child = workload["next_live"]
    check_ms = world.workloads[row]["check_ms"]
    if next_ms != NONE and (check_ms == NONE or next_ms < check_ms):
        world.workloads[row]["check_ms"] = next_ms
        schedule_event(world, next_ms, Event.SYNC_DEPLOYMENT, row)


@inner
def sync_deployment(world: World, row: int) -> Status:
    """Take the next step towards what a Deployment's spec says; change nothing if not OK.

    While a rollout is under way the Deployment watches its pods: their changes wake it. Otherwise
    they cost nothing.
    """
    workload = world.workloads[row]
    if workload["present"] == 0 or workload["kind"] != WorkloadKind.DEPLOYMENT:
        workload["sync_queued"] = 0
        return Status.OK
    spec = world.specs[workload["spec"]]
    newest = find_replicaset(world, row)
    if newest == NONE and not has_workload_room(world):
        return Status.WORKLOADS_FULL
    if not has_event_room(world, workload["num_children"] + 4):
        return Status.EVENTS_FULL
    workload["sync_queued"] = 0
    # Nothing was watched, or pods have been ready for long enough: all ReplicaSets report.
    reports = workload["check_ms"] <= world.state[0]["now_ms"] or workload["watches_pods"] == 0
    if reports:
        workload["check_ms"] = NONE
    sum_replicasets(world, row, int(reports))
    if newest != NONE:
        renew_revision(world, row, newest)
        world.workloads[newest]["min_ready_ms"] = workload["min_ready_ms"]
    if spec["paused"]:
        changed = scale(world, row, newest)
        clean_history(world, row, newest)
    elif is_scaling(world, row):
        changed = scale(world, row, newest)
    elif spec["recreate"]:
        changed = recreate(world, row, newest)
    else:
        changed = roll(world, row, newest)
    if newest == NONE:
        newest = find_replicaset(world, row)
    workload["watches_pods"] = not _is_settled(world, row, newest)
    if workload["watches_pods"]:
        if changed:
            wake_deployment(world, row)
        _await_available(world, row)
    return Status.OK
