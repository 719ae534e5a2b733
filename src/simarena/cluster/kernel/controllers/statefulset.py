"""The StatefulSet controller: numbered pods, each made and given up in its turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.cluster.codes import NONE, Client, Phase, Status
from simarena.cluster.kernel.controllers.availability import await_available, is_available
from simarena.cluster.kernel.ground.client_limits import may_send
from simarena.cluster.kernel.ground.events import has_event_room, wake_at
from simarena.cluster.kernel.pods.life import create_pod, give_up_pod, has_log_room, has_pod_room
from simarena.cluster.kernel.pods.quotas import (
    begin_creating,
    end_creating,
    is_admitted,
    stops_creating,
)
from simarena.jit.decorators import inner

if TYPE_CHECKING:
    from simarena.cluster.records import World


@inner
def _line_up(world: World, row: int, bound: int) -> int:
    """Put the pods of the first `bound` ordinals in order; return how many of these are missing.

    The pod of the i-th ordinal stands in the table `ranked` at index i, or NONE.
    """
    workload = world.workloads[row]
    start = world.specs[workload["spec"]]["start_ordinal"]
    for index in range(bound):
        world.ranked[index] = NONE
    missing = bound
    pod_row = workload["first_pod"]
    while pod_row != NONE:
        index = world.pods[pod_row]["ordinal"] - start
        if index >= 0 and index < bound:
            world.ranked[index] = pod_row
            missing -= 1
        pod_row = world.pods[pod_row]["next_of_owner"]
    return missing


@inner
def _template_of(world: World, row: int, index: int) -> int:
    """Return the template of a new pod: below the partition it is the one before the update."""
    workload = world.workloads[row]
    spec = world.specs[workload["spec"]]
    if spec["on_delete"] == 0 and index < spec["partition"]:
        return int(workload["current"])
    return int(workload["template"])


@inner
def _must_wait(world: World, row: int) -> bool:
    """Return whether no request may be sent now; the controller looks again when one may."""
    if may_send(world.state, world.settings, world.workloads, row, Client.STATEFULSET):
        return False
    wake_at(world, row, world.workloads[row]["turn_ms"])
    return True


@inner
def _fill(world: World, row: int, bound: int) -> bool:
    """Make missing pods and renew ended ones; say whether the rest may go on in this sync."""
    workload = world.workloads[row]
    spec = world.specs[workload["spec"]]
    ordered = spec["parallel"] == 0
    latest_ms = world.state[0]["now_ms"] - workload["min_ready_ms"]
    num_asked = 0
    for index in range(bound):
        pod_row = world.ranked[index]
        if pod_row == NONE:
            if stops_creating(world, row, num_asked) or _must_wait(world, row):
                return False
            num_asked += 1
            template = _template_of(world, row, index)
            ordinal = spec["start_ordinal"] + index
            if is_admitted(world, row, template, ordinal):
                create_pod(world, row, template, NONE, NONE, ordinal)
            if ordered:
                return False
        elif world.pods[pod_row]["phase"] >= Phase.SUCCEEDED:
            give_up_pod(world, pod_row)  # its end wakes this controller, which makes a new one
            return False
        elif ordered and not is_available(world.pods, pod_row, latest_ms):
            return False
    return bool(workload["refused"] == 0)


@inner
def _beyond(world: World, row: int, below: int) -> int:
    """Return the pod with the highest ordinal, below a given one, that is not wanted; or NONE."""
    workload = world.workloads[row]
    start = world.specs[workload["spec"]]["start_ordinal"]
    found = NONE
    pod_row = workload["first_pod"]
    while pod_row != NONE:
        ordinal = world.pods[pod_row]["ordinal"]
        unwanted = ordinal < start or ordinal >= start + workload["replicas"]
        if (
            unwanted
            and ordinal < below
            and (found == NONE or ordinal > world.pods[found]["ordinal"])
        ):
            found = pod_row
        pod_row = world.pods[pod_row]["next_of_owner"]
    return int(found)


@inner
def _first_unhealthy(world: World, row: int) -> int:
    """Return the pod with the lowest ordinal that is not ready or is being deleted, or NONE."""
    found = NONE
    pod_row = world.workloads[row]["first_pod"]
    while pod_row != NONE:
        pod = world.pods[pod_row]
        if (pod["ready"] == 0 or pod["deleting"]) and (
            found == NONE or pod["ordinal"] < world.pods[found]["ordinal"]
        ):
            found = pod_row
        pod_row = pod["next_of_owner"]
    return int(found)


@inner
def _scale_down(world: World, row: int) -> bool:
    """Delete pods that are not wanted, highest first; say whether an update may go on."""
    workload = world.workloads[row]
    ordered = world.specs[workload["spec"]]["parallel"] == 0
    latest_ms = world.state[0]["now_ms"] - workload["min_ready_ms"]
    first_unhealthy = NONE
    if ordered:
        first_unhealthy = _first_unhealthy(world, row)
    pod_row = _beyond(world, row, 1 << 40)
    while pod_row != NONE:
        ordinal = world.pods[pod_row]["ordinal"]
        if world.pods[pod_row]["deleting"]:
            if ordered:
                return False
        else:
            available = is_available(world.pods, pod_row, latest_ms)
            if ordered and not available and pod_row != first_unhealthy:
                return False
            if _must_wait(world, row):
                return False
            give_up_pod(world, pod_row)
            if ordered:
                return False
        pod_row = _beyond(world, row, ordinal)
    return True


@inner
def _update(world: World, row: int, bound: int) -> None:
    """Delete pods of the former template, highest ordinal first, as far as availability allows."""
    workload = world.workloads[row]
    spec = world.specs[workload["spec"]]
    latest_ms = world.state[0]["now_ms"] - workload["min_ready_ms"]
    most = int(spec["max_unavailable"])
    if spec["unavailable_is_percent"]:
        most = max(1, most * int(workload["replicas"]) // 100)
    if most > 1:
        for index in range(bound):
            pod_row = world.ranked[index]
            if pod_row == NONE or not is_available(world.pods, pod_row, latest_ms):
                most -= 1
    for index in range(bound - 1, spec["partition"] - 1, -1):
        if most <= 0:
            return
        pod_row = world.ranked[index]
        if pod_row == NONE:
            return
        pod = world.pods[pod_row]
        if pod["template"] != workload["template"] and pod["deleting"] == 0:
            give_up_pod(world, pod_row)
            most -= 1
        elif spec["max_unavailable"] == 1 and not is_available(world.pods, pod_row, latest_ms):
            return


@inner
def _finish_update(world: World, row: int) -> None:
    """Once all wanted pods are ready and of the newest template, that is the current one.

    Where pods are updated only by hand no update is ever finished.
    """
    workload = world.workloads[row]
    spec = world.specs[workload["spec"]]
    if spec["on_delete"] or workload["current"] == workload["template"]:
        return
    number = 0
    pod_row = workload["first_pod"]
    while pod_row != NONE:
        pod = world.pods[pod_row]
        if pod["ready"] == 0 or pod["deleting"] or pod["template"] != workload["template"]:
            return
        number += 1
        pod_row = pod["next_of_owner"]
    if number == workload["replicas"]:
        workload["current"] = workload["template"]


@inner
def sync_statefulset(world: World, row: int) -> Status:
    """Take the next step towards what a StatefulSet wants; change nothing if not OK.

    In order: one pod waits for all before it to be available, and goes after all behind it.
    """
    workload = world.workloads[row]
    spec = world.specs[workload["spec"]]
    bound = min(int(workload["replicas"]), world.pods.shape[0])
    missing = _line_up(world, row, bound) + int(workload["replicas"]) - bound
    if spec["parallel"] == 0:
        missing = min(missing, 1)
    if missing > 0 and not has_pod_room(world, missing):
        return Status.PODS_FULL
    if not has_event_room(world, 2 * missing + workload["num_pods"] + 8):
        return Status.EVENTS_FULL
    if not has_log_room(world, missing):
        return Status.LOG_FULL
    begin_creating(world, row)
    if (
        _fill(world, row, bound)
        and _scale_down(world, row)
        and spec["on_delete"] == 0
        and missing == 0
    ):
        _update(world, row, bound)
    end_creating(world, row)
    _finish_update(world, row)
    await_available(world, row)
    return Status.OK
