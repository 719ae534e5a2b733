"""What a Deployment's controller goes by: sums over its ReplicaSets, made once for each sync.

They stand in the Deployment's row and are good until its sync ends; whoever scales a ReplicaSet
keeps them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.cluster.codes import NONE
from simarena.cluster.kernel._jit import inner
from simarena.cluster.kernel.replicaset import report_status

if TYPE_CHECKING:
    from simarena.cluster.records import World


@inner
def find_replicaset(world: World, deployment: int) -> int:
    """Return the row of the ReplicaSet that has the Deployment's template, or NONE; count all."""
    workload = world.workloads[deployment]
    template = workload["template"]
    found = NONE
    number = 0
    child = int(workload["first_child"])
    while child != NONE:
        number += 1
        if found == NONE and world.workloads[child]["template"] == template:
            found = child
        child = int(world.workloads[child]["next_sibling"])
    workload["num_children"] = number
    return found


@inner
def survey(world: World, deployment: int, reads_statuses: int) -> None:
    """Write the sums over a Deployment's ReplicaSets, which report first if `reads_statuses`."""
    workload = world.workloads[deployment]
    wanted = workload["replicas"]
    sum_replicas = 0
    sum_pods = 0
    sum_available = 0
    num_active = 0
    num_behind = 0
    num_delayed = 0
    child = workload["first_child"]
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
        child = replicaset["next_sibling"]
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
