"""Which nodes and pods a manifest's selectors, affinities and tolerations match.

Evaluated once, when a cluster is compiled; the kernels see only the resulting tables. Everything
here expects fields that `placement.py` has checked: an operator that it would refuse matches
nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from simarena.cluster.codes import UNRESOLVABLE, Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from simarena.cluster.manifests.fields import Fields

NODE_NAME_FIELD = "metadata.name"
"""The one field of a node that `matchFields` may name."""

UNSCHEDULABLE_TAINT: Mapping[str, str] = {
    "key": "node.kubernetes.io/unschedulable",
    "effect": "NoSchedule",
}
"""What a pod must tolerate to go to a cordoned node."""

_INTEGER = re.compile(r"[+-]?[0-9]+", re.ASCII)
_LEAST_INT64 = -(1 << 63)
_GREATEST_INT64 = (1 << 63) - 1


class StaticVerdict(NamedTuple):
    """What a pod template and a node decide between them, whatever else runs there."""

    reasons: int
    """Mask of the first filter that fails, UNRESOLVABLE set; 0 where none does."""

    num_preferred_taints: int
    """Untolerated PreferNoSchedule taints."""

    affinity_weight: int
    """Sum of the weights of the preferred terms that match."""


def matches_label_selector(selector: Fields | None, labels: Mapping[str, str]) -> bool:
    """Return whether `labels` satisfy a LabelSelector; None matches nothing, {} everything."""
    if selector is None:
        return False
    wanted = selector.get("matchLabels") or {}
    if any(labels.get(key) != value for key, value in wanted.items()):
        return False
    expressions = selector.get("matchExpressions") or ()
    return all(_matches(expression, labels) for expression in expressions)


def matches_node_selector_term(term: Fields, node: Fields) -> bool:
    """Return whether a node satisfies all requirements of a term; one without any never does."""
    expressions = term.get("matchExpressions") or ()
    fields = term.get("matchFields") or ()
    if not expressions and not fields:
        return False
    labels = node_labels(node)
    if not all(_matches(expression, labels) for expression in expressions):
        return False
    named = {NODE_NAME_FIELD: node_name(node)}
    return all(_matches_field(requirement, named) for requirement in fields)


def matches_node_affinity(pod_spec: Fields, node: Fields) -> bool:
    """Return whether a node satisfies `nodeSelector` and any of the required affinity terms."""
    labels = node_labels(node)
    wanted = pod_spec.get("nodeSelector") or {}
    if any(labels.get(key) != value for key, value in wanted.items()):
        return False
    terms = required_node_terms(pod_spec)
    return terms is None or any(matches_node_selector_term(term, node) for term in terms)


def preferred_affinity_weight(pod_spec: Fields, node: Fields) -> int:
    """Return the sum of the weights of the preferred terms that a node satisfies."""
    terms = preferred_node_terms(pod_spec)
    return sum(
        int(term["weight"])
        for term in terms
        if matches_node_selector_term(term.get("preference") or {}, node)
    )


def names_required_by_affinity(pod_spec: Fields) -> set[str] | None:
    """Return the names of the only nodes that the required terms allow, None where any may do.

    The scheduler looks at no others, and reports them apart. An empty set means that each term
    contradicts itself: it then looks at none ("pod affinity terms conflict").
    """
    terms = required_node_terms(pod_spec)
    if not terms:
        return None
    names: set[str] = set()
    for term in terms:
        of_term: set[str] | None = None
        for requirement in term.get("matchFields") or ():
            if requirement.get("key") == NODE_NAME_FIELD and requirement.get("operator") == "In":
                values = set(requirement.get("values") or ())
                of_term = values if of_term is None else of_term & values
        if of_term is None:
            return None
        names |= of_term
    return names


def tolerates(tolerations: Iterable[Fields], taint: Fields) -> bool:
    """Return whether any of the tolerations tolerates a taint."""
    return any(_tolerates(toleration, taint) for toleration in tolerations)


def first_untolerated_taint(
    tolerations: Sequence[Fields], taints: Iterable[Fields]
) -> Fields | None:
    """Return the first NoSchedule or NoExecute taint that is not tolerated, None without one."""
    for taint in taints:
        hard = taint.get("effect") in {"NoSchedule", "NoExecute"}
        if hard and not tolerates(tolerations, taint):
            return taint
    return None


def num_untolerated_preferred(tolerations: Sequence[Fields], taints: Iterable[Fields]) -> int:
    """Return the number of PreferNoSchedule taints that are not tolerated."""
    return sum(
        taint.get("effect") == "PreferNoSchedule" and not tolerates(tolerations, taint)
        for taint in taints
    )


def tolerates_unschedulable(tolerations: Sequence[Fields]) -> bool:
    """Return whether a pod may go to a cordoned node."""
    return tolerates(tolerations, UNSCHEDULABLE_TAINT)


def static_verdict(pod_spec: Fields, node: Fields) -> StaticVerdict:
    """Return what the filters and scores that depend on nothing but pod and node say.

    Filters in the scheduler's order: nodes left out by name before any filter ran, cordoned,
    node name, taints, node affinity.
    """
    tolerations = pod_spec.get("tolerations") or ()
    taints = (node.get("spec") or {}).get("taints") or ()
    reason = _first_reason(pod_spec, node)
    return StaticVerdict(
        0 if reason is None else 1 << reason | UNRESOLVABLE,
        num_untolerated_preferred(tolerations, taints),
        preferred_affinity_weight(pod_spec, node),
    )


def required_node_terms(pod_spec: Fields) -> Sequence[Fields] | None:
    """Return the required node affinity's terms, None where there is no such affinity."""
    required = _node_affinity(pod_spec).get("requiredDuringSchedulingIgnoredDuringExecution")
    if required is None:
        return None
    terms: Sequence[Fields] = required.get("nodeSelectorTerms") or ()
    return terms


