"""The scheduler's queues: who is next, who waits, and for how long."""

from __future__ import annotations

import pytest
from tests.cluster.kernel.stage import Stage

from simarena.cluster.codes import NONE, Event, Queue, Reason
from simarena.cluster.kernel.pods.hints import requeue_after_departure
from simarena.cluster.kernel.pods.life import create_pod
from simarena.cluster.kernel.pods.queues import (
    backoff_ends_ms,
    flush_unschedulable,
    leave_queue,
    pop_next_pod,
    push_active,
    push_backoff,
    push_unschedulable,
)
from simarena.cluster.rows.tables import Capacities, grown


@pytest.fixture
def stage() -> Stage:
    stage = Stage()
    stage.world = grown(stage.world, Capacities(bare=16))
    stage.world.state[0]["num_bare"] = 16
    return stage


def new_pod(stage: Stage, *, priority: int = 0, queued_ms: int = 0, attempts: int = 0) -> int:
    """Return the row of a pod in no queue."""
    world = stage.world
    row = create_pod(world, NONE, 0, stage.spec(), int(world.state[0]["next_uid"]), NONE)
    leave_queue(world, row)
    world.pods[row]["priority"] = priority
    world.pods[row]["queued_ms"] = queued_ms
    world.pods[row]["num_attempts"] = attempts
    return row


@pytest.mark.parametrize(
    ("attempts", "seconds"), [(1, 1), (2, 2), (3, 4), (4, 8), (5, 10), (6, 10), (40, 10)]
)
def test_backoff_doubles_up_to_ten_seconds(stage: Stage, attempts: int, seconds: int) -> None:
    row = new_pod(stage, queued_ms=5_000, attempts=attempts)
    assert backoff_ends_ms(stage.world, row) == 5_000 + 1_000 * seconds


def test_the_end_of_a_backoff_is_cut_to_a_whole_second(stage: Stage) -> None:
    row = new_pod(stage, queued_ms=5_999, attempts=1)
    assert backoff_ends_ms(stage.world, row) == 6_000


def test_higher_priority_goes_first_then_who_waits_longer_then_who_came_first(
    stage: Stage,
) -> None:
    late = new_pod(stage, queued_ms=20)
    early = new_pod(stage, queued_ms=10)
    early_too = new_pod(stage, queued_ms=10)
    urgent = new_pod(stage, priority=5, queued_ms=30)
    for row in (late, early, early_too, urgent):
        push_active(stage.world, row)
    taken = [pop_next_pod(stage.world) for _ in range(5)]
    assert taken == [urgent, early, early_too, late, NONE]


def test_a_pod_that_left_is_skipped_and_may_come_back(stage: Stage) -> None:
    first, second = new_pod(stage), new_pod(stage)
    push_active(stage.world, first)
    push_active(stage.world, second)
    leave_queue(stage.world, first)
    assert stage.world.pods[first]["queue"] == Queue.NOWHERE
    push_active(stage.world, first)
    assert [pop_next_pod(stage.world) for _ in range(3)] == [second, first, NONE]


def test_an_idle_scheduler_takes_pods_out_of_backoff(stage: Stage) -> None:
    later = new_pod(stage, queued_ms=3_000, attempts=4)
    sooner = new_pod(stage, queued_ms=3_000, attempts=2)
    push_backoff(stage.world, later)
    push_backoff(stage.world, sooner)
    assert stage.world.state[0]["now_ms"] == 0
    assert [pop_next_pod(stage.world) for _ in range(3)] == [sooner, later, NONE]


def test_active_pods_go_before_those_in_backoff(stage: Stage) -> None:
    waits = new_pod(stage, attempts=1, priority=9)
    active = new_pod(stage)
    push_backoff(stage.world, waits)
    push_active(stage.world, active)
    assert [pop_next_pod(stage.world), pop_next_pod(stage.world)] == [active, waits]


@pytest.mark.parametrize(("now_ms", "released"), [(1_999, False), (2_000, True)])
def test_a_backoff_is_over_one_second_after_its_end(
    stage: Stage, now_ms: int, released: bool
) -> None:
    # It ends at 1,000 ms, and is released when that is before the present whole second.
    waits = new_pod(stage, queued_ms=400, attempts=1, priority=9)
    active = new_pod(stage)
    push_backoff(stage.world, waits)
    push_active(stage.world, active)
    stage.world.state[0]["now_ms"] = now_ms
    assert pop_next_pod(stage.world) == (waits if released else active)


