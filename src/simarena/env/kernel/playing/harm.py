"""Whether other workloads fare worse than if nobody had acted: the one definition of harm.

A workload, or a pod without one, is harmed that has fewer ready pods than the same cluster has at
the same moment without any edit, or has lost more pods to eviction or preemption by then. A pod
that has ended well counts as ready: to finish sooner is no harm.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.cluster.codes import NONE, Phase, WorkloadKind
from simarena.jit.decorators import inner

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from simarena.cluster.records import World

WELL = 0
"""Column of a tally: pods that are ready, or have ended well."""
LOST = 1
"""Pods evicted or preempted so far."""


@inner
def num_well(world: World, row: int) -> int:
    """Return how many of a workload's pods are ready, or of a Job's have ended well."""
    workload = world.workloads[row]
    if not workload["present"]:
        return 0
    kind = workload["kind"]
    number = int(workload["num_ready"])
    if kind == WorkloadKind.JOB:
        number += workload["num_succeeded"]
    elif kind == WorkloadKind.DEPLOYMENT:
        number = 0
        child = int(workload["first_live"])
        while child != NONE:
            number += world.workloads[child]["num_ready"]
            child = int(world.workloads[child]["next_live"])
    elif kind == WorkloadKind.CRONJOB:
        number = 0
        child = int(workload["first_child"])
        while child != NONE:
            job = world.workloads[child]
            number += job["num_ready"] + job["num_succeeded"]
            child = int(job["next_sibling"])
    return number


@inner
def is_well(world: World, bare_row: int) -> int:
    """Return 1 if the pod of a row of bare pods is ready or has ended well, else 0."""
    pod_row = world.bare[bare_row]["pod"]
    if pod_row == NONE:
        return 0
    pod = world.pods[pod_row]
    return int(pod["ready"] or pod["phase"] == Phase.SUCCEEDED)


@inner
def fares_worse(num_well: int, num_lost: int, unedited: NDArray[np.int32]) -> bool:
    """Return whether somebody is harmed, given the tally of whoever it is without edits."""
    return bool(num_well < unedited[WELL] or num_lost > unedited[LOST])


@inner
def tally(world: World, num_workloads: int, num_bare: int, table: NDArray[np.int32]) -> None:
    """Write down how the first workloads fare, and after them the first bare pods, one a row."""
    for row in range(num_workloads):
        table[row, WELL] = num_well(world, row)
        table[row, LOST] = world.workloads[row]["num_lost"]
    for row in range(num_bare):
        table[num_workloads + row, WELL] = is_well(world, row)
        table[num_workloads + row, LOST] = world.bare[row]["num_lost"]


@inner
def count_harmed(
    world: World, workload: int, num_workloads: int, num_bare: int, unedited: NDArray[np.int32]
) -> int:
    """Return how many others than `workload` fare worse than in the tally without edits."""
    number = 0
    for row in range(num_workloads):
        if row != workload and fares_worse(
            num_well(world, row), world.workloads[row]["num_lost"], unedited[row]
        ):
            number += 1
    for row in range(num_bare):
        if fares_worse(
            is_well(world, row), world.bare[row]["num_lost"], unedited[num_workloads + row]
        ):
            number += 1
    return number


@inner
def count_worse(table: NDArray[np.int32], unedited: NDArray[np.int32], number: int) -> int:
    """Return how many of the first rows of a tally fare worse than in the tally without edits."""
    worse = 0
    for row in range(number):
        if fares_worse(table[row, WELL], table[row, LOST], unedited[row]):
            worse += 1
    return worse
