"""Time: what is due happens, in order, until a given moment."""

from __future__ import annotations

from simarena.cluster.codes import NONE, Event, Operation, Status, WorkloadKind
from simarena.cluster.kernel.arrivals import apply_workload, delete_workload
from simarena.cluster.kernel.controllers.cronjob import run_cronjob, sync_cronjob
from simarena.cluster.kernel.controllers.daemonset import sync_daemonset
from simarena.cluster.kernel.controllers.deployment import sync_deployment
from simarena.cluster.kernel.controllers.hpa import apply_autoscaler, sync_autoscaler
from simarena.cluster.kernel.controllers.job import sync_job
from simarena.cluster.kernel.controllers.pod_gc import collect_ended
from simarena.cluster.kernel.controllers.replicaset import sync_replicaset
from simarena.cluster.kernel.controllers.statefulset import sync_statefulset
from simarena.cluster.kernel.controllers.workload_rows import release_workload
from simarena.cluster.kernel.ground.events import wake_at, wake_replicaset_now
from simarena.cluster.kernel.ground.heap import heap_pop
from simarena.cluster.kernel.kubelet.containers import end_containers
from simarena.cluster.kernel.kubelet.eviction import check_pressure
from simarena.cluster.kernel.nodes import evict_pod, is_held, move_pod, set_node_ready
from simarena.cluster.kernel.pods.bare import (
    clone_bare_pod,
    create_bare_pod,
    delete_bare_pod,
    delete_pod_row,
    release_pod,
)
from simarena.cluster.kernel.pods.folding import num_tallies_needed
from simarena.cluster.kernel.pods.life import complete_pod, has_log_room, remove_pod
from simarena.cluster.kernel.pods.queues import flush_unschedulable
from simarena.cluster.kernel.pods.quotas import is_retry_due
from simarena.cluster.kernel.pods.starting import mark_ready, replan_pod, start_containers
from simarena.cluster.kernel.scheduler.cycle import schedule_one
from simarena.cluster.kernel.scheduler.fits import forget_all
from simarena.cluster.records import Rows, World
from simarena.jit.decorators import inner

_EVENT_MARGIN = 16
_EVENTS_OF_VICTIM = 4


@inner
def _check_room(world: World) -> int:
    """Return OK, or which table must grow before the next event is handled.

    Handlers that make many rows at once check for those themselves.
    """
    state = world.state[0]
    num_events = _EVENT_MARGIN
    if state["priorities_differ"]:
        num_events += _EVENTS_OF_VICTIM * state["num_pods"]
    if state["num_heap"] + num_events > world.heap.shape[0]:
        return Status.EVENTS_FULL
    num_queue = world.active.shape[0]
    if max(state["num_active"], state["num_backoff"]) + state["num_pods"] > num_queue:
        return Status.QUEUE_FULL
    if not has_log_room(world, 0):
        return Status.LOG_FULL
    if world.unfolded.shape[0] > 0 and num_tallies_needed(world) > world.tallies.shape[0]:
        return Status.COUNTS_FULL
    return Status.OK


@inner
def happen(world: World, operation: int, subject: int, spec: int) -> int:
    """Carry out an operation now; return a Status, having changed nothing if it is not OK."""
    if operation == Operation.APPLY_WORKLOAD:
        return apply_workload(world, subject, spec)
    if operation == Operation.DELETE_WORKLOAD:
        return delete_workload(world, subject)
    if operation == Operation.CREATE_POD:
        return create_bare_pod(world, subject, spec)
    if operation == Operation.DELETE_POD:
        return delete_bare_pod(world, subject)
    if operation == Operation.DELETE_POD_ROW:
        return delete_pod_row(world, subject)
    if operation == Operation.RUN_CRONJOB:
        return run_cronjob(world, subject)
    if operation == Operation.RELEASE_POD:
        return release_pod(world, subject)
    if operation == Operation.REPLAN_POD:
        replan_pod(world, subject)
    if operation == Operation.APPLY_AUTOSCALER:
        apply_autoscaler(world, subject, spec)
    elif operation == Operation.DELETE_AUTOSCALER:
        world.autoscalers[subject]["present"] = 0
    elif operation == Operation.MOVE_POD:
        move_pod(world, subject, spec)
    elif operation == Operation.SET_NODE_READY:
        set_node_ready(world, subject, spec)
    return Status.OK


