"""What will happen, what happened: the event heap, controllers' wake-ups, and the log."""

from __future__ import annotations

from simarena.cluster.codes import NONE, NUM_COUNTS, Event, LogKind, WorkloadKind
from simarena.cluster.kernel.ground.heap import heap_push, heap_replace
from simarena.cluster.kernel.ground.random import draw_delay_ms
from simarena.cluster.records import BLANK_LOG, World
from simarena.jit.decorators import inner
from simarena.jit.memory import copy_record

_JOB_BATCH_MS = 1_000
"""How long the Job controller gathers changes of pods before it looks at them."""


@inner
def next_sequence(world: World) -> int:
    """Return a number larger than all before it."""
    state = world.state[0]
    state["sequence"] += 1
    return state["sequence"]


@inner
def has_event_room(world: World, number: int) -> bool:
    """Return whether the event heap takes `number` more entries."""
    return world.state[0]["num_heap"] + number <= world.heap.shape[0]


@inner
def schedule_event(world: World, time_ms: int, kind: int, subject: int) -> int:
    """Put an event into the heap; return its sequence.

    Equal times keep the order in which they were put in.
    """
    state = world.state[0]
    sequence = next_sequence(world)
    if state["top_is_past"]:
        state["top_is_past"] = 0
        heap_replace(world.heap, state["num_heap"], time_ms, 0, sequence, kind, subject)
    else:
        state["num_heap"] = heap_push(
            world.heap, state["num_heap"], time_ms, 0, sequence, kind, subject
        )
    return sequence


@inner
def schedule_pod_event(world: World, time_ms: int, kind: int, pod_row: int) -> None:
    """Put the next event of a pod into the heap; an earlier one that is still there is void."""
    world.pods[pod_row]["ticket"] = schedule_event(world, time_ms, kind, pod_row)


@inner
def wake_deployment(world: World, row: int) -> None:
    """Let the Deployment controller look at a row, once, after its delay."""
    workload = world.workloads[row]
    if workload["sync_queued"] == 0:
        workload["sync_queued"] = 1
        settings = world.settings[0]
        delay_ms = draw_delay_ms(
            world, settings["deployment_sync_ms"], settings["deployment_sync_jitter_ms"]
        )
        schedule_event(world, world.state[0]["now_ms"] + delay_ms, Event.SYNC_DEPLOYMENT, row)


@inner
def wake_replicaset(world: World, row: int) -> None:
    """Let the ReplicaSet controller look at a row, once, after its delay."""
    workload = world.workloads[row]
    if workload["sync_queued"] == 0:
        workload["sync_queued"] = 1
        settings = world.settings[0]
        delay_ms = draw_delay_ms(
            world, settings["replicaset_sync_ms"], settings["replicaset_sync_jitter_ms"]
        )
        schedule_event(world, world.state[0]["now_ms"] + delay_ms, Event.SYNC_REPLICASET, row)


@inner
def wake_replicaset_now(world: World, row: int) -> None:
    """Let the ReplicaSet controller look at a row at once, if it does not anyway."""
    workload = world.workloads[row]
    if workload["sync_queued"] == 0:
        workload["sync_queued"] = 1
        schedule_event(world, world.state[0]["now_ms"], Event.SYNC_REPLICASET, row)


@inner
def wake_at(world: World, row: int, time_ms: int) -> None:
    """Let the controller of a workload look at it at a time, unless it does so earlier anyway.

    Entries that an earlier one overtook stay in the heap; `check_ms` tells them apart.
    """
    workload = world.workloads[row]
    if workload["check_ms"] == NONE or time_ms < workload["check_ms"]:
        workload["check_ms"] = time_ms
        schedule_event(world, time_ms, Event.SYNC_WORKLOAD, row)


@inner
def wake_workload(world: World, row: int) -> None:
    """Let the controller of a workload look at what became of its pods, after its delay."""
    delay_ms = world.settings[0]["replicaset_sync_ms"]
    if world.workloads[row]["kind"] == WorkloadKind.JOB:
        delay_ms = _JOB_BATCH_MS
    wake_at(world, row, world.state[0]["now_ms"] + delay_ms)


