"""Pods that a controller is not let create: a quota has no room for them, or a limit is passed.

What a pod is charged for hangs on its template (`rows/quotas.py`). Templates of namespaces without
ResourceQuotas and LimitRanges have no charges and are never refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.cluster.codes import NONE, Event, LogKind, WorkloadKind
from simarena.cluster.kernel.ground.events import log, schedule_event
from simarena.jit.decorators import inner

if TYPE_CHECKING:
    from simarena.cluster.records import World

MAX_REFUSED = 500
"""Pods that may be refused in one sync: more are not asked for at once."""

_RETRY_MS = 5
_JOB_RETRY_MS = 1_000
_MAX_RETRY_MS = 1_000_000
_MAX_JOB_RETRY_MS = 60_000
_MAX_DOUBLINGS = 20


@inner
def charge_quotas(world: World, template: int, sign: int) -> None:
    """Count a pod in (1) or out (-1) of what the quotas of its namespace bound."""
    number = world.templates[template]["first_charge"]
    while number != NONE:
        charge = world.charges[number]
        world.bounds[charge["bound"]]["used"] += sign * charge["amount"]
        number = charge["next"]


@inner
def _exceeds(world: World, number: int) -> bool:
    """Return whether one pod more would be too many for what a charge counts."""
    charge = world.charges[number]
    bound = world.bounds[charge["bound"]]
    return bool(charge["amount"] > 0 and bound["used"] + charge["amount"] > bound["hard"])


@inner
def first_exceeded(world: World, template: int) -> int:
    """Return the first of a template's charges for which there is no room, or NONE."""
    number = int(world.templates[template]["first_charge"])
    while number != NONE and not _exceeds(world, number):
        number = int(world.charges[number]["next"])
    return number


@inner
def _log_refusal(world: World, kind: int, row: int, template: int, value: int, other: int) -> None:
    """Write down something about a pod that a workload was not let create."""
    owner = row
    minute = NONE
    if world.workloads[row]["owner"] != NONE:
        owner = world.workloads[row]["owner"]
        if world.workloads[row]["kind"] == WorkloadKind.JOB:
            minute = world.workloads[row]["scheduled_ms"] // 60_000
    log(world, kind, world.state[0]["next_uid"], owner, template, NONE, value, other)
    if world.log.shape[0] > 0:
        world.log[world.state[0]["num_log"] - 1]["minute"] = minute


@inner
def _refuse(world: World, row: int, template: int, ordinal: int, number: int) -> None:
    """Take note of a pod that was not created; `number` is the first charge without room."""
    if number != NONE:
        quota = world.bounds[world.charges[number]["bound"]]["quota"]
        while number != NONE and world.bounds[world.charges[number]["bound"]]["quota"] == quota:
            if _exceeds(world, number):
                charge = world.charges[number]
                used = world.bounds[charge["bound"]]["used"]
                _log_refusal(world, LogKind.QUOTA_EXCEEDED, row, template, used, charge["number"])
            number = world.charges[number]["next"]
    reason = world.templates[template]["refusal"]
    _log_refusal(world, LogKind.POD_FORBIDDEN, row, template, 0, reason)
    if world.log.shape[0] > 0:
        world.log[world.state[0]["num_log"] - 1]["ordinal"] = ordinal
    workload = world.workloads[row]
    workload["refused"] += 1
    if workload["refused_number"] == NONE:
        workload["refused_number"] = world.state[0]["next_uid"]
        workload["refused_ms"] = world.state[0]["now_ms"]
    world.state[0]["next_uid"] += 1


@inner
def is_admitted(world: World, row: int, template: int, ordinal: int) -> bool:
    """Return whether the API lets a workload's controller create a pod now; note if it does not.

    The pod that is refused has the number, and so the name, that the next one would have had.
    """
    entry = world.templates[template]
    if entry["first_charge"] == NONE and entry["refusal"] == NONE:
        return True
    number = NONE
    if entry["refusal"] == NONE:
        number = first_exceeded(world, template)
        if number == NONE:
            return True
    _refuse(world, row, template, ordinal, number)
    return False


@inner
def begin_creating(world: World, row: int) -> None:
    """Let a sync begin in which no pod has been refused yet."""
    world.workloads[row]["refused"] = 0


@inner
def stops_creating(world: World, row: int, num_asked: int) -> bool:
    """Return whether a sync that has asked for so many pods asks for no more.

    Pods are asked for in batches, each twice as large as the one before; after one in which a pod
    was refused no other follows.
    """
    refused = world.workloads[row]["refused"]
    is_batch_over = num_asked & (num_asked + 1) == 0
    return bool(refused > 0 and (is_batch_over or refused >= MAX_REFUSED))


@inner
def end_creating(world: World, row: int) -> bool:
    """Let a controller whose pods were refused try again later; return whether any were.

    Each sync in a row that fails doubles the time; the first one that does not forgets the others.
    """
    workload = world.workloads[row]
    if workload["refused"] == 0:
        if workload["num_refusals"] > 0:
            workload["num_refusals"] = 0
            workload["refused_number"] = NONE
            workload["refused_ms"] = NONE
            workload["retry_ms"] = NONE
        return False
    first_ms = _RETRY_MS
    most_ms = _MAX_RETRY_MS
    if workload["kind"] == WorkloadKind.JOB:
        first_ms = _JOB_RETRY_MS
        most_ms = _MAX_JOB_RETRY_MS
    doublings = min(int(workload["num_refusals"]), _MAX_DOUBLINGS)
    time_ms = world.state[0]["now_ms"] + min(first_ms << doublings, most_ms)
    workload["num_refusals"] += 1
    if workload["retry_ms"] == NONE or time_ms < workload["retry_ms"]:
        workload["retry_ms"] = time_ms
        schedule_event(world, time_ms, Event.RETRY_CREATION, row)
    return True


@inner
def is_retry_due(world: World, row: int) -> bool:
    """Return whether it is for an entry of the heap that is handled that a controller waits.

    It waits no longer then.
    """
    workload = world.workloads[row]
    if workload["present"] == 0 or workload["retry_ms"] != world.state[0]["now_ms"]:
        return False
    workload["retry_ms"] = NONE
    return True
