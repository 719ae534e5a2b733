"""The CronJob controller: starts Jobs when they are due, and clears finished ones away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.cluster.codes import (
    CRON_DELAY_MS,
    NONE,
    Concurrency,
    LogKind,
    Status,
    WorkloadKind,
)
from simarena.cluster.kernel.arrivals import delete_workload
from simarena.cluster.kernel.controllers.job_outcome import is_success
from simarena.cluster.kernel.controllers.workload_rows import (
    create_child,
    has_workload_room,
    num_pod_rows,
)
from simarena.cluster.kernel.ground.events import has_event_room, log, log_job, wake_at
from simarena.jit.decorators import inner

if TYPE_CHECKING:
    from simarena.cluster.records import World

_MANY = 100
"""Times that may be missed before the controller warns of them."""


@inner
def _delete_job(world: World, row: int) -> None:
    log_job(world, LogKind.JOB_DELETED, row, 0)
    delete_workload(world, row)


@inner
def _create_job(world: World, cronjob: int, scheduled_ms: int) -> None:
    """Create the Job that was due at a time; the caller has checked for room."""
    parent = world.workloads[cronjob]
    spec_row = world.specs[parent["spec"]]["job_spec"]
    spec = world.specs[spec_row]
    row = create_child(world, cronjob, WorkloadKind.JOB)
    job = world.workloads[row]
    job["spec"] = spec_row
    job["template"] = spec["template"]
    job["replicas"] = spec["replicas"]
    job["scheduled_ms"] = scheduled_ms
    log_job(world, LogKind.JOB_CREATED, row, 0)
    wake_at(world, row, world.state[0]["now_ms"] + world.settings[0]["replicaset_sync_ms"])


@inner
def _num_active(world: World, cronjob: int) -> int:
    number = 0
    child = world.workloads[cronjob]["first_child"]
    while child != NONE:
        if world.workloads[child]["finished_ms"] == NONE:
            number += 1
        child = world.workloads[child]["next_sibling"]
    return number


@inner
def _clean(world: World, cronjob: int, limit: int, complete: int) -> None:
    """Delete the oldest Jobs that ended well (1), or badly (0), beyond the limit."""
    number = -limit
    child = world.workloads[cronjob]["first_child"]
    while child != NONE:
        job = world.workloads[child]
        if job["finished_ms"] != NONE and int(is_success(job["outcome"])) == complete:
            number += 1
        child = job["next_sibling"]
    child = world.workloads[cronjob]["first_child"]
    while child != NONE and number > 0:
        job = world.workloads[child]
        after = job["next_sibling"]
        if job["finished_ms"] != NONE and int(is_success(job["outcome"])) == complete:
            _delete_job(world, child)
            number -= 1
        child = after


@inner
def _num_missed(world: World, row: int) -> int:
    """Return for how many times no Job was started, those too late to start one left out.

    As the real controller reckons it: by the time between two of them, as if all were as far apart.
    """
    workload = world.workloads[row]
    number = int(workload["num_due"])
    deadline_ms = int(world.specs[workload["spec"]]["deadline_ms"])
    every_ms = int(workload["due_every_ms"])
    if deadline_ms != NONE and every_ms > 0:
        since_ms = world.state[0]["now_ms"] - deadline_ms
        number = min(number, (int(workload["due_ms"]) - since_ms) // every_ms + 1)
    return number


@inner
def _start(world: World, row: int) -> None:
    """Start the Job that is due, if the policy lets it."""
    workload = world.workloads[row]
    spec = world.specs[workload["spec"]]
    now_ms = world.state[0]["now_ms"]
    due_ms = workload["due_ms"]
    if spec["paused"] or due_ms == NONE or due_ms <= workload["last_schedule_ms"]:
        return
    if spec["deadline_ms"] != NONE and due_ms + spec["deadline_ms"] < now_ms:
        return
    if _num_missed(world, row) > _MANY:
        log(world, LogKind.JOBS_MISSED, row, row, workload["template"], NONE, 0, 0)
    if spec["concurrency"] != Concurrency.ALLOW and _num_active(world, row) > 0:
        if spec["concurrency"] == Concurrency.FORBID:
            log(world, LogKind.JOB_SKIPPED, row, row, workload["template"], NONE, 0, 0)
            return
        child = workload["first_child"]
        while child != NONE:
            after = world.workloads[child]["next_sibling"]
            if world.workloads[child]["finished_ms"] == NONE:
                _delete_job(world, child)
            child = after
    _create_job(world, row, due_ms)
    workload["last_schedule_ms"] = due_ms
    workload["num_due"] = 0


@inner
def sync_cronjob(world: World, row: int) -> int:
    """Start the Job that is due and clear away old ones; return a Status, as always."""
    workload = world.workloads[row]
    spec = world.specs[workload["spec"]]
    number = 8
    child = workload["first_child"]
    while child != NONE:
        number += num_pod_rows(world, child) + 2
        child = world.workloads[child]["next_sibling"]
    if not has_event_room(world, number):
        return Status.EVENTS_FULL
    if not has_workload_room(world):
        return Status.WORKLOADS_FULL
    _start(world, row)
    _clean(world, row, spec["success_history"], 1)
    _clean(world, row, spec["failure_history"], 0)
    return Status.OK


@inner
def run_cronjob(world: World, row: int) -> int:
    """Let a CronJob know that it was due a moment ago; return a Status."""
    workload = world.workloads[row]
    if workload["present"] == 0:
        return Status.OK
    due_ms = world.state[0]["now_ms"] - CRON_DELAY_MS
    if workload["due_ms"] != NONE:
        workload["due_every_ms"] = due_ms - workload["due_ms"]
    workload["due_ms"] = due_ms
    workload["num_due"] += 1
    return sync_cronjob(world, row)
