"""The scheduler's plugins: what each is called, filters, scores and waits for, in one table.

Filters, scores, hints, explanations and messages read it; `PLUGINS` says what a plugin needs.
"""

from __future__ import annotations

from enum import IntEnum
from functools import reduce
from operator import or_
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MAX_SCORE = 100
"""Highest score that a scheduler plugin gives a node (Kubernetes: `MaxNodeScore`)."""


class Reason(IntEnum):
    """Why a node cannot take a pod: the bit number in a node's mask of reasons.

    The order is that in which the scheduler's filters run. Extended resources follow
    INSUFFICIENT_EXTENDED: the bit of column `r` of the table of extended resources is
    INSUFFICIENT_EXTENDED + r.
    """

    NODE_UNSCHEDULABLE = 0
    NODE_NAME = 1
    TAINT = 2
    NODE_AFFINITY = 3
    NODE_PORTS = 4
    TOO_MANY_PODS = 5
    INSUFFICIENT_CPU = 6
    INSUFFICIENT_MEMORY = 7
    INSUFFICIENT_EPHEMERAL_STORAGE = 8
    SPREAD = 9
    SPREAD_MISSING_LABEL = 10
    POD_AFFINITY = 11
    POD_ANTI_AFFINITY = 12
    EXISTING_ANTI_AFFINITY = 13
    NODE_AFFINITY_PREFILTER = 14
    """Left out because the pod's affinity names other nodes."""
    INSUFFICIENT_EXTENDED = 15


class TermKind(IntEnum):
    """What a pod template asks of the pods around it, for the scheduler's filters and scores."""

    HOST_PORT = 0
    """No pod of the counter on the node (NodePorts)."""
    SPREAD = 1
    """A constraint with DoNotSchedule (PodTopologySpread)."""
    SPREAD_SCORE = 2
    """A constraint with ScheduleAnyway (PodTopologySpread)."""
    AFFINITY = 3
    """Required affinity: pods of the counter in the node's domain (InterPodAffinity)."""
    ANTI_AFFINITY = 4
    """Required anti-affinity: none of them."""
    EXISTING_ANTI_AFFINITY = 5
    """Required anti-affinity of other pods: none that has it in the node's domain."""
    PREFERENCE = 6
    """Preferred terms of this template, and of others about it: weight for each pod counted."""
    COUNTED = 7
    """Not a wish: pods of this template count, `weight` each."""
    BUDGET = 8
    """Not a wish: pods of this template belong to a PodDisruptionBudget, whose row `counter` is."""
    SELECTED = 9
    """Not a wish: the selector of another workload, whose row `counter` is, means its pods, too."""
    MEASURED = 10
    """Not a wish: autoscalers ask for a metric, whose number `counter` is, that its pods have. It
    is in the `weight` rows of usage from `key` on; of a container's use there is one that tells
    its request in thousandths, or NONE, its CPU limit (`others`) and its index (`since_ms`)."""


class Plugin(IntEnum):
    """Plugins of the scheduler that score nodes: columns of the table of scores."""

    TAINT = 0
    AFFINITY = 1
    FIT = 2
    BALANCED = 3
    SPREAD = 4
    POD_AFFINITY = 5
    IMAGE = 6


class Count(IntEnum):
    """Columns of a diagnosis, after those of `Reason` (one a bit, MAX_REASONS of them)."""

    NODES = 0
    """Nodes that were looked at."""
    NO_VICTIMS = 1
    """Nodes on which preemption found no victims."""
    NOT_HELPFUL = 2
    """Nodes on which preemption cannot help."""
    NEVER = 3
    """1 when the pod's preemption policy is Never."""
    WAITING = 4
    """1 while a victim of the pod's last preemption is still being deleted."""
    CONFLICT = 5
    """1 when the pod's affinity names no node that could be, so that none was looked at."""
    STILL = 6
    """First of MAX_REASONS columns: nodes by reason that holds without pods of lower priority."""


MAX_EXTENDED_RESOURCES = 16
"""Names of extended resources that one cluster can hold."""

MAX_REASONS = Reason.INSUFFICIENT_EXTENDED + MAX_EXTENDED_RESOURCES
"""Bits in a mask of reasons."""

NUM_COUNTS = MAX_REASONS + Count.STILL + MAX_REASONS
"""Columns of a diagnosis."""

UNRESOLVABLE = 1 << 62
"""Bit of a mask of reasons: no preemption can make room on this node."""


class NodeHint(IntEnum):
    """What a new or changed node must be, so that it may help a pod that a plugin rejected."""

    ADMITTING = 0
    """By what the pod and the node say alone, the pod may go there."""
    LARGE = 1
    """Empty, it would have room for the pod."""
    LABELLED = 2
    """It has the label of a term of one of the plugin's `node_terms`."""
    ANY = 3


_NONE: Mapping[Reason, str] = MappingProxyType({})