@inner
def tell_owner(world: World, owner: int) -> None:
    """Let the controller whose decisions hang on a workload's pods know that they changed."""
    if world.workloads[owner]["kind"] != WorkloadKind.REPLICASET:
        wake_workload(world, owner)
        return
    deployment = world.workloads[owner]["owner"]
    if deployment != NONE and world.workloads[deployment]["watches_pods"]:
        wake_replicaset(world, owner)
        if world.specs[world.workloads[deployment]["spec"]]["recreate"]:
            wake_deployment(world, deployment)


@inner
def log(
    world: World,
    kind: int,
    subject: int,
    owner: int,
    template: int,
    node: int,
    value: int,
    other: int,
) -> None:
    """Write down what happened, if there are log rows; the main loop checks for room."""
    if world.log.shape[0] == 0:
        return
    state = world.state[0]
    row = world.log[state["num_log"]]
    copy_record(BLANK_LOG[0], row)
    row["time_ms"] = state["now_ms"]
    row["subject"] = subject
    row["kind"] = kind
    row["owner"] = owner
    row["template"] = template
    row["node"] = node
    row["value"] = value
    row["other"] = other
    state["num_log"] += 1


@inner
def log_pod(world: World, kind: int, pod_row: int) -> None:
    """Write down that something happened to a pod."""
    log_container(world, kind, pod_row, world.pods[pod_row]["num_attempts"], pod_row)


@inner
def log_container(world: World, kind: int, pod_row: int, value: int, other: int) -> None:
    """Write down that something happened in a pod; `owner` is what the user applied."""
    if world.log.shape[0] == 0:
        return
    pod = world.pods[pod_row]
    owner = pod["owner"]
    minute = NONE
    if owner != NONE and world.workloads[owner]["owner"] != NONE:
        if world.workloads[owner]["kind"] == WorkloadKind.JOB:
            minute = world.workloads[owner]["scheduled_ms"] // 60_000
        owner = world.workloads[owner]["owner"]
    log(
        world,
        kind,
        pod["uid"],
        owner,
        pod["template"],
        pod["node"],
        value,
        other,
    )
    entry = world.log[world.state[0]["num_log"] - 1]
    entry["bare"] = pod["bare"]
    entry["ordinal"] = pod["ordinal"]
    entry["minute"] = minute


@inner
def log_job(world: World, kind: int, row: int, value: int) -> None:
    """Write down what happened to a Job."""
    if world.log.shape[0] == 0:
        return
    job = world.workloads[row]
    log(world, kind, row, job["owner"], job["template"], NONE, value, job["decided_by"])
    entry = world.log[world.state[0]["num_log"] - 1]
    entry["code"] = job["decided_end"]
    entry["ordinal"] = job["decided_ordinal"]
    entry["minute"] = job["scheduled_ms"] // 60_000


@inner
def log_autoscaler(
    world: World, kind: int, row: int, template: int, code: int, value: int, other: int
) -> None:
    """Write down what an autoscaler did to its target, or why it did nothing."""
    if world.log.shape[0] == 0:
        return
    log(world, kind, row, world.autoscalers[row]["target"], template, NONE, value, other)
    world.log[world.state[0]["num_log"] - 1]["code"] = code


@inner
def log_preemption(world: World, victim_row: int, preemptor_row: int) -> None:
    """Write down that a pod must leave for another, whose number is the `value`."""
    if world.log.shape[0] == 0:
        return
    log_pod(world, LogKind.POD_PREEMPTED, victim_row)
    row = world.log[world.state[0]["num_log"] - 1]
    row["value"] = world.pods[preemptor_row]["uid"]


@inner
def log_diagnosis(world: World, kind: int, pod_row: int) -> None:
    """Write down a failed scheduling attempt with its diagnosis."""
    if world.log.shape[0] == 0:
        return
    row = world.state[0]["num_log"]
    for column in range(NUM_COUNTS):
        world.log_counts[row, column] = world.diagnoses[pod_row, column]
    log_pod(world, kind, pod_row)
