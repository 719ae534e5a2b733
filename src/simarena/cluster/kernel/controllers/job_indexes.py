"""New pods of Jobs: when they may be made after failures, and for which completion indexes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.cluster.codes import NONE, Client, Counted, Phase
from simarena.cluster.kernel.controllers.deletion_order import is_active
from simarena.cluster.kernel.controllers.workload_rows import num_pod_rows
from simarena.cluster.kernel.ground.client_limits import may_send
from simarena.cluster.kernel.ground.events import wake_at
from simarena.cluster.kernel.pods.life import create_pod
from simarena.cluster.kernel.pods.quotas import is_admitted, stops_creating
from simarena.jit.decorators import inner

if TYPE_CHECKING:
    from simarena.cluster.records import World

_FIRST_BACKOFF_MS = 10_000
_MAX_BACKOFF_MS = 600_000
_MAX_DOUBLINGS = 6
_FREE = 0
_TAKEN = 1
_FAILED = 2
"""This, and the row of the pod that failed last, for an index that is free again."""


@inner
def _backoff_ms(num_failures: int) -> int:
    """Return how long after the last of so many failures, one or more, a new pod has to wait."""
    return min(_FIRST_BACKOFF_MS << min(num_failures - 1, _MAX_DOUBLINGS), _MAX_BACKOFF_MS)


@inner
def creation_backoff_ms(world: World, row: int) -> int:
    """Return before when no new pod is made: failures in a row wait longer and longer.

    With limits for each index, failures hold up only new pods of the same index.
    """
    workload = world.workloads[row]
    if (
        workload["num_failures"] == 0
        or world.specs[workload["spec"]]["index_backoff_limit"] != NONE
    ):
        return 0
    return int(workload["last_failed_ms"]) + _backoff_ms(int(workload["num_failures"]))


@inner
def _mark_indexes(world: World, row: int, size: int) -> None:
    """Write into the scratch table `ranked` what has become of the first `size` indexes.

    It stands at the index.
    """
    workload = world.workloads[row]
    replaces_failed = world.specs[workload["spec"]]["replaces_failed"]
    for index in range(size):
        world.ranked[index] = _FREE
    pod_row = workload["first_pod"]
    while pod_row != NONE:
        pod = world.pods[pod_row]
        index = pod["ordinal"]
        if 0 <= index < size:
            if (
                pod["phase"] == Phase.SUCCEEDED
                or pod["fails_index"]
                or is_active(world.pods, pod_row)
                or (replaces_failed and pod["phase"] != Phase.FAILED)
            ):
                world.ranked[index] = _TAKEN
            elif world.ranked[index] == _FREE and pod["counted"] != Counted.GIVEN_UP:
                world.ranked[index] = _FAILED + pod_row
        pod_row = pod["next_of_owner"]


@inner
def _index_backoff_ms(world: World, failed_row: int) -> int:
    """Return before when the pod in a row, which failed, is not replaced."""
    failed = world.pods[failed_row]
    since_ms = failed["finished_ms"]
    if failed["phase"] != Phase.FAILED:
        since_ms = failed["deleted_ms"]
    return int(since_ms) + _backoff_ms(int(failed["index_failures"] + failed["index_ignored"] + 1))


@inner
def _create(world: World, row: int, index: int, failed_row: int) -> bool:
    """Create a pod of a Job, in place of one that failed unless that is NONE.

    Return whether the request may be sent now, whatever is answered; if not the controller looks
    again when it may.
    """
    if not may_send(world.state, world.settings, world.workloads, row, Client.JOB):
        wake_at(world, row, world.workloads[row]["turn_ms"])
        return False
    template = world.workloads[row]["template"]
    if not is_admitted(world, row, template, index):
        return True
    pod_row = create_pod(world, row, template, NONE, NONE, index)
    if failed_row != NONE:
        pod = world.pods[pod_row]
        failed = world.pods[failed_row]
        pod["index_failures"] = failed["index_failures"] + (failed["counted"] == Counted.COUNTED)
        pod["index_ignored"] = failed["index_ignored"] + (failed["counted"] == Counted.IGNORED)
    return True


@inner
def create_pods(world: World, row: int, number: int) -> None:
    """Create pods, of an indexed Job for the lowest indexes that none has completed or runs for.

    Those among them that still have to wait after a failure come later.
    """
    spec = world.specs[world.workloads[row]["spec"]]
    num_asked = 0
    if not spec["indexed"]:
        while num_asked < number and not stops_creating(world, row, num_asked):
            if not _create(world, row, NONE, NONE):
                return
            num_asked += 1
        return
    now_ms = world.state[0]["now_ms"]
    size = min(int(spec["completions"]), num_pod_rows(world, row) + number)
    _mark_indexes(world, row, size)
    index = 0
    while number > 0 and index < size:
        mark = world.ranked[index]
        if mark != _TAKEN:
            number -= 1
            failed_row = mark - _FAILED if mark >= _FAILED else NONE
            ends_ms = 0
            if failed_row != NONE and spec["index_backoff_limit"] != NONE:
                ends_ms = _index_backoff_ms(world, failed_row)
            if ends_ms > now_ms:
                wake_at(world, row, ends_ms)
            elif stops_creating(world, row, num_asked) or not _create(
                world, row, index, failed_row
            ):
                return
            else:
                num_asked += 1
        index += 1
