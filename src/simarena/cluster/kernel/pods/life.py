"""The life of a pod's row: created, placed, finished, deleted, gone; and the lists it stands in."""

from __future__ import annotations

from simarena.cluster.codes import (
    NONE,
    Containers,
    Counted,
    Event,
    Exit,
    Failure,
    LogKind,
    Phase,
    Queue,
    WorkloadKind,
)
from simarena.cluster.kernel.ground.events import (
    log_container,
    log_pod,
    schedule_event,
    schedule_pod_event,
    tell_owner,
    wake_replicaset,
)
from simarena.cluster.kernel.ground.random import draw_delay_ms, mix
from simarena.cluster.kernel.pods.counting import ALL, LIVING, OCCUPYING, count_pod
from simarena.cluster.kernel.pods.hints import requeue_after_arrival, requeue_after_departure
from simarena.cluster.kernel.pods.losses import count_failure, end_of
from simarena.cluster.kernel.pods.nominations import clear_nomination
from simarena.cluster.kernel.pods.occupancy import charge
from simarena.cluster.kernel.pods.queues import leave_queue, push_active
from simarena.cluster.kernel.pods.quotas import MAX_REFUSED, charge_quotas
from simarena.cluster.kernel.pods.starting import accept_pod, refusal
from simarena.cluster.kernel.scheduler.verdicts import evicted_after_s
from simarena.cluster.records import BLANK_POD, World
from simarena.jit.decorators import inner
from simarena.jit.memory import copy_record

_GC_INTERVAL_MS = 20_000
_LOG_MARGIN = 1_100
"""Lines of what few pods at once need."""


@inner
def has_pod_room(world: World, number: int) -> bool:
    """Return whether `number` more pods can be created: rows, queue entries and events."""
    state = world.state[0]
    free = world.pods.shape[0] - state["num_pods"]
    row = state["free_pod"]
    while free < number and row != NONE:
        free += 1
        row = world.pods[row]["next_in_queue"]
    return (
        free >= number
        and state["num_active"] + number <= world.active.shape[0]
        and state["num_heap"] + 2 * number + 2 <= world.heap.shape[0]
    )


@inner
def has_log_room(world: World, number: int) -> bool:
    """Return whether an event that creates so many pods at once may be told in the log.

    Besides, it may delete every pod, and leave as many uncreated as one sync asks for.
    """
    state = world.state[0]
    lines = 3 * state["num_pods"] + MAX_REFUSED * state["most_refused"] + _LOG_MARGIN + number
    size = world.log.shape[0]
    return bool(size == 0 or state["num_log"] + lines <= size)


@inner
def _take_lifecycle(world: World, owner: int) -> int:
    """Return the row of specs that says when the next pod of a workload ends, or NONE.

    Pods of what a workload owns count as its own.
    """
    above = world.workloads[owner]["owner"]
    if above != NONE:
        owner = above
    row = world.workloads[owner]["lifecycle"]
    if row != NONE:
        world.workloads[owner]["lifecycle"] = world.specs[row]["next_lifecycle"]
    return row


@inner
def create_pod(world: World, owner: int, template: int, spec: int, bare: int, ordinal: int) -> int:
    """Create a pod, count it at its owner and queue it for scheduling; return its row.

    The caller has checked `has_pod_room`.
    """
    state = world.state[0]
    if owner != NONE:
        spec = _take_lifecycle(world, owner)
    row = state["free_pod"]
    if row == NONE:
        row = state["num_pods"]
        state["num_pods"] += 1
    else:
        state["free_pod"] = world.pods[row]["next_in_queue"]
    pod = world.pods[row]
    copy_record(BLANK_POD[0], pod)
    pod["present"] = 1
    pod["created_ms"] = state["now_ms"]
    pod["queued_ms"] = state["now_ms"]
    pod["uid"] = state["next_uid"]
    pod["uid_order"] = mix(state["uid_seed"], state["next_uid"])
    pod["template"] = template
    pod["spec"] = spec
    pod["owner"] = owner
    pod["bare"] = bare
    pod["ordinal"] = ordinal
    pod["priority"] = world.templates[template]["priority"]
    pod["deletion_cost"] = world.templates[template]["deletion_cost"]
    state["next_uid"] += 1
    if owner != NONE:
        workload = world.workloads[owner]
        pod["next_of_owner"] = workload["first_pod"]
        if workload["first_pod"] != NONE:
            world.pods[workload["first_pod"]]["previous_of_owner"] = row
        workload["first_pod"] = row
        workload["num_pods"] += 1
    if bare != NONE and ordinal == NONE:
        world.bare[bare]["pod"] = row
    charge_quotas(world, template, 1)
    log_pod(world, LogKind.POD_CREATED, row)
    if spec != NONE and world.specs[spec]["node"] != NONE:
        node_row = world.specs[spec]["node"]
        failure = refusal(world, template, node_row)
        if failure == Failure.NONE:
            place_pod(world, row, node_row)
        else:
            _refuse_pod(world, row, node_row, failure)
    elif world.templates[template]["gated"]:
        pod["queue"] = Queue.GATED
    else:
        push_active(world, row)
    return row


