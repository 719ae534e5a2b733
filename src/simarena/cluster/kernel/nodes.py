"""Nodes that join, change and leave, and what that means for pods."""

from __future__ import annotations

from simarena.cluster.codes import NONE, WorkloadKind
from simarena.cluster.kernel._jit import inner
from simarena.cluster.kernel.events import wake_workload
from simarena.cluster.kernel.hints import requeue_after_node
from simarena.cluster.kernel.pods import delete_pod
from simarena.cluster.records import World


@inner
def wake_daemonsets(world: World) -> None:
    """Let every DaemonSet look at the nodes again."""
    for row in range(world.state[0]["num_workloads"]):
        workload = world.workloads[row]
        if workload["kind"] == WorkloadKind.DAEMONSET and workload["present"]:
            wake_workload(world, row)


@inner
def node_changed(world: World, node_row: int) -> None:
    """Move on the unschedulable pods that a new or changed node may help."""
    wake_daemonsets(world)
    requeue_after_node(world, node_row)


@inner
def node_removed(world: World, node_row: int) -> None:
    """Delete the pods of a node that is no more, as the pod garbage collector does."""
    wake_daemonsets(world)
    pod_row = world.nodes[node_row]["first_pod"]
    while pod_row != NONE:
        after = world.pods[pod_row]["next_on_node"]
        delete_pod(world, pod_row)
        pod_row = after