def test_pods_that_one_filter_rejected_are_moved_on_by_what_helps_it(stage: Stage) -> None:
    cpu, taint = 1 << Reason.INSUFFICIENT_CPU, 1 << Reason.TAINT
    world = stage.world
    world.state[0]["now_ms"] = 10_000
    rows = {}
    for name, reasons, queued_ms in (
        ("short", cpu, 9_500),
        ("tainted", taint, 0),
        ("long", cpu | taint, 0),
    ):
        rows[name] = new_pod(stage, queued_ms=queued_ms, attempts=1)
        world.pods[rows[name]]["rejected_by"] = reasons
        push_unschedulable(world, rows[name])
    requeue_after_departure(world, 0)
    queues = {name: Queue(int(world.pods[row]["queue"])) for name, row in rows.items()}
    # 9,500 + 1,000 is cut to 10,000, which is not after now.
    assert queues == {
        "short": Queue.ACTIVE,
        "tainted": Queue.UNSCHEDULABLE,
        "long": Queue.ACTIVE,
    }
    assert world.state[0]["first_unschedulable"] == rows["tainted"]
    assert world.state[0]["last_unschedulable"] == rows["tainted"]


def test_a_pod_whose_backoff_is_not_over_goes_there(stage: Stage) -> None:
    world = stage.world
    world.state[0]["now_ms"] = 10_000
    row = new_pod(stage, queued_ms=9_500, attempts=2)
    world.pods[row]["rejected_by"] = 1 << Reason.INSUFFICIENT_CPU
    push_unschedulable(world, row)
    requeue_after_departure(world, 0)
    assert world.pods[row]["queue"] == Queue.BACKOFF


def test_unschedulable_pods_are_tried_again_after_more_than_five_minutes(stage: Stage) -> None:
    world = stage.world
    just, over = new_pod(stage, queued_ms=1, attempts=1), new_pod(stage, queued_ms=0, attempts=1)
    push_unschedulable(world, just)
    push_unschedulable(world, over)
    world.state[0]["now_ms"] = 300_001
    flush_unschedulable(world)
    assert world.pods[just]["queue"] == Queue.UNSCHEDULABLE
    assert world.pods[over]["queue"] == Queue.ACTIVE


def test_the_flush_comes_every_thirty_seconds_while_pods_wait(stage: Stage) -> None:
    world = stage.world
    world.templates[0]["cpu_milli"] = 1_000_000
    world.state[0]["now_ms"] = 7_000
    create_pod(world, NONE, 0, stage.spec(), 0, NONE)
    attempts = []
    for second in range(7, 700):
        stage.run(1_000 * second - int(world.state[0]["now_ms"]))
        world = stage.world
        attempts.append(int(world.pods[0]["num_attempts"]))
        flushes = world.heap["kind"][: world.state[0]["num_heap"]] == Event.FLUSH_UNSCHEDULABLE
        assert flushes.sum() <= 1
    # Rejected at 7.001 s; the flush at 330 s is the first more than 300 s later; then 630.001 + ...
    assert attempts.index(1) + 7 == 8
    assert attempts.index(2) + 7 == 331
    assert attempts.index(3) + 7 == 661


def test_lists_of_unschedulable_pods_close_over_a_gap(stage: Stage) -> None:
    world = stage.world
    rows = [new_pod(stage) for _ in range(3)]
    for row in rows:
        push_unschedulable(world, row)
    leave_queue(world, rows[1])
    assert world.pods[rows[0]]["next_in_queue"] == rows[2]
    assert world.pods[rows[2]]["previous_in_queue"] == rows[0]
    leave_queue(world, rows[0])
    leave_queue(world, rows[2])
    assert world.state[0]["first_unschedulable"] == NONE
    assert world.state[0]["last_unschedulable"] == NONE


def test_queues_that_start_too_small_grow() -> None:
    stage = Stage(pods=4)
    stage.apply(replicas=40)
    stage.run(5_000)
    assert stage.column("num_ready") == [40]