@inner
def place_pod(world: World, pod_row: int, node_row: int) -> None:
    """Bind a pod to a node; the kubelet takes over."""
    pod = world.pods[pod_row]
    node = world.nodes[node_row]
    clear_nomination(world, pod_row)
    pod["node"] = node_row
    pod["bound_ms"] = world.state[0]["now_ms"]
    pod["previous_on_node"] = NONE
    pod["next_on_node"] = node["first_pod"]
    if node["first_pod"] != NONE:
        world.pods[node["first_pod"]]["previous_on_node"] = pod_row
    node["first_pod"] = pod_row
    charge(world, pod["template"], node_row, 1)
    count_pod(world, pod["template"], node_row, 1, ALL)
    log_pod(world, LogKind.POD_SCHEDULED, pod_row)
    if world.state[0]["pods_awaited"]:
        requeue_after_arrival(world, pod["template"])
    accept_pod(world, pod_row)
    schedule_eviction(world, pod_row)


@inner
def schedule_eviction(world: World, pod_row: int) -> None:
    """Let a pod leave its node when it tolerates the node's NoExecute taints no longer."""
    pod = world.pods[pod_row]
    after_s = evicted_after_s(world, pod["template"], pod["node"])
    if after_s > 0:
        time_ms = world.state[0]["now_ms"] + 1_000 * (after_s - 1)
        pod["eviction"] = schedule_event(world, time_ms, Event.EVICT_POD, pod_row)


