"""The Job controller: pods that run to an end, until enough of them have or too many failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.cluster.codes import NONE, Counted, JobOutcome, LogKind, Status
from simarena.cluster.kernel.arrivals import delete_workload
from simarena.cluster.kernel.controllers.deletion_order import rank_victims
from simarena.cluster.kernel.controllers.job_indexes import create_pods, creation_backoff_ms
from simarena.cluster.kernel.controllers.job_outcome import is_success, job_outcome
from simarena.cluster.kernel.controllers.workload_rows import num_pod_rows
from simarena.cluster.kernel.ground.events import has_event_room, log_job, wake_at
from simarena.cluster.kernel.pods.life import give_up_pod, has_pod_room
from simarena.cluster.kernel.pods.quotas import begin_creating, end_creating
from simarena.jit.decorators import inner

if TYPE_CHECKING:
    from simarena.cluster.records import World

_BURST = 500
"""Pods that one sync creates or deletes at most."""


@inner
def _num_missing(world: World, row: int) -> int:
    """Return how many pods should become active; negative: how many should not be."""
    workload = world.workloads[row]
    spec = world.specs[workload["spec"]]
    wanted = int(workload["replicas"])
    if spec["completions"] != NONE:
        wanted = max(0, min(wanted, int(spec["completions"] - workload["num_succeeded"])))
    elif workload["num_succeeded"] > 0:
        wanted = int(workload["num_pods"])
    missing = wanted - int(workload["num_pods"])
    if missing > 0 and spec["replaces_failed"]:
        missing = max(0, missing - int(workload["num_terminating"]))
    return missing


@inner
def _give_up(world: World, row: int, number: int, failed: int) -> None:
    """Delete `number` active pods; `failed` says whether (1) they count as failures."""
    begin = rank_victims(world, row, number)
    for index in range(begin + number - 1, begin - 1, -1):
        pod_row = world.ranked[index]
        if not failed:
            world.pods[pod_row]["counted"] = Counted.GIVEN_UP
        give_up_pod(world, pod_row)


@inner
def _suspend(world: World, row: int) -> None:
    workload = world.workloads[row]
    _give_up(world, row, workload["num_pods"], 0)
    workload["started_ms"] = NONE
    if workload["suspended"] == 0:
        workload["suspended"] = 1
        workload["suspended_ms"] = world.state[0]["now_ms"]
        log_job(world, LogKind.JOB_SUSPENDED, row, 1)


@inner
def _resume(world: World, row: int) -> None:
    """Note that a Job runs, from the first time on or again."""
    workload = world.workloads[row]
    now_ms = world.state[0]["now_ms"]
    if workload["suspended"]:
        workload["suspended"] = 0
        workload["suspended_ms"] = now_ms
        log_job(world, LogKind.JOB_SUSPENDED, row, 0)
    if workload["started_ms"] == NONE:
        workload["started_ms"] = now_ms


@inner
def _finish(world: World, row: int) -> None:
    """Note that a Job has ended, and tell its CronJob."""
    workload = world.workloads[row]
    now_ms = world.state[0]["now_ms"]
    workload["finished_ms"] = now_ms
    owner = workload["owner"]
    log_job(world, LogKind.JOB_FINISHED, row, workload["outcome"])
    if owner != NONE:
        if is_success(workload["outcome"]):
            world.workloads[owner]["last_success_ms"] = now_ms
        wake_at(world, owner, now_ms)
    ttl_ms = world.specs[workload["spec"]]["ttl_ms"]
    if ttl_ms != NONE:
        wake_at(world, row, now_ms + ttl_ms)


@inner
def _scale(world: World, row: int) -> None:
    """Bring the number of active pods nearer to the wanted one."""
    missing = _num_missing(world, row)
    now_ms = world.state[0]["now_ms"]
    begin_creating(world, row)
    if missing < 0:
        _give_up(world, row, min(-missing, _BURST), 0)
    elif missing > 0:
        ends_ms = creation_backoff_ms(world, row)
        if ends_ms > now_ms:
            wake_at(world, row, ends_ms)
            return
        create_pods(world, row, min(missing, _BURST))
        if missing > _BURST and world.workloads[row]["refused"] == 0:
            wake_at(world, row, now_ms + world.settings[0]["replicaset_sync_ms"])
    end_creating(world, row)


@inner
def _go_on(world: World, row: int) -> None:
    """Run, or suspend, a Job whose end is not decided."""
    workload = world.workloads[row]
    spec = world.specs[workload["spec"]]
    if spec["paused"]:
        _suspend(world, row)
        return
    _resume(world, row)
    _scale(world, row)
    if spec["deadline_ms"] != NONE:
        wake_at(world, row, workload["started_ms"] + spec["deadline_ms"])


@inner
def _report(world: World, row: int) -> None:
    """Write the counts that a Job's status shows: they stay so until the next sync."""
    workload = world.workloads[row]
    workload["reported_pods"] = workload["num_pods"]
    workload["reported_ready"] = workload["num_ready"]
    workload["reported_terminating"] = workload["num_terminating"]
    workload["reported_succeeded"] = workload["num_succeeded"]
    workload["reported_failed"] = workload["num_failed"]
    workload["reported_ms"] = world.state[0]["now_ms"]


@inner
def sync_job(world: World, row: int) -> int:
    """Take the next step towards a Job's end; return a Status, change nothing if it is not OK."""
    workload = world.workloads[row]
    spec = world.specs[workload["spec"]]
    now_ms = world.state[0]["now_ms"]
    if workload["finished_ms"] != NONE:
        if spec["ttl_ms"] != NONE:
            if now_ms >= workload["finished_ms"] + spec["ttl_ms"]:
                return delete_workload(world, row)
            wake_at(world, row, workload["finished_ms"] + spec["ttl_ms"])
        return Status.OK
    missing = min(_num_missing(world, row), _BURST)
    if missing > 0 and not has_pod_room(world, missing):
        return Status.PODS_FULL
    if not has_event_room(world, 2 * max(missing, 0) + num_pod_rows(world, row) + 8):
        return Status.EVENTS_FULL
    if workload["outcome"] == JobOutcome.UNDECIDED:
        workload["outcome"] = job_outcome(world, row)
        if workload["outcome"] == JobOutcome.UNDECIDED:
            _go_on(world, row)
            _report(world, row)
            return Status.OK
        workload["decided_ms"] = now_ms
    _give_up(world, row, workload["num_pods"], int(workload["outcome"] != JobOutcome.COMPLETE))
    if workload["num_terminating"] == 0:
        _finish(world, row)
    _report(world, row)
    return Status.OK
