"""Which controller looks at a workload."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.cluster.codes import NONE, Status, WorkloadKind
from simarena.cluster.kernel.controllers.cronjob import sync_cronjob
from simarena.cluster.kernel.controllers.daemonset import sync_daemonset
from simarena.cluster.kernel.controllers.job import sync_job
from simarena.cluster.kernel.controllers.replicaset import release_replicaset
from simarena.cluster.kernel.controllers.statefulset import sync_statefulset
from simarena.jit.decorators import inner

if TYPE_CHECKING:
    from simarena.cluster.records import World


@inner
def sync_workload(world: World, row: int) -> int:
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
        release_replicaset(world, row)
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
