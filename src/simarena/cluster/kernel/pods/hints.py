"""Which waiting pods an event may help: the queueing hints of kube-scheduler's plugins."""

from __future__ import annotations

from simarena.cluster.codes import MAX_REASONS, NONE, Reason, TermKind
from simarena.cluster.kernel.pods.queues import requeue
from simarena.cluster.records import World
from simarena.jit.decorators import inner

_OF_NEIGHBOURS = (
    1 << Reason.POD_AFFINITY | 1 << Reason.POD_ANTI_AFFINITY | 1 << Reason.EXISTING_ANTI_AFFINITY
)
_OF_SPREADING = 1 << Reason.SPREAD | 1 << Reason.SPREAD_MISSING_LABEL
_OF_FIT = ((1 << MAX_REASONS) - (1 << Reason.INSUFFICIENT_EXTENDED)) | (
    1 << Reason.TOO_MANY_PODS
    | 1 << Reason.INSUFFICIENT_CPU
    | 1 << Reason.INSUFFICIENT_MEMORY
    | 1 << Reason.INSUFFICIENT_EPHEMERAL_STORAGE
)
_OF_PORTS = 1 << Reason.NODE_PORTS
_OF_NODE_ALONE = (
    1 << Reason.NODE_UNSCHEDULABLE
    | 1 << Reason.NODE_NAME
    | 1 << Reason.TAINT
    | 1 << Reason.NODE_AFFINITY
    | 1 << Reason.NODE_AFFINITY_PREFILTER
)
AWAITS_PODS = _OF_NEIGHBOURS | _OF_SPREADING
"""Reasons that a pod which is bound may lift."""

_PORTS = 1 << TermKind.HOST_PORT
_SPREADING = 1 << TermKind.SPREAD
_AFFINITY = 1 << TermKind.AFFINITY
_ANTI_AFFINITY = 1 << TermKind.ANTI_AFFINITY | 1 << TermKind.EXISTING_ANTI_AFFINITY


@inner
def _concerns(world: World, waiting_row: int, other_row: int, kinds: int) -> bool:
    """Return whether pods of one template count for a term, of these kinds, of another template."""
    row = world.templates[waiting_row]["first_term"]
    while row != NONE:
        term = world.terms[row]
        if 1 << term["kind"] & kinds:
            counted = world.templates[other_row]["first_counted"]
            while counted != NONE:
                if world.terms[counted]["counter"] == term["counter"]:
                    return True
                counted = world.terms[counted]["next"]
        row = term["next"]
    return False


@inner
def requeue_after_departure(world: World, template_row: int) -> None:
    """Move on the unschedulable pods that the end of a pod of this template may help.

    Room may help every pod that lacked room. The rest is helped by the end of pods that count for
    what rejected it.
    """
    pod_row = world.state[0]["first_unschedulable"]
    while pod_row != NONE:
        pod = world.pods[pod_row]
        after = pod["next_in_queue"]
        rejected_by = pod["rejected_by"]
        helps = rejected_by & _OF_FIT != 0
        if not helps:
            kinds = 0
            if rejected_by & _OF_PORTS:
                kinds |= _PORTS
            if rejected_by & _OF_SPREADING:
                kinds |= _SPREADING
            if rejected_by & _OF_NEIGHBOURS:
                kinds |= _ANTI_AFFINITY
            helps = kinds != 0 and _concerns(world, pod["template"], template_row, kinds)
        if helps:
            requeue(world, pod_row)
        pod_row = after


@inner
def requeue_after_arrival(world: World, template_row: int) -> None:
    """Move on the unschedulable pods that a pod of this template, now bound, may help."""
    pod_row = world.state[0]["first_unschedulable"]
    while pod_row != NONE:
        pod = world.pods[pod_row]
        after = pod["next_in_queue"]
        rejected_by = pod["rejected_by"]
        kinds = 0
        if rejected_by & _OF_SPREADING:
            kinds |= _SPREADING
        if rejected_by & _OF_NEIGHBOURS:
            kinds |= _AFFINITY
        if kinds != 0 and _concerns(world, pod["template"], template_row, kinds):
            requeue(world, pod_row)
        pod_row = after


@inner
def _fits_if_empty(world: World, template_row: int, node_row: int) -> bool:
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
def _has_topology(world: World, template_row: int, node_row: int, kinds: int) -> bool:
    """Return whether a node has the label of any term of these kinds."""
    row = world.templates[template_row]["first_term"]
    while row != NONE:
        term = world.terms[row]
        if 1 << term["kind"] & kinds and world.node_domains[node_row, term["key"]] != NONE:
            return True
        row = term["next"]
    return False


@inner
def requeue_after_node(world: World, node_row: int) -> None:
    """Move on the unschedulable pods that a new or changed node may help.

    Each filter that rejected a pod judges by what it looks at alone. Where there was no node at
    all, none did, and any node will do.
    """
    pod_row = world.state[0]["first_unschedulable"]
    while pod_row != NONE:
        pod = world.pods[pod_row]
        after = pod["next_in_queue"]
        template_row = pod["template"]
        rejected_by = pod["rejected_by"]
        kinds = 0
        if rejected_by & _OF_SPREADING:
            kinds |= _SPREADING
        if rejected_by & _OF_NEIGHBOURS:
            kinds |= _AFFINITY | _ANTI_AFFINITY
        if (
            rejected_by == 0
            or (
                rejected_by & _OF_NODE_ALONE
                and world.template_nodes[template_row, node_row]["reasons"] == 0
            )
            or (rejected_by & _OF_FIT and _fits_if_empty(world, template_row, node_row))
            or rejected_by & _OF_PORTS
            or (kinds != 0 and _has_topology(world, template_row, node_row, kinds))
        ):
            requeue(world, pod_row)
        pod_row = after
