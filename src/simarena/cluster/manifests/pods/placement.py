"""Checks of the fields that decide where a pod may go, as the API makes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.checks.bounds import MAX_INT64
from simarena.cluster.manifests.fields import (
    choice,
    int32,
    mapping,
    objects,
    string,
    string_map,
    strings,
    whole,
)
from simarena.cluster.manifests.selectors import NODE_NAME_FIELD
from simarena.errors import ManifestError, shown

if TYPE_CHECKING:
    from simarena.cluster.manifests.fields import Fields

LABEL_OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist")
NODE_OPERATORS = (*LABEL_OPERATORS, "Gt", "Lt")
FIELD_OPERATORS = ("In", "NotIn")
TOLERATION_OPERATORS = ("Equal", "Exists")
TAINT_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
MAX_WEIGHT = 100
"""Greatest weight of a preferred term."""


def check_label_selector(selector: Fields, where: str) -> None:
    """Raise ManifestError unless `selector` is a LabelSelector that the API accepts."""
    string_map(selector, "matchLabels", where)
    for index, expression in enumerate(objects(selector, "matchExpressions", where)):
        _check_requirement(expression, f"{where}.matchExpressions[{index}]", LABEL_OPERATORS)


def check_placement(pod_spec: Fields, where: str) -> None:
    """Raise ManifestError unless tolerations, affinities and spreading are well formed."""
    string_map(pod_spec, "nodeSelector", where)
    for index, toleration in enumerate(objects(pod_spec, "tolerations", where)):
        _check_toleration(toleration, f"{where}.tolerations[{index}]")
    affinity = mapping(pod_spec, "affinity", where)
    _check_node_affinity(
        mapping(affinity, "nodeAffinity", f"{where}.affinity"), f"{where}.affinity.nodeAffinity"
    )
    for kind in ("podAffinity", "podAntiAffinity"):
        _check_pod_affinity(
            mapping(affinity, kind, f"{where}.affinity"), f"{where}.affinity.{kind}"
        )
    for index, constraint in enumerate(objects(pod_spec, "topologySpreadConstraints", where)):
        _check_spread(constraint, f"{where}.topologySpreadConstraints[{index}]")


def check_taints(node_spec: Fields, where: str) -> None:
    """Raise ManifestError unless a node's taints are well formed."""
    for index, taint in enumerate(objects(node_spec, "taints", where)):
        at = f"{where}.taints[{index}]"
        _require(taint, "key", at)
        string(taint, "value", at)
        choice(taint, "effect", at, TAINT_EFFECTS, "")


def _check_toleration(toleration: Fields, where: str) -> None:
    operator = choice(toleration, "operator", where, TOLERATION_OPERATORS, "Equal")
    effect = choice(toleration, "effect", where, (*TAINT_EFFECTS, ""), "")
    if not string(toleration, "key", where) and operator != "Exists":
        message = f"{where}.key is empty: operator must then be Exists, which tolerates every taint"
        raise ManifestError(message)
    if string(toleration, "value", where) and operator == "Exists":
        message = f"{where}.value must be empty when operator is Exists"
        raise ManifestError(message)
    whole(toleration, "tolerationSeconds", where, 0, least=-MAX_INT64)
    if toleration.get("tolerationSeconds") is not None and effect != "NoExecute":
        message = f"{where}.effect must be NoExecute when tolerationSeconds is set"
        raise ManifestError(message)


def _check_node_affinity(affinity: Fields, where: str) -> None:
    key = "requiredDuringSchedulingIgnoredDuringExecution"
    if affinity.get(key) is not None:
        required = mapping(affinity, key, where)
        terms = objects(required, "nodeSelectorTerms", f"{where}.{key}")
        if not terms:
            message = f"{where}.{key}.nodeSelectorTerms must have at least one term"
            raise ManifestError(message)
        for index, term in enumerate(terms):
            _check_node_term(term, f"{where}.{key}.nodeSelectorTerms[{index}]")
    key = "preferredDuringSchedulingIgnoredDuringExecution"
    for index, term in enumerate(objects(affinity, key, where)):
        at = f"{where}.{key}[{index}]"
        _check_weight(term, at)
        _check_node_term(mapping(term, "preference", at), f"{at}.preference")