@inner
def _sync_workload(world: World, row: int) -> int:
    """Let a workload's controller take its next step; return a Status.

    Nothing is changed if it is not OK: the event comes again once there is room.
    """
    workload = world.workloads[row]
    due_ms = workload["check_ms"]
    kind = workload["kind"]
    if due_ms != world.state[0]["now_ms"] or kind <= WorkloadKind.REPLICASET:
        return Status.OK  # an earlier sync has made this one superfluous, or the row is another's
    workload["check_ms"] = NONE
    status: int = Status.OK
    if workload["present"] == 0:
        release_workload(world, row)
    elif kind == WorkloadKind.JOB:
        status = sync_job(world, row)
    elif kind == WorkloadKind.STATEFULSET:
        status = sync_statefulset(world, row)
    elif kind == WorkloadKind.DAEMONSET:
        status = sync_daemonset(world, row)
    else:
        status = sync_cronjob(world, row)
    if status != Status.OK:
        workload["check_ms"] = due_ms
    return status


@inner
def _retry_creation(world: World, row: int) -> None:
    """Let the controller of a workload look that waits since pods of it were refused."""
    if is_retry_due(world, row):
        if world.workloads[row]["kind"] == WorkloadKind.REPLICASET:
            wake_replicaset_now(world, row)
        else:
            wake_at(world, row, world.state[0]["now_ms"])


@inner
def _handle_pod(world: World, kind: int, pod_row: int, sequence: int) -> None:
    """Carry out the event that a pod waits for. One that was replaced, or is held back, is void."""
    if world.pods[pod_row]["ticket"] != sequence or is_held(world, pod_row, kind):
        return
    if kind == Event.POD_READY:
        mark_ready(world, pod_row)
    elif kind == Event.POD_GONE:
        remove_pod(world, pod_row)
    elif kind == Event.POD_COMPLETED:
        complete_pod(world, pod_row)
    elif kind == Event.CONTAINERS_START:
        start_containers(world, pod_row)
    else:
        end_containers(world, pod_row)


@inner
def _handle(world: World, kind: int, subject: int, sequence: int) -> int:
    """Carry out an event of the heap; return a Status, having changed nothing if it is not OK."""
    if kind == Event.SCHEDULE:
        schedule_one(world)
    elif kind == Event.SYNC_REPLICASET:
        return sync_replicaset(world, subject)
    elif kind == Event.SYNC_DEPLOYMENT:
        return sync_deployment(world, subject)
    elif kind == Event.CHECK_PRESSURE:
        check_pressure(world, subject)
    elif kind == Event.FLUSH_UNSCHEDULABLE:
        flush_unschedulable(world)
    elif kind == Event.SYNC_WORKLOAD:
        return _sync_workload(world, subject)
    elif kind == Event.RETRY_CREATION:
        _retry_creation(world, subject)
    elif kind == Event.COLLECT_PODS:
        return collect_ended(world)
    elif kind == Event.CLONE_POD:
        return clone_bare_pod(world, subject)
    elif kind == Event.SYNC_AUTOSCALER:
        if world.autoscalers[subject]["ticket"] == sequence:
            sync_autoscaler(world, subject)
    elif kind == Event.EVICT_POD:
        if world.pods[subject]["eviction"] == sequence:
            evict_pod(world, subject)
    else:
        _handle_pod(world, kind, subject, sequence)
    return Status.OK


