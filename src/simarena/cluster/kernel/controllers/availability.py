"""Which pods of a workload are available, how many are, and when the next one will be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.cluster.codes import NONE
from simarena.cluster.kernel.ground.events import wake_at
from simarena.jit.decorators import inner

if TYPE_CHECKING:
    from simarena.cluster.records import Rows, World


@inner
def is_available(pods: Rows, pod_row: int, latest_ms: int) -> bool:
    """Return whether a pod is ready, has been so since `latest_ms` or before, and stays.

    Kernels that are called from many places get by with fewer tables: each World that is handed on
    takes time to compile.
    """
    pod = pods[pod_row]
    return bool(pod["ready"] and pod["deleting"] == 0 and pod["ready_ms"] <= latest_ms)


@inner
def num_available(world: World, row: int) -> int:
    """Return how many pods of a workload have been ready for its minReadySeconds."""
    workload = world.workloads[row]
    min_ready_ms = workload["min_ready_ms"]
    if min_ready_ms == 0:
        return int(workload["num_ready"])
    now_ms = world.state[0]["now_ms"]
    number = 0
    pod_row = workload["first_pod"]
    while pod_row != NONE:
        pod = world.pods[pod_row]
        if pod["ready"] and pod["deleting"] == 0 and pod["ready_ms"] + min_ready_ms <= now_ms:
            number += 1
        pod_row = pod["next_of_owner"]
    return number


@inner
def await_available(world: World, row: int) -> None:
    """Wake a workload when the next ready pod will have been ready for long enough."""
    workload = world.workloads[row]
    min_ready_ms = workload["min_ready_ms"]
    if min_ready_ms == 0:
        return
    pod_row = workload["first_pod"]
    while pod_row != NONE:
        pod = world.pods[pod_row]
        if pod["ready"] and pod["deleting"] == 0:
            time_ms = pod["ready_ms"] + min_ready_ms
            if time_ms > world.state[0]["now_ms"]:
                wake_at(world, row, time_ms)
        pod_row = pod["next_of_owner"]
