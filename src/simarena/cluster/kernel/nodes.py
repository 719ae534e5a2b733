"""Nodes that join, change and leave, and what that means for pods."""

from __future__ import annotations

from simarena.cluster.codes import NONE, Disruption, LogKind, NodeFailure
from simarena.cluster.kernel.controllers.daemonset import wake_daemonsets
from simarena.cluster.kernel.controllers.pod_gc import collect_orphans
from simarena.cluster.kernel.ground.events import log_pod, schedule_pod_event
from simarena.cluster.kernel.pods.hints import requeue_after_node
from simarena.cluster.kernel.pods.life import (
    delete_pod,
    leave_node,
    place_pod,
    remove_pod,
    schedule_eviction,
)
from simarena.cluster.kernel.pods.losses import count_loss
from simarena.cluster.kernel.pods.queues import leave_queue
from simarena.cluster.kernel.pods.starting import mark_ready_again, mark_unready
from simarena.cluster.kernel.scheduler.verdicts import evicted_after_s
from simarena.cluster.records import World
from simarena.jit.decorators import inner


@inner
def _review_evictions(world: World, node_row: int) -> None:
    """Let the pods of a node leave it, or stay, as its NoExecute taints now say.

    A pod whose eviction was due keeps its time while it tolerates the taints for any time at all.
    """
    pod_row = world.nodes[node_row]["first_pod"]
    while pod_row != NONE:
        pod = world.pods[pod_row]
        after_s = evicted_after_s(world, pod["template"], node_row)
        if pod["deleting"] == 0:
            if pod["eviction"] != NONE and after_s <= 1:
                pod["eviction"] = NONE
                log_pod(world, LogKind.EVICTION_CANCELLED, pod_row)
            if pod["eviction"] == NONE:
                schedule_eviction(world, pod_row)
        pod_row = pod["next_on_node"]


@inner
def move_pod(world: World, pod_row: int, node_row: int) -> None:
    """Take a pod from its node or queue, and put it on another node unless that is NONE."""
    leave_queue(world, pod_row)
    if world.pods[pod_row]["node"] != NONE:
        leave_node(world, pod_row)
        world.pods[pod_row]["node"] = NONE
    if node_row != NONE:
        place_pod(world, pod_row, node_row)


@inner
def is_held(world: World, pod_row: int, kind: int) -> bool:
    """Return whether an event of a pod must wait until its node is ready again, and note that."""
    pod = world.pods[pod_row]
    if not world.nodes[pod["node"]]["unreachable"]:
        return False
    pod["ticket"] = NONE
    pod["held"] = kind + 1
    return True


@inner
def evict_pod(world: World, pod_row: int) -> None:
    """Delete a pod for a taint of its node, unless it has gone or is about to.

    The caller has checked `has_event_room(world, 4)`.
    """
    pod = world.pods[pod_row]
    pod["eviction"] = NONE
    if pod["present"] and pod["deleting"] == 0:
        log_pod(world, LogKind.POD_EVICTED, pod_row)
        pod["disrupted"] = Disruption.TAINTED
        count_loss(world, pod_row)
        delete_pod(world, pod_row)


@inner
def set_node_ready(world: World, node_row: int, failure: int) -> None:
    """Make a node ready, or not, by bits of NodeFailure.

    On an unreachable one pods neither start nor end, before it comes back or is removed, and once
    the control plane has turned it from ready to unknown its pods are not ready. Where the kubelet
    itself says that it is not ready its pods go on, as ready as they were. The caller has checked
    that the event heap takes an entry for each pod and 2 for each workload.
    """
    node = world.nodes[node_row]
    not_ready = failure & NodeFailure.NOT_READY
    unreachable = failure & NodeFailure.UNREACHABLE
    was_ready = node["not_ready"] == 0
    node["not_ready"] = not_ready != 0
    node["unreachable"] = unreachable != 0
    pod_row = node["first_pod"]
    while pod_row != NONE:
        pod = world.pods[pod_row]
        after = pod["next_on_node"]
        if unreachable:
            if not_ready and was_ready and pod["ready"] and pod["deleting"] == 0:
                mark_unready(world, pod_row)
                pod["unready_by_node"] = 1
        else:
            if pod["unready_by_node"]:
                mark_ready_again(world, pod_row)
            if pod["held"]:
                now_ms = world.state[0]["now_ms"]
                schedule_pod_event(world, now_ms, pod["held"] - 1, pod_row)
                pod["held"] = 0
        pod_row = after


@inner
def node_changed(world: World, node_row: int) -> None:
    """Move on the unschedulable pods that a changed node may help, and evict by its taints."""
    wake_daemonsets(world, node_row)
    _review_evictions(world, node_row)
    requeue_after_node(world, node_row)


@inner
def node_removed(world: World, node_row: int) -> None:
    """Delete the pods of a node that is no more, as the pod garbage collector does."""
    pod_row = world.nodes[node_row]["first_pod"]
    while pod_row != NONE:
        after = world.pods[pod_row]["next_on_node"]
        world.nodes[node_row]["unreachable"] = 0
        if world.pods[pod_row]["deleting"] and world.pods[pod_row]["held"]:
            remove_pod(world, pod_row)
        else:
            delete_pod(world, pod_row)
        pod_row = after
    collect_orphans(world, node_row)
