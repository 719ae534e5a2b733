"""The pod garbage collector: pods that have ended, where there are too many or their node is gone.

Its rules and their order are those of `pkg/controller/podgc` of Kubernetes 1.36.
"""

from __future__ import annotations

from simarena.cluster.codes import Phase, Status
from simarena.cluster.kernel.controllers.deletion_order import BY_END, choose_first
from simarena.cluster.kernel.ground.events import has_event_room
from simarena.cluster.kernel.pods.life import delete_pod
from simarena.cluster.records import World
from simarena.jit.decorators import inner


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
            world.ranked[size] = pod_row
            size += 1
    number = max(min(number, size), 0)
    begin = choose_first(world, BY_END, size, number)
    for index in range(begin + number - 1, begin - 1, -1):
        delete_pod(world, world.ranked[index])
    return Status.OK


@inner
def collect_orphans(world: World, node_row: int) -> None:
    """Delete the pods that have ended on a node that is no more; the node's list lacks them.

    The caller has checked for two rows of the log and an event for each.
    """
    for pod_row in range(world.state[0]["num_pods"]):
        if world.pods[pod_row]["node"] == node_row and _has_ended(world, pod_row):
            delete_pod(world, pod_row)
