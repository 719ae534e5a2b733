"""The scheduler's queues: active, back-off, unschedulable (kube-scheduler `backend/queue`)."""

from __future__ import annotations

from simarena.cluster.codes import NONE, Event, Queue
from simarena.cluster.kernel.ground.client_limits import may_bind_ms
from simarena.cluster.kernel.ground.events import next_sequence, schedule_event
from simarena.cluster.kernel.ground.heap import heap_pop, heap_push
from simarena.cluster.kernel.ground.random import draw_delay_ms
from simarena.cluster.records import World
from simarena.jit.decorators import inner

_INITIAL_BACKOFF_MS = 1_000
_MAX_BACKOFF_MS = 10_000
_FLUSH_INTERVAL_MS = 30_000
_MAX_UNSCHEDULABLE_MS = 300_000


@inner
def wake_scheduler(world: World) -> None:
    """Let the scheduler take its next pod after one cycle, if it is idle, and may bind it then."""
    state = world.state[0]
    if state["scheduler_awake"] == 0:
        state["scheduler_awake"] = 1
        settings = world.settings[0]
        delay_ms = draw_delay_ms(world, settings["scheduling_ms"], settings["scheduling_jitter_ms"])
        time_ms = max(int(state["now_ms"] + delay_ms), may_bind_ms(world.state, world.settings))
        schedule_event(world, time_ms, Event.SCHEDULE, NONE)


@inner
def push_active(world: World, pod_row: int) -> None:
    """Put a pod into the active queue: higher priority first, then the one that waits longest."""
    state = world.state[0]
    pod = world.pods[pod_row]
    ticket = next_sequence(world)
    pod["ticket"] = ticket
    pod["queue"] = Queue.ACTIVE
    state["num_active"] = heap_push(
        world.active,
        state["num_active"],
        -pod["priority"],
        pod["queued_ms"],
        ticket,
        0,
        pod_row,
    )
    wake_scheduler(world)


@inner
def backoff_ends_ms(world: World, pod_row: int) -> int:
    """Return when a pod's back-off ends, cut to a whole second as the real queue keeps it."""
    pod = world.pods[pod_row]
    duration_ms = _INITIAL_BACKOFF_MS
    for _ in range(pod["num_attempts"] - 1):
        duration_ms *= 2
        if duration_ms >= _MAX_BACKOFF_MS:
            duration_ms = _MAX_BACKOFF_MS
            break
    return (pod["queued_ms"] + duration_ms) // 1_000 * 1_000


@inner
def push_backoff(world: World, pod_row: int) -> None:
    """Put a pod into the back-off queue, ordered by the second in which its back-off ends."""
    state = world.state[0]
    pod = world.pods[pod_row]
    ticket = next_sequence(world)
    pod["ticket"] = ticket
    pod["queue"] = Queue.BACKOFF
    state["num_backoff"] = heap_push(
        world.backoff,
        state["num_backoff"],
        backoff_ends_ms(world, pod_row),
        -pod["priority"],
        ticket,
        0,
        pod_row,
    )
    wake_scheduler(world)


@inner
def push_unschedulable(world: World, pod_row: int) -> None:
    """Put a pod at the end of the unschedulable ones; it stays until an event helps it."""
    state = world.state[0]
    pod = world.pods[pod_row]
    pod["queue"] = Queue.UNSCHEDULABLE
    pod["next_in_queue"] = NONE
    pod["previous_in_queue"] = state["last_unschedulable"]
    if state["last_unschedulable"] == NONE:
        state["first_unschedulable"] = pod_row
    else:
        world.pods[state["last_unschedulable"]]["next_in_queue"] = pod_row
    state["last_unschedulable"] = pod_row
    if state["flush_awake"] == 0:
        state["flush_awake"] = 1
        time_ms = (state["now_ms"] // _FLUSH_INTERVAL_MS + 1) * _FLUSH_INTERVAL_MS
        schedule_event(world, time_ms, Event.FLUSH_UNSCHEDULABLE, NONE)


@inner
def leave_queue(world: World, pod_row: int) -> None:
    """Take a pod out of whatever queue it is in. Heap entries stay and are skipped when met."""
    state = world.state[0]
    pod = world.pods[pod_row]
    if pod["queue"] == Queue.UNSCHEDULABLE:
        before = pod["previous_in_queue"]
        after = pod["next_in_queue"]
        if before == NONE:
            state["first_unschedulable"] = after
        else:
            world.pods[before]["next_in_queue"] = after
        if after == NONE:
            state["last_unschedulable"] = before
        else:
            world.pods[after]["previous_in_queue"] = before
    pod["queue"] = Queue.NOWHERE
    pod["ticket"] = NONE


@inner
def requeue(world: World, pod_row: int) -> None:
    """Move an unschedulable pod on: to the back-off queue, or to the active one if that is over."""
    leave_queue(world, pod_row)
    if backoff_ends_ms(world, pod_row) > world.state[0]["now_ms"]:
        push_backoff(world, pod_row)
    else:
        push_active(world, pod_row)


@inner
def flush_unschedulable(world: World) -> None:
    """Move on the pods that have been unschedulable for over five minutes."""
    state = world.state[0]
    state["flush_awake"] = 0
    pod_row = state["first_unschedulable"]
    while pod_row != NONE:
        after = world.pods[pod_row]["next_in_queue"]
        if state["now_ms"] - world.pods[pod_row]["queued_ms"] > _MAX_UNSCHEDULABLE_MS:
            requeue(world, pod_row)
        pod_row = after
    if state["first_unschedulable"] != NONE:
        state["flush_awake"] = 1
        schedule_event(world, state["now_ms"] + _FLUSH_INTERVAL_MS, Event.FLUSH_UNSCHEDULABLE, NONE)


@inner
def _release_backoff(world: World) -> None:
    """Move pods whose back-off ended before this second to the active queue."""
    state = world.state[0]
    this_second_ms = state["now_ms"] // 1_000 * 1_000
    while state["num_backoff"] > 0 and world.backoff[0]["first"] < this_second_ms:
        pod_row = world.backoff[0]["subject"]
        ticket = world.backoff[0]["sequence"]
        state["num_backoff"] = heap_pop(world.backoff, state["num_backoff"])
        if world.pods[pod_row]["ticket"] == ticket:
            push_active(world, pod_row)


@inner
def pop_next_pod(world: World) -> int:
    """Return the pod to schedule next, taken from its queue, or NONE.

    With the active queue empty the back-off queue is popped at once, whatever its times
    (SchedulerPopFromBackoffQ, on since 1.33).
    """
    state = world.state[0]
    _release_backoff(world)
    while state["num_active"] > 0:
        pod_row = world.active[0]["subject"]
        ticket = world.active[0]["sequence"]
        state["num_active"] = heap_pop(world.active, state["num_active"])
        if world.pods[pod_row]["ticket"] == ticket:
            leave_queue(world, pod_row)
            return pod_row
    while state["num_backoff"] > 0:
        pod_row = world.backoff[0]["subject"]
        ticket = world.backoff[0]["sequence"]
        state["num_backoff"] = heap_pop(world.backoff, state["num_backoff"])
        if world.pods[pod_row]["ticket"] == ticket:
            leave_queue(world, pod_row)
            return pod_row
    return NONE
