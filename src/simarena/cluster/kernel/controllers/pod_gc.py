"""The pod garbage collector: pods that have ended, where there are too many or their node is gone.

Its rules and their order are those of `pkg/controller/podgc` of Kubernetes 1.36.
"""

from __future__ import annotations

from simarena.cluster.codes import Failure, Phase, Status
from simarena.cluster.kernel.ground.events import has_event_room
from simarena.cluster.kernel.pods.life import delete_pod
from simarena.cluster.records import World
from simarena.jit.decorators import inner


@inner
def _goes_first(world: World, first: int, second: int) -> bool:
    """Return whether a pod is collected before another: evicted ones, then older ones."""
    a = world.pods[first]
    b = world.pods[second]
    evicted_a = a["phase"] == Phase.FAILED and a["failure"] == Failure.EVICTED
    evicted_b = b["phase"] == Phase.FAILED and b["failure"] == Failure.EVICTED
    if evicted_a != evicted_b:
        return bool(evicted_a)
    if a["created_ms"] != b["created_ms"]:
        return bool(a["created_ms"] < b["created_ms"])
    return bool(a["uid"] < b["uid"])


@inner
def _sink(world: World, hole: int, size: int) -> None:
    """Let the pod at index `hole` of the heap in the column `ranked` sink to its place."""
    pod_row = world.pods[hole]["ranked"]
    child = 2 * hole + 1
    while child < size:
        if child + 1 < size and _goes_first(
            world, world.pods[child + 1]["ranked"], world.pods[child]["ranked"]
        ):
            child += 1
        if not _goes_first(world, world.pods[child]["ranked"], pod_row):
            break
        world.pods[hole]["ranked"] = world.pods[child]["ranked"]
        hole = child
        child = 2 * hole + 1
    world.pods[hole]["ranked"] = pod_row


@inner
def _has_ended(world: World, pod_row: int) -> bool:
    pod = world.pods[pod_row]
    return bool(pod["present"] and pod["phase"] >= Phase.SUCCEEDED)


@inner
def collect_ended(world: World) -> int:
    """Delete the ended pods beyond the threshold; return a Status, change nothing if not OK.

    The caller has checked that the log takes two rows for each pod.
    """
    state = world.state[0]
    number = state["num_ended"] - world.settings[0]["terminated_pod_gc_threshold"]
    if not has_event_room(world, max(number, 0) + 4):
        return Status.EVENTS_FULL
    state["gc_awake"] = 0
    size = 0
    for pod_row in range(state["num_pods"]):
        if _has_ended(world, pod_row):
            world.pods[size]["ranked"] = pod_row
            size += 1
    for hole in range(size // 2 - 1, -1, -1):
        _sink(world, hole, size)
    for _ in range(min(number, size)):
        pod_row = world.pods[0]["ranked"]
        size -= 1
        world.pods[0]["ranked"] = world.pods[size]["ranked"]
        if size > 0:
            _sink(world, 0, size)
        delete_pod(world, pod_row)
    return Status.OK


@inner
def collect_orphans(world: World, node_row: int) -> None:
    """Delete the pods that have ended on a node that is no more; the node's list lacks them.

    The caller has checked for two rows of the log and an event for each.
    """
    for pod_row in range(world.state[0]["num_pods"]):
        if world.pods[pod_row]["node"] == node_row and _has_ended(world, pod_row):
            delete_pod(world, pod_row)