class SchedulerPlugin(NamedTuple):
    """One plugin of kube-scheduler."""

    name: str
    reasons: Mapping[Reason, str] = _NONE
    """Why it rejects nodes, in words; empty: it does not filter."""
    column: Plugin | None = None
    """Of its scores; None: it does not score."""
    weight: int = 0
    """Of its scores in a node's total."""
    helped_by_room: bool = False
    """The end of any pod may help one that it rejected."""
    departure_terms: tuple[TermKind, ...] = ()
    """The end of a pod that counts for such a term of the one rejected may help."""
    arrival_terms: tuple[TermKind, ...] = ()
    """So may the binding of such a pod."""
    node: NodeHint | None = None
    """Which new or changed nodes may help; None where it does not filter."""
    node_terms: tuple[TermKind, ...] = ()

    @property
    def mask(self) -> int:
        """Bits of its reasons in a node's mask; extended resources have one each."""
        mask = mask_of(self.reasons)
        if Reason.INSUFFICIENT_EXTENDED in self.reasons:
            mask |= (1 << MAX_REASONS) - (1 << Reason.INSUFFICIENT_EXTENDED)
        return mask


def mask_of(codes: Iterable[int]) -> int:
    """Return a mask with the bits of these codes."""
    return reduce(or_, (1 << code for code in codes), 0)


PLUGINS: tuple[SchedulerPlugin, ...] = (
    SchedulerPlugin(
        "NodeUnschedulable",
        {Reason.NODE_UNSCHEDULABLE: "node(s) were unschedulable"},
        node=NodeHint.ADMITTING,
    ),
    SchedulerPlugin(
        "NodeName",
        {Reason.NODE_NAME: "node(s) didn't match the requested node name"},
        node=NodeHint.ADMITTING,
    ),
    SchedulerPlugin(
        "TaintToleration",
        {Reason.TAINT: "node(s) had untolerated taint(s)"},
        column=Plugin.TAINT,
        weight=3,
        node=NodeHint.ADMITTING,
    ),
    SchedulerPlugin(
        "NodeAffinity",
        {
            Reason.NODE_AFFINITY: "node(s) didn't match Pod's node affinity/selector",
            Reason.NODE_AFFINITY_PREFILTER: "node(s) didn't satisfy plugin(s) [NodeAffinity]",
        },
        column=Plugin.AFFINITY,
        weight=2,
        node=NodeHint.ADMITTING,
    ),
    SchedulerPlugin(
        "NodePorts",
        {Reason.NODE_PORTS: "node(s) didn't have free ports for the requested pod ports"},
        departure_terms=(TermKind.HOST_PORT,),
        node=NodeHint.ANY,
    ),
    SchedulerPlugin(
        "NodeResourcesFit",
        {
            Reason.TOO_MANY_PODS: "Too many pods",
            Reason.INSUFFICIENT_CPU: "Insufficient cpu",
            Reason.INSUFFICIENT_MEMORY: "Insufficient memory",
            Reason.INSUFFICIENT_EPHEMERAL_STORAGE: "Insufficient ephemeral-storage",
            Reason.INSUFFICIENT_EXTENDED: "Insufficient {resource}",
        },
        column=Plugin.FIT,
        weight=1,
        helped_by_room=True,
        node=NodeHint.LARGE,
    ),
    SchedulerPlugin(
        "PodTopologySpread",
        {
            Reason.SPREAD: "node(s) didn't match pod topology spread constraints",
            Reason.SPREAD_MISSING_LABEL: (
                "node(s) didn't match pod topology spread constraints (missing required label)"
            ),
        },
        column=Plugin.SPREAD,
        weight=2,
        departure_terms=(TermKind.SPREAD,),
        arrival_terms=(TermKind.SPREAD,),
        node=NodeHint.LABELLED,
        node_terms=(TermKind.SPREAD,),
    ),
    SchedulerPlugin(
        "InterPodAffinity",
        {
            Reason.POD_AFFINITY: "node(s) didn't match pod affinity rules",
            Reason.POD_ANTI_AFFINITY: "node(s) didn't match pod anti-affinity rules",
            Reason.EXISTING_ANTI_AFFINITY: (
                "node(s) didn't satisfy existing pods anti-affinity rules"
            ),
        },
        column=Plugin.POD_AFFINITY,
        weight=2,
        departure_terms=(TermKind.ANTI_AFFINITY, TermKind.EXISTING_ANTI_AFFINITY),
        arrival_terms=(TermKind.AFFINITY,),
        node=NodeHint.LABELLED,
        node_terms=(TermKind.AFFINITY, TermKind.ANTI_AFFINITY, TermKind.EXISTING_ANTI_AFFINITY),
    ),
    SchedulerPlugin("NodeResourcesBalancedAllocation", column=Plugin.BALANCED, weight=1),
    SchedulerPlugin("ImageLocality", column=Plugin.IMAGE, weight=1),
)
"""The plugins that are simulated, in the order in which their filters run.

Of those that fail only the first gives its reasons. Order and weights are those of the default
configuration of Kubernetes 1.36.
"""