def preferred_node_terms(pod_spec: Fields) -> Sequence[Fields]:
    """Return the preferred node affinity's weighted terms."""
    terms: Sequence[Fields] = (
        _node_affinity(pod_spec).get("preferredDuringSchedulingIgnoredDuringExecution") or ()
    )
    return terms


def node_name(node: Fields) -> str:
    """Return a node's name."""
    name: str = node["metadata"]["name"]
    return name


def node_labels(node: Fields) -> Mapping[str, str]:
    """Return a node's labels."""
    labels: Mapping[str, str] = node["metadata"].get("labels") or {}
    return labels


def _first_reason(pod_spec: Fields, node: Fields) -> Reason | None:
    tolerations = pod_spec.get("tolerations") or ()
    spec: Fields = node.get("spec") or {}
    names = names_required_by_affinity(pod_spec)
    if names is not None and node_name(node) not in names:
        return Reason.NODE_AFFINITY_PREFILTER
    if spec.get("unschedulable") and not tolerates_unschedulable(tolerations):
        return Reason.NODE_UNSCHEDULABLE
    if pod_spec.get("nodeName") and pod_spec["nodeName"] != node_name(node):
        return Reason.NODE_NAME
    if first_untolerated_taint(tolerations, spec.get("taints") or ()) is not None:
        return Reason.TAINT
    if not matches_node_affinity(pod_spec, node):
        return Reason.NODE_AFFINITY
    return None


def _node_affinity(pod_spec: Fields) -> Fields:
    affinity: Fields = pod_spec.get("affinity") or {}
    return affinity.get("nodeAffinity") or {}


def _matches(expression: Fields, labels: Mapping[str, str]) -> bool:
    """Evaluate a requirement of a label selector or of a node selector term."""
    operator = expression.get("operator")
    value = labels.get(expression["key"])
    values: Sequence[Any] = expression.get("values") or ()
    match operator:
        case "In":
            return value is not None and value in values
        case "NotIn":
            return value is None or value not in values
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
        case "Gt" | "Lt":
            return _compares(operator, value, values)
    return False


def _compares(operator: str, value: str | None, values: Sequence[Any]) -> bool:
    left = _int64(value)
    right = _int64(values[0]) if len(values) == 1 else None
    if left is None or right is None:
        return False
    return left > right if operator == "Gt" else left < right


def _int64(text: object) -> int | None:
    """Return the integer that Go's ParseInt reads, None where it would fail."""
    if not isinstance(text, str) or _INTEGER.fullmatch(text) is None:
        return None
    number = int(text)
    return number if _LEAST_INT64 <= number <= _GREATEST_INT64 else None


def _matches_field(requirement: Fields, fields: Mapping[str, str]) -> bool:
    values: Sequence[Any] = requirement.get("values") or ()
    if len(values) != 1:
        return False
    equal = fields.get(requirement["key"], "") == values[0]
    return equal if requirement.get("operator") == "In" else not equal


def _tolerates(toleration: Fields, taint: Fields) -> bool:
    effect = toleration.get("effect")
    if effect and effect != taint.get("effect"):
        return False
    key = toleration.get("key")
    if key and key != taint.get("key"):
        return False
    match toleration.get("operator") or "Equal":
        case "Equal":
            return (toleration.get("value") or "") == (taint.get("value") or "")
        case "Exists":
            return True
    return False
