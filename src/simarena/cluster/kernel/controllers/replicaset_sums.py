"""What a Deployment's controller goes by: sums over its ReplicaSets, made once for each sync.

They stand in the Deployment's row and are good until its sync ends; whoever scales a ReplicaSet
keeps them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.cluster.codes import NONE, WorkloadKind
from simarena.cluster.kernel.controllers.replicaset import report_status
from simarena.cluster.kernel.controllers.workload_rows import leave_live
from simarena.jit.decorators import inner

if TYPE_CHECKING:
    from simarena.cluster.records import World


@inner
def _is_child_with(world: World, row: int, deployment: int, template: int) -> bool:
    """Return whether a row, which may have been given to others, is such a ReplicaSet."""
    workload = world.workloads[row]
    return bool(
        workload["present"]
        and workload["kind"] == WorkloadKind.REPLICASET
        and workload["owner"] == deployment
        and workload["template"] == template
    )


@inner
def find_replicaset(world: World, deployment: int) -> int:
    """Return the row of the ReplicaSet that has the Deployment's template, or NONE.

    There is one at most. It is noted, and the next time looked at first.
    """
    workload = world.workloads[deployment]
    template = workload["template"]
    newest = int(workload["newest"])
    if newest != NONE and _is_child_with(world, newest, deployment, template):
        return newest
    child = int(workload["first_child"])
    while child != NONE and world.workloads[child]["template"] != template:
        child = int(world.workloads[child]["next_sibling"])
    workload["newest"] = child
    return child


@inner
def _is_idle(world: World, row: int) -> bool:
    """Return whether a ReplicaSet wants, has and makes no pods, and is not said to have any."""
    replicaset = world.workloads[row]
    return bool(
        replicaset["replicas"] == 0
        and replicaset["first_pod"] == NONE
        and replicaset["batch"] == 0
        and replicaset["reported_pods"] == 0
        and replicaset["reported_ready"] == 0
        and replicaset["reported_available"] == 0
    )


@inner
def sum_replicasets(world: World, deployment: int, reads_statuses: int) -> None:
    """Write the sums over a Deployment's ReplicaSets, which report first if `reads_statuses`.

    Those that have no pods, want none and are not said to have any are left out from now on.
    """
    workload = world.workloads[deployment]
    wanted = workload["replicas"]
    sum_replicas = 0
    sum_pods = 0
    sum_available = 0
    num_active = 0
    num_behind = 0
    num_delayed = 0
    before = NONE
    child = int(workload["first_live"])
    while child != NONE:
        if reads_statuses:
            report_status(world, child)
        replicaset = world.workloads[child]
        replicas = int(replicaset["replicas"])
        sum_replicas += replicas
        sum_pods += int(replicaset["reported_pods"])
        sum_available += int(replicaset["reported_available"])
        if replicas > 0:
            num_active += 1
            if replicaset["desired"] != wanted:
                num_behind += 1
        if replicaset["min_ready_ms"] > 0:
            num_delayed += 1
        after = int(replicaset["next_live"])
        if _is_idle(world, child):
            leave_live(world, child, before)
        else:
            before = child
        child = after
    workload["sum_replicas"] = sum_replicas
    workload["reported_pods"] = sum_pods
    workload["reported_available"] = sum_available
    workload["num_active"] = num_active
    workload["num_behind"] = num_behind
    workload["num_delayed"] = num_delayed


@inner
def is_scaling(world: World, deployment: int) -> bool:
    """Return whether the wanted number of pods changed since the ReplicaSets were last scaled."""
    return bool(world.workloads[deployment]["num_behind"] > 0)


@inner
def is_complete(world: World, deployment: int, newest: int) -> bool:
    """Return whether there are just the wanted pods, all of the newest template and available."""
    workload = world.workloads[deployment]
    wanted = workload["replicas"]
    return bool(
        world.workloads[newest]["reported_pods"] == wanted
        and workload["reported_pods"] == wanted
        and workload["reported_available"] == wanted
    )