def _check_node_term(term: Fields, where: str) -> None:
    for index, expression in enumerate(objects(term, "matchExpressions", where)):
        _check_requirement(expression, f"{where}.matchExpressions[{index}]", NODE_OPERATORS)
    for index, requirement in enumerate(objects(term, "matchFields", where)):
        at = f"{where}.matchFields[{index}]"
        _check_requirement(requirement, at, FIELD_OPERATORS)
        if requirement["key"] != NODE_NAME_FIELD:
            message = f"{at}.key must be {NODE_NAME_FIELD}, got {shown(requirement['key'])}"
            raise ManifestError(message)
        if len(requirement["values"]) != 1:
            message = f"{at}.values must have exactly one element"
            raise ManifestError(message)


def _check_requirement(expression: Fields, where: str, operators: tuple[str, ...]) -> None:
    _require(expression, "key", where)
    operator = choice(expression, "operator", where, operators, "")
    num_values = len(strings(expression, "values", where))
    if operator in {"In", "NotIn"} and num_values == 0:
        message = f"{where}.values must not be empty when operator is {operator}"
        raise ManifestError(message)
    if operator in {"Exists", "DoesNotExist"} and num_values > 0:
        message = f"{where}.values must be empty when operator is {operator}"
        raise ManifestError(message)
    if operator in {"Gt", "Lt"} and num_values != 1:
        message = f"{where}.values must have exactly one element when operator is {operator}"
        raise ManifestError(message)


def _check_pod_affinity(affinity: Fields, where: str) -> None:
    key = "requiredDuringSchedulingIgnoredDuringExecution"
    for index, term in enumerate(objects(affinity, key, where)):
        _check_pod_term(term, f"{where}.{key}[{index}]")
    key = "preferredDuringSchedulingIgnoredDuringExecution"
    for index, weighted in enumerate(objects(affinity, key, where)):
        at = f"{where}.{key}[{index}]"
        _check_weight(weighted, at)
        _check_pod_term(mapping(weighted, "podAffinityTerm", at), f"{at}.podAffinityTerm")


def _check_pod_term(term: Fields, where: str) -> None:
    _require(term, "topologyKey", where)
    strings(term, "namespaces", where)
    for key in ("matchLabelKeys", "mismatchLabelKeys"):
        strings(term, key, where)
    for key in ("labelSelector", "namespaceSelector"):
        check_label_selector(mapping(term, key, where), f"{where}.{key}")


def _check_spread(constraint: Fields, where: str) -> None:
    _require(constraint, "topologyKey", where)
    int32(constraint, "maxSkew", where, 0, least=1)
    if constraint.get("maxSkew") is None:
        message = f"{where}.maxSkew must be given, at least 1"
        raise ManifestError(message)
    unsatisfiable = choice(
        constraint, "whenUnsatisfiable", where, ("DoNotSchedule", "ScheduleAnyway"), ""
    )
    int32(constraint, "minDomains", where, 1, least=1)
    if constraint.get("minDomains") is not None and unsatisfiable != "DoNotSchedule":
        message = f"{where}.minDomains needs whenUnsatisfiable to be DoNotSchedule"
        raise ManifestError(message)
    for key in ("nodeAffinityPolicy", "nodeTaintsPolicy"):
        choice(constraint, key, where, ("Honor", "Ignore", ""), "")
    strings(constraint, "matchLabelKeys", where)
    check_label_selector(mapping(constraint, "labelSelector", where), f"{where}.labelSelector")


def _check_weight(term: Fields, where: str) -> None:
    weight = whole(term, "weight", where, 0, least=1)
    if not 1 <= weight <= MAX_WEIGHT:
        got = shown(term.get("weight"))
        message = f"{where}.weight must be from 1 to {MAX_WEIGHT}, got {got}"
        raise ManifestError(message)


def _require(parent: Fields, key: str, where: str) -> None:
    if not string(parent, key, where):
        message = f"{where}.{key} must not be empty"
        raise ManifestError(message)
