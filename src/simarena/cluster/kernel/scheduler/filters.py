"""May this pod run on that node? The filters of kube-scheduler, in its order."""

from __future__ import annotations

from simarena.cluster.codes import NONE, UNRESOLVABLE, Reason
from simarena.cluster.codes.scheduling import mask_of
from simarena.cluster.kernel.pods.folding import unfold_terms
from simarena.cluster.kernel.scheduler.pod_affinity import pod_affinity_reasons
from simarena.cluster.kernel.scheduler.ports import has_free_ports
from simarena.cluster.kernel.scheduler.spreading import find_least, spread_reasons
from simarena.cluster.kernel.scheduler.verdicts import static_reasons
from simarena.cluster.records import World
from simarena.jit.decorators import inner

_ELSEWHERE = 1 << Reason.NODE_AFFINITY_PREFILTER | UNRESOLVABLE
_TAINT = 1 << Reason.TAINT
_BEFORE_TAINTS = mask_of(
    reason
    for reason in Reason
    if reason <= Reason.TAINT or reason == Reason.NODE_AFFINITY_PREFILTER
)
_NODE_PORTS = 1 << Reason.NODE_PORTS
_TOO_MANY_PODS = 1 << Reason.TOO_MANY_PODS
_CPU = 1 << Reason.INSUFFICIENT_CPU
_MEMORY = 1 << Reason.INSUFFICIENT_MEMORY
_EPHEMERAL = 1 << Reason.INSUFFICIENT_EPHEMERAL_STORAGE


@inner
def fit_reasons(world: World, template_row: int, node_row: int) -> int:
    """Return the mask of resources the node is short of for the pod (NodeResourcesFit).

    A request above what the node could ever give is UNRESOLVABLE.
    """
    node = world.nodes[node_row]
    template = world.templates[template_row]
    reasons = 0
    if node["num_pods"] + 1 > node["max_pods"]:
        reasons |= _TOO_MANY_PODS
    cpu = template["cpu_milli"]
    if cpu > 0 and cpu > node["cpu_milli"] - node["cpu_requested_milli"]:
        reasons |= _CPU
        if cpu > node["cpu_milli"]:
            reasons |= UNRESOLVABLE
    memory = template["memory_bytes"]
    if memory > 0 and memory > node["memory_bytes"] - node["memory_requested_bytes"]:
        reasons |= _MEMORY
        if memory > node["memory_bytes"]:
            reasons |= UNRESOLVABLE
    ephemeral = template["ephemeral_bytes"]
    if ephemeral > 0 and ephemeral > node["ephemeral_bytes"] - node["ephemeral_requested_bytes"]:
        reasons |= _EPHEMERAL
        if ephemeral > node["ephemeral_bytes"]:
            reasons |= UNRESOLVABLE
    if template["has_extended"]:
        for column in range(world.template_extended.shape[1]):
            wanted = world.template_extended[template_row, column]
            allocatable = world.node_extended[node_row, column, 0]
            if wanted > 0 and wanted > allocatable - world.node_extended[node_row, column, 1]:
                reasons |= 1 << (Reason.INSUFFICIENT_EXTENDED + column)
                if wanted > allocatable:
                    reasons |= UNRESOLVABLE
    return reasons


@inner
def node_reasons(world: World, template_row: int, node_row: int) -> int:
    """Return why a node by itself rejects pods of this template, whatever is on other nodes.

    Only the first filter that fails gives reasons, as in the scheduling framework. What counts is
    the node's pods and `memory_pressure`, and what the template and the node decide between them.
    """
    reasons = static_reasons(world, template_row, node_row)
    template = world.templates[template_row]
    if (
        world.nodes[node_row]["memory_pressure"]
        and template["tolerates_pressure"] == 0
        and reasons & _BEFORE_TAINTS == 0
    ):
        return _TAINT | UNRESOLVABLE
    if reasons != 0:
        return reasons
    if template["has_ports"] and not has_free_ports(world, template_row, node_row):
        return _NODE_PORTS
    return fit_reasons(world, template_row, node_row)


@inner
def neighbour_reasons(world: World, template_row: int, node_row: int) -> int:
    """Return why a node rejects pods of this template for where other pods are.

    The caller has called `prepare_filters` since pods were last counted.
    """
    reasons = spread_reasons(world, template_row, node_row)
    if reasons != 0:
        return reasons
    return pod_affinity_reasons(world, template_row, node_row)


@inner
def prepare_filters(world: World, template_row: int) -> None:
    """Find out once in a cycle what the filters ask of all nodes together.

    Counts that they look at are unfolded until this is called again.
    """
    template = world.templates[template_row]
    if template["filters_pods"] or template["has_ports"]:
        unfold_terms(world, template_row)
    if template["filters_pods"]:
        find_least(world, template_row)


@inner
def filter_node(world: World, template_row: int, node_row: int) -> int:
    """Return why a pod of this template cannot run on the node: a mask of Reason bits, 0 if it can.

    Only the first filter that fails gives reasons, as in the scheduling framework. The caller has
    called `prepare_filters` since pods were last counted.
    """
    only_node = world.state[0]["only_node"]
    if only_node != NONE and node_row != only_node:
        return _ELSEWHERE
    reasons = node_reasons(world, template_row, node_row)
    if reasons != 0 or not world.templates[template_row]["filters_pods"]:
        return reasons
    return neighbour_reasons(world, template_row, node_row)
