"""Where a pod may go, as far as it and the node decide that between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from simarena.cluster.codes import UNRESOLVABLE, Reason
from simarena.cluster.manifests.fields import mapping, string_map
from simarena.cluster.manifests.pods.affinity import PodAffinity, read_pod_affinity
from simarena.cluster.manifests.pods.node_affinity import NodeChoice, read_node_affinity
from simarena.cluster.manifests.pods.spreading import read_spreading
from simarena.cluster.manifests.pods.taints import (
    UNSCHEDULABLE,
    first_untolerated_taint,
    num_untolerated_preferred,
    read_tolerations,
    tolerates,
)

if TYPE_CHECKING:
    from simarena.cluster.manifests.fields import Fields
    from simarena.cluster.manifests.nodes import NodeTraits
    from simarena.cluster.manifests.pods.node_affinity import WeightedNodes
    from simarena.cluster.manifests.pods.spreading import SpreadConstraint
    from simarena.cluster.manifests.pods.taints import Toleration


_ANY_NODE: Final = NodeChoice()
_NO_AFFINITY: Final = PodAffinity()


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """The fields of a pod's spec that decide where it may go."""

    node_name: str = ""
    """Of the node that it was given; empty: the scheduler chooses."""
    tolerations: tuple[Toleration, ...] = ()
    nodes: NodeChoice = _ANY_NODE
    preferred_nodes: tuple[WeightedNodes, ...] = ()
    near: PodAffinity = _NO_AFFINITY
    apart: PodAffinity = _NO_AFFINITY
    spreading: tuple[SpreadConstraint, ...] = ()


class StaticVerdict(NamedTuple):
    """What a pod template and a node decide between them, whatever else runs there."""

    reasons: int
    """Mask of the first filter that fails, UNRESOLVABLE set; 0 where none does."""

    num_preferred_taints: int
    """Untolerated PreferNoSchedule taints."""

    affinity_weight: int
    """Sum of the weights of the preferred terms that match."""


def read_placement(pod_spec: Fields, where: str) -> Placement:
    """Return where a pod may go; ManifestError unless all that says so is well formed."""
    selector = tuple(string_map(pod_spec, "nodeSelector", where).items())
    tolerations = read_tolerations(pod_spec, where)
    affinity, at = mapping(pod_spec, "affinity", where), f"{where}.affinity"
    required, preferred = read_node_affinity(affinity, at)
    return Placement(
        node_name=pod_spec.get("nodeName") or "",
        tolerations=tolerations,
        nodes=NodeChoice(selector, required),
        preferred_nodes=preferred,
        near=read_pod_affinity(affinity, "podAffinity", at),
        apart=read_pod_affinity(affinity, "podAntiAffinity", at),
        spreading=read_spreading(pod_spec, where),
    )


def static_verdict(placement: Placement, node: NodeTraits) -> StaticVerdict:
    """Return what the filters and scores that depend on nothing but pod and node say.

    Filters in the scheduler's order: nodes left out by name before any filter ran, cordoned,
    node name, taints, node affinity.
    """
    reason = _first_reason(placement, node)
    return StaticVerdict(
        0 if reason is None else 1 << reason | UNRESOLVABLE,
        num_untolerated_preferred(placement.tolerations, node.taints),
        sum(weight for weight, term in placement.preferred_nodes if term.matches(node)),
    )


def tolerates_unschedulable(placement: Placement) -> bool:
    """Return whether a pod may go to a cordoned node."""
    return tolerates(placement.tolerations, UNSCHEDULABLE)


def _first_reason(placement: Placement, node: NodeTraits) -> Reason | None:
    names = placement.nodes.names()
    if names is not None and node.name not in names:
        return Reason.NODE_AFFINITY_PREFILTER
    if node.unschedulable and not tolerates_unschedulable(placement):
        return Reason.NODE_UNSCHEDULABLE
    if placement.node_name not in {"", node.name}:
        return Reason.NODE_NAME
    if first_untolerated_taint(placement.tolerations, node.taints) is not None:
        return Reason.TAINT
    return None if placement.nodes.allows(node) else Reason.NODE_AFFINITY
