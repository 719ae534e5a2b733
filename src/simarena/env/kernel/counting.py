"""What the end of a replay looks like: the workload's pods, and why some of them wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.cluster.codes import MAX_REASONS, NONE, Count, Phase, Reason, WorkloadKind
from simarena.cluster.kernel._jit import inner

if TYPE_CHECKING:
    from simarena.cluster.records import World
    from simarena.env.records import Row


@inner
def count_pod(world: World, pod_row: int, episode: Row) -> None:
    """Add a pod to the counts, and what the scheduler said of it; a finished one is left out."""
    pod = world.pods[pod_row]
    if pod["phase"] == Phase.SUCCEEDED or pod["phase"] == Phase.FAILED:
        return
    episode["total"] += 1
    if pod["deleting"]:
        episode["terminating"] += 1
    if pod["ready"]:
        episode["ready"] += 1
    if pod["phase"] == Phase.PENDING:
        episode["pending"] += 1
    if pod["node"] != NONE:
        return
    episode["waiting"] += 1
    if pod["num_attempts"] == 0:
        return
    short_cpu = world.diagnoses[pod_row, Reason.INSUFFICIENT_CPU]
    short_memory = world.diagnoses[pod_row, Reason.INSUFFICIENT_MEMORY]
    if short_cpu > 0:
        episode["short_cpu"] += 1
    if short_memory > 0:
        episode["short_memory"] += 1
    seen = world.diagnoses[pod_row, MAX_REASONS + Count.NODES]
    episode["short_cpu_nodes"] += short_cpu
    episode["short_memory_nodes"] += short_memory
    # A node that lacks resources may lack both; one that refuses for another reason lacks neither.
    episode["other_nodes"] += max(0, seen - short_cpu - short_memory)
    episode["seen_nodes"] += seen


@inner
def _count_pods_of(world: World, replicaset: int, episode: Row) -> None:
    pod_row = world.workloads[replicaset]["first_pod"]
    while pod_row != NONE:
        count_pod(world, pod_row, episode)
        pod_row = world.pods[pod_row]["next_of_owner"]


@inner
def clear_counts(episode: Row) -> None:
    """Set to 0 what `count_pod` adds to."""
    episode["ready"] = 0
    episode["pending"] = 0
    episode["total"] = 0
    episode["waiting"] = 0
    episode["terminating"] = 0
    episode["short_cpu"] = 0
    episode["short_memory"] = 0
    episode["short_cpu_nodes"] = 0
    episode["short_memory_nodes"] = 0
    episode["other_nodes"] = 0
    episode["seen_nodes"] = 0


@inner
def count_pods(world: World, task: Row, episode: Row) -> None:
    """Write into the episode how many pods its workload has, in which state, as the API shows them.

    Pods that are being deleted count until they are gone; finished ones do not count.
    """
    clear_counts(episode)
    workload = world.workloads[task["workload"]]
    if workload["kind"] == WorkloadKind.REPLICASET:
        _count_pods_of(world, task["workload"], episode)
        return
    replicaset = workload["first_child"]
    while replicaset != NONE:
        _count_pods_of(world, replicaset, episode)
        replicaset = world.workloads[replicaset]["next_sibling"]


@inner
def read_requests(world: World, task: Row, episode: Row) -> None:
    """Write into the episode what its workload asks for now."""
    spec = world.specs[task["spec"]]
    template = world.templates[spec["template"]]
    episode["cpu_milli"] = max(template["first_cpu_milli"], 0)
    episode["memory_bytes"] = max(template["first_memory_bytes"], 0)
    episode["replicas"] = spec["replicas"]
