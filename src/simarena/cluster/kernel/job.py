"""The Job controller: pods that run to an end, until enough of them have or too many failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.cluster.codes import NONE, LogKind, Outcome, Phase, Status
from simarena.cluster.kernel._jit import inner
from simarena.cluster.kernel.arrivals import delete_workload, num_pod_rows
from simarena.cluster.kernel.deletion_order import is_active, rank_victims
from simarena.cluster.kernel.events import has_event_room, log_job, wake_at
from simarena.cluster.kernel.pods import create_pod, give_up_pod, has_pod_room

if TYPE_CHECKING:
    from simarena.cluster.records import World

_BURST = 500
"""Pods that one sync creates or deletes at most."""
_FIRST_BACKOFF_MS = 10_000
_MAX_BACKOFF_MS = 600_000
_MAX_DOUBLINGS = 6


@inner
def _num_wanted(world: World, row: int) -> int:
    """Return how many pods should be active."""
    workload = world.workloads[row]
    completions = world.specs[workload["spec"]]["completions"]
    parallelism = int(workload["replicas"])
    if completions == NONE:
        if workload["num_succeeded"] > 0:
            return min(int(workload["num_pods"]), parallelism)
        return parallelism
    return max(0, min(parallelism, int(completions - workload["num_succeeded"])))


@inner
def _outcome(world: World, row: int) -> int:
    """Return how a Job ends, if it is decided."""
    workload = world.workloads[row]
    spec = world.specs[workload["spec"]]
    if workload["num_failed"] > spec["backoff_limit"]:
        return Outcome.BACKOFF_LIMIT
    deadline_ms = spec["deadline_ms"]
    if deadline_ms != NONE and world.state[0]["now_ms"] >= workload["started_ms"] + deadline_ms:
        return Outcome.DEADLINE
    if workload["num_pods"] > 0:
        return Outcome.UNDECIDED
    if spec["completions"] == NONE:
        if workload["num_succeeded"] > 0:
            return Outcome.COMPLETE
    elif workload["num_succeeded"] >= spec["completions"]:
        return Outcome.COMPLETE
    return Outcome.UNDECIDED


@inner
def _give_up(world: World, row: int, number: int, failed: int) -> None:
    """Delete `number` active pods; `failed` says whether (1) they count as failures."""
    workload = world.workloads[row]
    num_failed = workload["num_failed"]
    num_failures = workload["num_failures"]
    last_failed_ms = workload["last_failed_ms"]
    begin = rank_victims(world, row, number)
    for index in range(begin + number - 1, begin - 1, -1):
        give_up_pod(world, world.pods[index]["ranked"])
    if not failed:
        workload["num_failed"] = num_failed
        workload["num_failures"] = num_failures
        workload["last_failed_ms"] = last_failed_ms


@inner
def _next_index(world: World, row: int, index: int) -> int:
    """Return the lowest completion index from `index` on that no pod runs for or has completed."""
    while True:
        taken = False
        pod_row = world.workloads[row]["first_pod"]
        while pod_row != NONE:
            pod = world.pods[pod_row]
            if pod["ordinal"] == index and (
                pod["phase"] == Phase.SUCCEEDED or is_active(world.pods, pod_row)
            ):
                taken = True
                break
            pod_row = pod["next_of_owner"]
        if not taken:
            return index
        index += 1


@inner
def _backoff_ends_ms(world: World, row: int) -> int:
    """Return before when no new pod is made: failures in a row wait longer and longer."""
    workload = world.workloads[row]
    if workload["num_failures"] == 0:
        return 0
    doublings = min(int(workload["num_failures"]) - 1, _MAX_DOUBLINGS)
    backoff_ms = min(_FIRST_BACKOFF_MS << doublings, _MAX_BACKOFF_MS)
    return int(workload["last_failed_ms"]) + backoff_ms


@inner
def _create(world: World, row: int, number: int) -> None:
    workload = world.workloads[row]
    indexed = world.specs[workload["spec"]]["indexed"]
    index = NONE
    for _ in range(number):
        if indexed:
            index = _next_index(world, row, index + 1)
        create_pod(world, row, workload["template"], NONE, NONE, index)


@inner
def _finish(world: World, row: int) -> None:
    """Note that a Job has ended, and tell its CronJob."""
    workload = world.workloads[row]
    now_ms = world.state[0]["now_ms"]
    workload["finished_ms"] = now_ms
    owner = workload["owner"]
    log_job(world, LogKind.JOB_FINISHED, row, workload["outcome"])
    if owner != NONE:
        if workload["outcome"] == Outcome.COMPLETE:
            world.workloads[owner]["last_success_ms"] = now_ms
        wake_at(world, owner, now_ms)
    ttl_ms = world.specs[workload["spec"]]["ttl_ms"]
    if ttl_ms != NONE:
        wake_at(world, row, now_ms + ttl_ms)


@inner
def _scale(world: World, row: int) -> None:
    """Bring the number of active pods nearer to the wanted one."""
    workload = world.workloads[row]
    missing = _num_wanted(world, row) - workload["num_pods"]
    if missing < 0:
        _give_up(world, row, min(-missing, _BURST), 0)
    elif missing > 0:
        ends_ms = _backoff_ends_ms(world, row)
        if ends_ms > world.state[0]["now_ms"]:
            wake_at(world, row, ends_ms)
            return
        _create(world, row, min(missing, _BURST))
        if missing > _BURST:
            wake_at(world, row, world.state[0]["now_ms"] + world.settings[0]["replicaset_sync_ms"])


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
    missing = min(_num_wanted(world, row) - workload["num_pods"], _BURST)
    if missing > 0 and not has_pod_room(world, missing):
        return Status.PODS_FULL
    if not has_event_room(world, 2 * max(missing, 0) + num_pod_rows(world, row) + 8):
        return Status.EVENTS_FULL
    if spec["paused"]:
        workload["started_ms"] = NONE
        _give_up(world, row, workload["num_pods"], 0)
        return Status.OK
    if workload["started_ms"] == NONE:
        workload["started_ms"] = now_ms
    if workload["outcome"] == Outcome.UNDECIDED:
        workload["outcome"] = _outcome(world, row)
    if workload["outcome"] == Outcome.UNDECIDED:
        _scale(world, row)
        if spec["deadline_ms"] != NONE:
            wake_at(world, row, workload["started_ms"] + spec["deadline_ms"])
        return Status.OK
    _give_up(world, row, workload["num_pods"], 1)
    if workload["num_terminating"] == 0:
        _finish(world, row)
    return Status.OK