@inner
def _count_end(world: World) -> None:
    """Count a pod that has ended, and wake the garbage collector once there are too many."""
    state = world.state[0]
    state["num_ended"] += 1
    threshold = world.settings[0]["terminated_pod_gc_threshold"]
    if threshold > 0 and state["num_ended"] > threshold and state["gc_awake"] == 0:
        state["gc_awake"] = 1
        time_ms = (state["now_ms"] // _GC_INTERVAL_MS + 1) * _GC_INTERVAL_MS
        schedule_event(world, time_ms, Event.COLLECT_PODS, NONE)


@inner
def finish_pod(world: World, pod_row: int, phase: int) -> None:
    """End a pod for good: it succeeded or failed.

    It keeps its place in the API and frees its node; its controller does not count it any more.
    """
    pod = world.pods[pod_row]
    was_ready = pod["ready"]
    pod["phase"] = phase
    pod["ready"] = 0
    pod["ticket"] = NONE
    pod["finished_ms"] = world.state[0]["now_ms"]
    leave_node(world, pod_row)
    charge_quotas(world, pod["template"], -1)
    _count_end(world)
    if phase == Phase.SUCCEEDED:
        log_pod(world, LogKind.POD_COMPLETED, pod_row)
    else:
        log_container(world, LogKind.POD_FAILED, pod_row, pod["figure"], pod["failure"])
    owner = pod["owner"]
    if owner != NONE:
        workload = world.workloads[owner]
        workload["num_pods"] -= 1
        if was_ready:
            workload["num_ready"] -= 1
        if phase == Phase.SUCCEEDED:
            workload["num_succeeded"] += 1
            workload["num_failures"] = 0
        elif workload["kind"] == WorkloadKind.JOB:
            count_failure(world, pod_row, end_of(world, pod_row))
        _miss_pod(world, owner)
        tell_owner(world, owner)


@inner
def complete_pod(world: World, pod_row: int) -> None:
    """All containers ended well."""
    world.pods[pod_row]["containers"] = Containers.ENDED
    world.pods[pod_row]["container"] = NONE
    world.pods[pod_row]["exit"] = Exit.BY_ITSELF
    finish_pod(world, pod_row, Phase.SUCCEEDED)


@inner
def _miss_pod(world: World, owner: int) -> None:
    """Let a ReplicaSet that now has too few pods look at them."""
    workload = world.workloads[owner]
    if workload["kind"] == WorkloadKind.REPLICASET and workload["num_pods"] < workload["replicas"]:
        wake_replicaset(world, owner)


@inner
def _refuse_pod(world: World, pod_row: int, node_row: int, failure: int) -> None:
    """Fail a pod that came bound to a node whose kubelet does not take it; nothing is charged."""
    node = world.nodes[node_row]
    pod = world.pods[pod_row]
    pod["node"] = node_row
    pod["bound_ms"] = world.state[0]["now_ms"]
    pod["finished_ms"] = world.state[0]["now_ms"]
    pod["phase"] = Phase.FAILED
    pod["failure"] = failure
    if failure == Failure.OUT_OF_PODS:
        pod["figure"] = node["num_pods"]
    elif failure == Failure.OUT_OF_CPU:
        pod["figure"] = node["cpu_requested_milli"]
    elif failure == Failure.OUT_OF_MEMORY:
        pod["figure"] = node["memory_requested_bytes"]
    elif failure == Failure.OUT_OF_STORAGE:
        pod["figure"] = node["ephemeral_requested_bytes"]
    log_container(world, LogKind.POD_FAILED, pod_row, pod["figure"], failure)
    charge_quotas(world, pod["template"], -1)
    _count_end(world)


@inner
def _unlist(world: World, pod_row: int) -> None:
    """Take a pod out of its node's list; the one bound last moves to where it was.

    So the real scheduler keeps its list, whose order decides between equal victims.
    """
    pod = world.pods[pod_row]
    node = world.nodes[pod["node"]]
    last = node["first_pod"]
    node["first_pod"] = world.pods[last]["next_on_node"]
    if node["first_pod"] != NONE:
        world.pods[node["first_pod"]]["previous_on_node"] = NONE
    if last == pod_row:
        return
    before = pod["previous_on_node"]
    after = pod["next_on_node"]
    world.pods[last]["previous_on_node"] = before
    world.pods[last]["next_on_node"] = after
    if before == NONE:
        node["first_pod"] = last
    else:
        world.pods[before]["next_on_node"] = last
    if after != NONE:
        world.pods[after]["previous_on_node"] = last


@inner
def leave_node(world: World, pod_row: int) -> None:
    """Free what a pod holds on its node, and wake pods that may fit now. `node` stays written."""
    pod = world.pods[pod_row]
    node_row = pod["node"]
    _unlist(world, pod_row)
    charge(world, pod["template"], node_row, -1)
    which = OCCUPYING if pod["deleting"] else ALL
    count_pod(world, pod["template"], node_row, -1, which)
    requeue_after_departure(world, pod["template"])


@inner
def _plan_clone(world: World, pod_row: int) -> None:
    """Let a bare pod that is interrupted come back, as SimKube's driver can be told to."""
    pod = world.pods[pod_row]
    spec = world.specs[pod["spec"]]
    if spec["reschedules"] == 0:
        return
    bare = world.bare[pod["bare"]]
    bare["clone"] = max(pod["ordinal"], 0) + 1
    bare["spec"] = spec["next_lifecycle"]
    schedule_event(world, world.state[0]["now_ms"], Event.CLONE_POD, pod["bare"])


@inner
def give_up_pod(world: World, pod_row: int) -> None:
    """Delete a pod as its controller does, which tells of it in an event (see `delete_pod`)."""
    world.pods[pod_row]["given_up"] = 1
    delete_pod(world, pod_row)


@inner
def delete_pod(world: World, pod_row: int) -> None:
    """Delete a pod gracefully: it is being deleted now, and gone once its node let go of it.

    The caller has checked `has_event_room(world, 4)`.
    """
    state = world.state[0]
    pod = world.pods[pod_row]
    if pod["deleting"]:
        return
    pod["deleting"] = 1
    pod["deleted_ms"] = state["now_ms"]
    log_container(world, LogKind.POD_DELETED, pod_row, pod["given_up"], pod_row)
    finished = pod["phase"] == Phase.SUCCEEDED or pod["phase"] == Phase.FAILED
    owner = pod["owner"]
    if owner != NONE and not finished:
        workload = world.workloads[owner]
        workload["num_pods"] -= 1
        workload["num_terminating"] += 1
        if pod["ready"]:
            workload["num_ready"] -= 1
        if workload["kind"] == WorkloadKind.JOB:
            if world.specs[workload["spec"]]["replaces_failed"] == 0:
                count_failure(world, pod_row, end_of(world, pod_row))
        _miss_pod(world, owner)
        tell_owner(world, owner)
    if pod["bare"] != NONE and pod["phase"] == Phase.RUNNING:
        _plan_clone(world, pod_row)
    leave_queue(world, pod_row)
    clear_nomination(world, pod_row)
    if pod["node"] != NONE and not finished:
        count_pod(world, pod["template"], pod["node"], -1, LIVING)
    settings = world.settings[0]
    termination_ms = min(
        draw_delay_ms(world, settings["termination_ms"], settings["termination_jitter_ms"]),
        world.templates[pod["template"]]["grace_ms"],
    )
    if pod["node"] != NONE and not finished and world.nodes[pod["node"]]["unreachable"]:
        pod["ticket"] = NONE
        pod["held"] = Event.POD_GONE + 1  # not heard of before the node comes back or goes
    elif pod["node"] == NONE or finished or termination_ms == 0:
        remove_pod(world, pod_row)
    else:
        pod["held"] = 0
        schedule_pod_event(world, state["now_ms"] + termination_ms, Event.POD_GONE, pod_row)


@inner
def _is_remembered(world: World, pod_row: int) -> bool:
    """Return whether a Job has to know later what became of a pod: of the pod's index."""
    pod = world.pods[pod_row]
    workload = world.workloads[pod["owner"]]
    return bool(
        workload["kind"] == WorkloadKind.JOB
        and workload["present"]
        and pod["ordinal"] != NONE
        and pod["counted"] != Counted.GIVEN_UP
    )


@inner
def remove_pod(world: World, pod_row: int) -> None:
    """Take a deleted pod out of the cluster and give its row back.

    A Job with indexes keeps the row, though the pod is there no more, as long as it exists.
    """
    state = world.state[0]
    pod = world.pods[pod_row]
    finished = pod["phase"] == Phase.SUCCEEDED or pod["phase"] == Phase.FAILED
    if pod["node"] != NONE and not finished:
        leave_node(world, pod_row)
    if not finished:
        charge_quotas(world, pod["template"], -1)
    if finished and pod["present"]:
        state["num_ended"] -= 1
    owner = pod["owner"]
    if owner != NONE:
        workload = world.workloads[owner]
        if not finished:
            workload["num_terminating"] -= 1
            if workload["kind"] == WorkloadKind.JOB:
                count_failure(world, pod_row, end_of(world, pod_row))
        if _is_remembered(world, pod_row):
            if not finished:
                pod["phase"] = Phase.FAILED
                pod["finished_ms"] = state["now_ms"]
            pod["present"] = 0
            pod["ticket"] = NONE
            log_pod(world, LogKind.POD_GONE, pod_row)
            tell_owner(world, owner)
            return
        before = pod["previous_of_owner"]
        after = pod["next_of_owner"]
        if before == NONE:
            workload["first_pod"] = after
        else:
            world.pods[before]["next_of_owner"] = after
        if after != NONE:
            world.pods[after]["previous_of_owner"] = before
        tell_owner(world, owner)
        if (
            workload["kind"] == WorkloadKind.REPLICASET
            and workload["present"] == 0
            and workload["first_pod"] == NONE
        ):
            wake_replicaset(world, owner)  # which gives the row back
    if pod["bare"] != NONE and world.bare[pod["bare"]]["pod"] == pod_row:
        world.bare[pod["bare"]]["pod"] = NONE
    if pod["present"]:
        log_pod(world, LogKind.POD_GONE, pod_row)
    pod["present"] = 0
    pod["ticket"] = NONE
    pod["next_in_queue"] = state["free_pod"]
    state["free_pod"] = pod_row
