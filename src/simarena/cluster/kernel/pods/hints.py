"""Which waiting pods an event may help: the queueing hints of kube-scheduler's plugins."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

import numpy as np

from simarena.cluster.codes import NONE
from simarena.cluster.codes.scheduling import PLUGINS, NodeHint, mask_of
from simarena.cluster.kernel.pods.queues import requeue
from simarena.cluster.kernel.scheduler.verdicts import static_reasons
from simarena.cluster.records import World
from simarena.jit.decorators import inner

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from simarena.cluster.codes.scheduling import SchedulerPlugin


def _mask(plugins: Iterable[SchedulerPlugin]) -> int:
    return reduce(or_, (plugin.mask for plugin in plugins), 0)


_HELPED_BY_ROOM = _mask(plugin for plugin in PLUGINS if plugin.helped_by_room)
_DEPARTURES = np.array(
    [(plugin.mask, mask_of(plugin.departure_terms)) for plugin in PLUGINS if plugin.departure_terms]
)
_ARRIVALS = np.array(
    [(plugin.mask, mask_of(plugin.arrival_terms)) for plugin in PLUGINS if plugin.arrival_terms]
)
_NODE_TERMS = np.array(
    [(plugin.mask, mask_of(plugin.node_terms)) for plugin in PLUGINS if plugin.node_terms]
)
_ADMITTING = _mask(plugin for plugin in PLUGINS if plugin.node == NodeHint.ADMITTING)
_LARGE = _mask(plugin for plugin in PLUGINS if plugin.node == NodeHint.LARGE)
_ANY = _mask(plugin for plugin in PLUGINS if plugin.node == NodeHint.ANY)
AWAITS_PODS = _mask(plugin for plugin in PLUGINS if plugin.arrival_terms)
"""Reasons that a pod which is bound may lift."""


@inner
def _terms_of(hints: NDArray[np.int64], rejected_by: int) -> int:
    """Return the kinds of terms by which pods rejected for these reasons may be helped."""
    kinds = 0
    for row in range(hints.shape[0]):
        if rejected_by & hints[row, 0]:
            kinds |= hints[row, 1]
    return kinds


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
        helps = rejected_by & _HELPED_BY_ROOM != 0
        if not helps:
            kinds = _terms_of(_DEPARTURES, rejected_by)
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
        kinds = _terms_of(_ARRIVALS, pod["rejected_by"])
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
        kinds = _terms_of(_NODE_TERMS, rejected_by)
        if (
            rejected_by == 0
            or (rejected_by & _ADMITTING and static_reasons(world, template_row, node_row) == 0)
            or (rejected_by & _LARGE and _fits_if_empty(world, template_row, node_row))
            or rejected_by & _ANY
            or (kinds != 0 and _has_topology(world, template_row, node_row, kinds))
        ):
            requeue(world, pod_row)
        pod_row = after
