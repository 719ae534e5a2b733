"""Nodes that join, change and leave, and what that means for pods."""

from __future__ import annotations

from simarena.cluster.codes import NONE, WorkloadKind
from simarena.cluster.kernel._jit import inner, kernel
from simarena.cluster.kernel.events import wake_workload
from simarena.cluster.kernel.pods import delete_pod
from simarena.cluster.kernel.queues import requeue
from simarena.cluster.records import World


@inner
def _would_help(world: World, template_row: int, node_row: int) -> bool:
    """Return whether a pod of this template could run on the node if that were empty."""
    if world.template_nodes[template_row, node_row]["reasons"] != 0:
        return False
    template = world.templates[template_row]
    node = world.nodes[node_row]
    for column in range(world.template_extended.shape[1]):
        if world.template_extended[template_row, column] > world.node_extended[node_row, column, 0]:
            return False
    return (
        template["cpu_milli"] <= node["cpu_milli"]
        and template["memory_bytes"] <= node["memory_bytes"]
        and template["ephemeral_bytes"] <= node["ephemeral_bytes"]
        and node["max_pods"] > 0
    )


@inner
def wake_daemonsets(world: World) -> None:
    """Let every DaemonSet look at the nodes again."""
    for row in range(world.state[0]["num_workloads"]):
        workload = world.workloads[row]
        if workload["kind"] == WorkloadKind.DAEMONSET and workload["present"]:
            wake_workload(world, row)


@kernel
def node_changed(world: World, node_row: int) -> None:
    """Move on the unschedulable pods that a new or changed node may help."""
    wake_daemonsets(world)
    pod_row = world.state[0]["first_unschedulable"]
    while pod_row != NONE:
        after = world.pods[pod_row]["next_in_queue"]
        if _would_help(world, world.pods[pod_row]["template"], node_row):
            requeue(world, pod_row)
        pod_row = after


@kernel
def node_removed(world: World, node_row: int) -> None:
    """Delete the pods of a node that is no more, as the pod garbage collector does."""
    wake_daemonsets(world)
    pod_row = world.nodes[node_row]["first_pod"]
    while pod_row != NONE:
        after = world.pods[pod_row]["next_on_node"]
        delete_pod(world, pod_row)
        pod_row = after
