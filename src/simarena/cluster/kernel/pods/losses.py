"""Pods that a workload loses: a Job's that fail, and any that are evicted or preempted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.cluster.codes import NONE, Counted, Exit, Failure, FailureAction, Phase, PodEnd
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


@inner
def end_of(world: World, pod_row: int) -> int:
    """Return how a pod of a Job failed (a PodEnd)."""
    pod = world.pods[pod_row]
    if pod["phase"] == Phase.FAILED:
        if pod["failure"] == Failure.EVICTED:
            return PodEnd.EVICTED
        return PodEnd.OOM_KILLED if pod["exit"] == Exit.OOM_KILLED else PodEnd.EXITED
    return PodEnd.DISRUPTED if pod["disrupted"] else PodEnd.DELETED


@inner
def count_failure(world: World, pod_row: int, end: int) -> None:
    """Count a pod of a Job as failed, once, as the Job's pod failure policy says."""
    pod = world.pods[pod_row]
    workload = world.workloads[pod["owner"]]
    if pod["counted"] != Counted.NOT_YET:
        return
    spec = world.specs[workload["spec"]]
    action = spec["on_end"][end]
    workload["num_failures"] += 1
    workload["last_failed_ms"] = world.state[0]["now_ms"]
    if action == FailureAction.IGNORE:
        pod["counted"] = Counted.IGNORED
        return
    pod["counted"] = Counted.COUNTED
    workload["num_failed"] += 1
    if action == FailureAction.FAIL_JOB and workload["decided_by"] == NONE:
        workload["decided_by"] = pod["uid"]
        workload["decided_ordinal"] = pod["ordinal"]
        workload["decided_end"] = end
    limit = spec["index_backoff_limit"]
    if limit != NONE and (action == FailureAction.FAIL_INDEX or pod["index_failures"] >= limit):
        pod["fails_index"] = 1
        workload["num_failed_indexes"] += 1
