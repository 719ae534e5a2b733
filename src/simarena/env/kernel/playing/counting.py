"""What the end of a replay looks like: the workload's pods, and why some of them wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simarena.cluster.codes import (
    MAX_REASONS,
    NONE,
    Containers,
    Count,
    Exit,
    Phase,
    Reason,
    WorkloadKind,
)
from simarena.env.records.episode import POD_COUNTS
from simarena.jit.decorators import inner
from simarena.jit.memory import copy_shared

if TYPE_CHECKING:
    from simarena.cluster.records import World
    from simarena.env.records.episode import Row

_NO_PODS = np.zeros(1, POD_COUNTS)


@inner
def _count_failures(world: World, pod_row: int, episode: Row) -> None:
    """Count a failed pod, or how often a pod's containers ended, and whether it was for memory."""
    pod = world.pods[pod_row]
    if pod["phase"] == Phase.FAILED:
        episode["evicted"] += 1
        return
    if (
        world.settings[0]["real_kubelet"] == 0
        or pod["node"] == NONE
        or pod["phase"] == Phase.SUCCEEDED
    ):
        return
    episode["failures"] += pod["num_restarts"]
    if pod["containers"] == Containers.ENDED or pod["containers"] == Containers.BACKOFF:
        episode["failures"] += 1
    if pod["exit"] == Exit.OOM_KILLED:
        episode["oom_killed"] += 1


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
        _count_failures(world, pod_row, episode)
        pod_row = world.pods[pod_row]["next_of_owner"]


@inner
def clear_counts(episode: Row) -> None:
    """Set all counts of pods to 0."""
    copy_shared(_NO_PODS[0], episode)


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
    replicaset = workload["first_live"]
    while replicaset != NONE:
        _count_pods_of(world, replicaset, episode)
        replicaset = world.workloads[replicaset]["next_live"]


@inner
def _peak(world: World, first: int, number: int) -> int:
    """Return the most that a container uses by these rows of usage, NONE where there are none."""
    most = NONE
    for row in range(first, first + number):
        most = max(most, world.usage[row]["each"])
    return most


@inner
def _waste(asked: int, used: int) -> float:
    return asked / used if used > 0 else 0.0


@inner
def read_requests(world: World, task: Row, episode: Row) -> None:
    """Write into the episode what its workload asks for now, and what it uses at most."""
    spec = world.specs[task["spec"]]
    template = world.templates[spec["template"]]
    cpu_milli = max(template["first_cpu_milli"], 0)
    memory_bytes = max(template["first_memory_bytes"], 0)
    cpu_used_milli = _peak(world, template["cpu_usage"], template["num_cpu_usage"])
    memory_used_bytes = _peak(world, template["memory_usage"], template["num_memory_usage"])
    episode["cpu_milli"] = cpu_milli
    episode["memory_bytes"] = memory_bytes
    episode["replicas"] = spec["replicas"]
    episode["cpu_used_milli"] = cpu_used_milli
    episode["memory_used_bytes"] = memory_used_bytes
    episode["memory_limit_bytes"] = template["first_memory_limit_bytes"]
    episode["waste"] = max(
        _waste(cpu_milli, cpu_used_milli), _waste(memory_bytes, memory_used_bytes)
    )