@inner
def advance(world: World, until_ms: int) -> int:
    """Run the world up to and including `until_ms`; return a Status.

    What was applied at a moment comes before what follows from earlier events at the same moment.
    When the status is not OK, time stands at the event that found no room: let the table grow
    (or read the log) and call again.
    """
    state = world.state[0]
    forget_all(world)
    while True:
        heap_ms = until_ms + 1
        if state["num_heap"] > 0:
            heap_ms = world.heap[0]["first"]
        arrival_ms = until_ms + 1
        if state["next_timeline"] < state["num_timeline"]:
            arrival_ms = world.timeline[state["next_timeline"]]["time_ms"]
        if min(arrival_ms, heap_ms) > until_ms:
            break
        status = _check_room(world)
        if status != Status.OK:
            return status
        if arrival_ms <= heap_ms:
            arrival = world.timeline[state["next_timeline"]]
            state["now_ms"] = max(state["now_ms"], arrival_ms)
            status = happen(world, arrival["operation"], arrival["subject"], arrival["spec"])
            if status != Status.OK:
                return status
            state["next_timeline"] += 1
            state["num_events"] += 1
            continue
        kind = world.heap[0]["kind"]
        subject = world.heap[0]["subject"]
        sequence = world.heap[0]["sequence"]
        state["now_ms"] = heap_ms
        state["top_is_past"] = 1
        status = _handle(world, kind, subject, sequence)
        if status != Status.OK:
            state["top_is_past"] = 0
            return status
        if state["top_is_past"]:
            state["top_is_past"] = 0
            state["num_heap"] = heap_pop(world.heap, state["num_heap"])
        state["num_events"] += 1
    state["now_ms"] = until_ms
    return Status.OK


@inner
def next_event_ms(world: World) -> int:
    """Return when something happens next, or NONE if nothing ever will."""
    state = world.state[0]
    time_ms = NONE
    if state["num_heap"] > 0:
        time_ms = world.heap[0]["first"]
    if state["next_timeline"] < state["num_timeline"]:
        arrival_ms = world.timeline[state["next_timeline"]]["time_ms"]
        if time_ms == NONE or arrival_ms < time_ms:
            time_ms = arrival_ms
    return time_ms


@inner
def _copy_rows(source: Rows, target: Rows, number: int) -> None:
    for row in range(number):
        target[row] = source[row]


@inner
def rewind(world: World, origin: World) -> None:
    """Set a world back to a start compiled from the same objects.

    Templates, specs and the static tables stay as they are in `world`: a replay runs with their
    edits. Only rows in use are copied.
    """
    state = origin.state[0]
    world.state[0] = state
    _copy_rows(origin.nodes, world.nodes, state["num_node_rows"])
    _copy_rows(origin.workloads, world.workloads, state["num_workloads"])
    _copy_rows(origin.bare, world.bare, state["num_bare"])
    _copy_rows(origin.pods, world.pods, state["num_pods"])
    _copy_rows(origin.heap, world.heap, state["num_heap"])
    _copy_rows(origin.active, world.active, state["num_active"])
    _copy_rows(origin.backoff, world.backoff, state["num_backoff"])
    _copy_rows(origin.counters, world.counters, state["num_counters"])
    _copy_rows(origin.budgets, world.budgets, state["num_budgets"])
    _copy_rows(origin.bounds, world.bounds, origin.bounds.shape[0])
    num_rows = state["num_counters"]
    if origin.unfolded.shape[0] > 0:
        num_rows = origin.unfolded.shape[0]
        _copy_rows(origin.unfolded, world.unfolded, num_rows)
        _copy_rows(origin.tallies, world.tallies, state["num_tallies"])
    for row in range(num_rows):
        for column in range(origin.domain_counts.shape[1]):
            world.domain_counts[row, column] = origin.domain_counts[row, column]
    _copy_rows(origin.autoscalers, world.autoscalers, state["num_autoscalers"])
    for row in range(state["num_node_rows"]):
        for column in range(origin.node_extended.shape[1]):
            for part in range(2):
                world.node_extended[row, column, part] = origin.node_extended[row, column, part]
