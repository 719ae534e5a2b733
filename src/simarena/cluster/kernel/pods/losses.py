"""Pods that a workload loses to others: to the kubelet's eviction, to a taint, to preemption."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.cluster.codes import NONE
from simarena.jit.decorators import inner

if TYPE_CHECKING:
    from simarena.cluster.records import World


@inner
def count_loss(world: World, pod_row: int) -> None:
    """Count an evicted or preempted pod at the workload that it is of in the end.

    That is the Deployment of its ReplicaSet, the CronJob of its Job; a pod without an owner counts
    at its own row of bare pods.
    """
    pod = world.pods[pod_row]
    owner = pod["owner"]
    if owner == NONE:
        if pod["bare"] != NONE:
            world.bare[pod["bare"]]["num_lost"] += 1
        return
    above = world.workloads[owner]["owner"]
    world.workloads[owner if above == NONE else above]["num_lost"] += 1
