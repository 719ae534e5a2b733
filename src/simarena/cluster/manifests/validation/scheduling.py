"""Rules for what says where a pod may go: affinity, tolerations, spreading."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simarena.cluster.manifests.validation.metadata import check_selector
from simarena.cluster.manifests.validation.names import (
    dns_label,
    dns_subdomain,
    label_key,
    label_value,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simarena.cluster.manifests.fields import Fields
    from simarena.cluster.manifests.validation.causes import Causes

TAINT_EFFECTS: Final = ("NoSchedule", "PreferNoSchedule", "NoExecute")

_REQUIRED: Final = "requiredDuringSchedulingIgnoredDuringExecution"
_PREFERRED: Final = "preferredDuringSchedulingIgnoredDuringExecution"
_MAX_WEIGHT: Final = 100
_ACTIONS: Final = ("DoNotSchedule", "ScheduleAnyway")
_NODE_POLICIES: Final = ("Honor", "Ignore")
_OPERATORS: Final = ("Equal", "Exists")
_BAD_OPERATOR: Final = "not a valid selector operator"
_NO_SELECTOR: Final = "must not be specified when labelSelector is not set"


def check_affinity(affinity: Fields, at: str, causes: Causes) -> None:
    """Check a pod's affinity of all three kinds."""
    nodes = affinity.get("nodeAffinity")
    if nodes:
        _check_node_affinity(nodes, f"{at}.nodeAffinity", causes)
    for kind in ("podAffinity", "podAntiAffinity"):
        pods = affinity.get(kind)
        if pods:
            _check_pod_affinity(pods, f"{at}.{kind}", causes)


def check_tolerations(tolerations: Sequence[Fields], at: str, causes: Causes) -> None:
    """Check a pod's tolerations."""
    for index, each in enumerate(tolerations):
        here = f"{at}[{index}]"
        key, operator = each.get("key"), each.get("operator") or ""
        value, effect = each.get("value") or "", each.get("effect") or ""
        if key:
            causes.invalid_each(f"{here}.key", key, label_key(key))
        elif operator != "Exists":
            detail = (
                "operator must be Exists when `key` is empty, which means "
                '"match all values and all keys"'
            )
            causes.invalid(f"{here}.operator", operator, detail)
        if "tolerationSeconds" in each and effect != "NoExecute":
            detail = "effect must be 'NoExecute' when `tolerationSeconds` is set"
            causes.invalid(f"{here}.effect", effect, detail)
        if operator in {"Equal", ""}:
            wrong = label_value(value)
            if wrong:
                causes.invalid(f"{here}.operator", value, ";".join(wrong))
        elif operator == "Exists":
            if value:
                detail = "value must be empty when `operator` is 'Exists'"
                causes.invalid(f"{here}.operator", value, detail)
        else:  # comparisons are behind a gate that is off
            more = ("Lt", "Gt") if operator in {"Lt", "Gt"} else ()
            causes.unsupported(f"{here}.operator", operator, (*_OPERATORS, *more))
        if effect and effect not in TAINT_EFFECTS:
            causes.unsupported(f"{here}.effect", effect, TAINT_EFFECTS)


def check_spreading(constraints: Sequence[Fields], at: str, causes: Causes) -> None:
    """Check a pod's topology spread constraints."""
    asked = [
        (each.get("topologyKey") or "", each.get("whenUnsatisfiable") or "") for each in constraints
    ]
    for index, each in enumerate(constraints):
        here = f"{at}[{index}]"
        key, action = asked[index]
        _check_positive(each.get("maxSkew", 0), f"{here}.maxSkew", causes)
        if not key:
            causes.required(f"{here}.topologyKey", "can not be empty")
        if action not in _ACTIONS:
            causes.unsupported(f"{here}.whenUnsatisfiable", action, _ACTIONS)
        if asked[index] in asked[index + 1 :]:
            causes.duplicate(f"{here}.{{topologyKey, whenUnsatisfiable}}", f"{{{key}, {action}}}")
        if "minDomains" in each:
            least = each["minDomains"]
            _check_positive(least, f"{here}.minDomains", causes)
            if action != "DoNotSchedule":
                detail = f"can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {action}"
                causes.invalid(f"{here}.minDomains", least, detail)
        for field in ("nodeAffinityPolicy", "nodeTaintsPolicy"):
            if field in each and each[field] not in _NODE_POLICIES:
                causes.unsupported(f"{here}.{field}", each[field], _NODE_POLICIES)
        selector = each.get("labelSelector")
        _check_label_keys(here, each.get("matchLabelKeys") or (), (), selector, causes)
        check_selector(selector, f"{here}.labelSelector", causes)


def check_taints(taints: Sequence[Fields], at: str, causes: Causes) -> None:
    """Check a node's taints."""
    seen = set()
    for index, each in enumerate(taints):
        here = f"{at}[{index}]"
        key, value, effect = (each.get(field) or "" for field in ("key", "value", "effect"))
        causes.invalid_each(f"{here}.key", key, label_key(key))
        wrong = label_value(value)
        if wrong:
            causes.invalid(f"{here}.value", value, ";".join(wrong))
        if not effect:
            causes.required(f"{here}.effect")
        elif effect not in TAINT_EFFECTS:
            causes.unsupported(f"{here}.effect", effect, TAINT_EFFECTS)
        if (key, effect) in seen:
            shown = {"Key": key, "Value": value, "Effect": effect, "TimeAdded": None}
            causes.duplicate(here, shown, "taints must be unique by key and effect pair")
        seen.add((key, effect))


def check_node_selector(selector: Fields, at: str, causes: Causes) -> None:
    """Check the terms of which a node must satisfy one."""
    terms = selector.get("nodeSelectorTerms")
    if not terms:
        causes.required(f"{at}.nodeSelectorTerms", "must have at least one node selector term")
    for index, term in enumerate(terms or ()):
        _check_node_term(term, f"{at}.nodeSelectorTerms[{index}]", causes, checks_values=True)


def _check_positive(value: int, at: str, causes: Causes) -> None:
    if value <= 0:
        causes.invalid(at, value, "must be greater than zero")


def _check_node_affinity(affinity: Fields, at: str, causes: Causes) -> None:
    if _REQUIRED in affinity:
        check_node_selector(affinity[_REQUIRED], f"{at}.{_REQUIRED}", causes)
    for index, each in enumerate(affinity.get(_PREFERRED) or ()):
        here = f"{at}.{_PREFERRED}[{index}]"
        _check_weight(each, here, causes)
        preference = each.get("preference") or {}
        _check_node_term(preference, f"{here}.preference", causes, checks_values=False)


def _check_weight(each: Fields, at: str, causes: Causes) -> None:
    weight = each.get("weight", 0)
    if not 0 < weight <= _MAX_WEIGHT:
        causes.invalid(f"{at}.weight", weight, f"must be in the range 1-{_MAX_WEIGHT}")


def _check_node_term(term: Fields, at: str, causes: Causes, *, checks_values: bool) -> None:
    for index, each in enumerate(term.get("matchExpressions") or ()):
        _check_node_requirement(
            each, f"{at}.matchExpressions[{index}]", causes, checks_values=checks_values
        )
    for index, each in enumerate(term.get("matchFields") or ()):
        _check_field_requirement(each, f"{at}.matchFields[{index}]", causes)


def _check_node_requirement(each: Fields, at: str, causes: Causes, *, checks_values: bool) -> None:
    operator, values = each.get("operator") or "", each.get("values") or ()
    here = f"{at}.values"
    if operator in {"In", "NotIn"}:
        if not values:
            causes.required(here, "must be specified when `operator` is 'In' or 'NotIn'")
    elif operator in {"Exists", "DoesNotExist"}:
        if values:
            detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
            causes.forbidden(here, detail)
    elif operator in {"Gt", "Lt"}:
        if len(values) != 1:
            causes.required(here, "must be specified single value when `operator` is 'Lt' or 'Gt'")
    else:
        causes.invalid(f"{at}.operator", operator, _BAD_OPERATOR)
    key = each.get("key") or ""
    causes.invalid_each(f"{at}.key", key, label_key(key))
    if checks_values:
        for number, value in enumerate(values):
            causes.invalid_each(f"{here}[{number}]", value, label_value(value))


def _check_field_requirement(each: Fields, at: str, causes: Causes) -> None:
    operator, values = each.get("operator") or "", each.get("values") or ()
    if operator not in {"In", "NotIn"}:
        causes.invalid(f"{at}.operator", operator, _BAD_OPERATOR)
    elif len(values) != 1:
        detail = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"
        causes.required(f"{at}.values", detail)
    key = each.get("key") or ""
    if key != "metadata.name":
        causes.invalid(f"{at}.key", key, "not a valid field selector key")
        return
    for number, value in enumerate(values):
        causes.invalid_each(f"{at}.values[{number}]", value, dns_subdomain(value))


def _check_pod_affinity(affinity: Fields, at: str, causes: Causes) -> None:
    for index, each in enumerate(affinity.get(_REQUIRED) or ()):
        _check_pod_term(each, f"{at}.{_REQUIRED}[{index}]", causes)
    for index, each in enumerate(affinity.get(_PREFERRED) or ()):
        here = f"{at}.{_PREFERRED}[{index}]"
        _check_weight(each, here, causes)
        _check_pod_term(each.get("podAffinityTerm") or {}, f"{here}.podAffinityTerm", causes)


def _check_pod_term(term: Fields, at: str, causes: Causes) -> None:
    selector = term.get("labelSelector")
    check_selector(selector, f"{at}.labelSelector", causes)
    check_selector(term.get("namespaceSelector"), f"{at}.namespaceSelector", causes)
    for name in term.get("namespaces") or ():
        causes.invalid_each(f"{at}.namespace", name, dns_label(name))
    same, different = term.get("matchLabelKeys") or (), term.get("mismatchLabelKeys") or ()
    _check_label_keys(at, same, different, selector, causes)
    key = term.get("topologyKey") or ""
    if not key:
        causes.required(f"{at}.topologyKey", "can not be empty")
    causes.invalid_each(f"{at}.topologyKey", key, label_key(key))


def _check_label_keys(
    at: str,
    same: Sequence[str],
    different: Sequence[str],
    selector: Fields | None,
    causes: Causes,
) -> None:
    for field, keys in (("matchLabelKeys", same), ("mismatchLabelKeys", different)):
        if keys and selector is None:
            causes.forbidden(f"{at}.{field}", _NO_SELECTOR)
            continue
        for number, key in enumerate(keys):
            causes.invalid_each(f"{at}.{field}[{number}]", key, label_key(key))
    if selector is not None and same:
        named = set(selector.get("matchLabels") or {})
        for each in selector.get("matchExpressions") or ():
            key = each.get("key") or ""
            if key in same and key in named:
                number = len(same) - 1 - list(reversed(same)).index(key)
                detail = "exists in both matchLabelKeys and labelSelector"
                causes.invalid(f"{at}[{number}]", key, detail)
            named.add(key)
    for number, key in enumerate(same):
        if key in different:
            detail = "exists in both matchLabelKeys and mismatchLabelKeys"
            causes.invalid(f"{at}.matchLabelKeys[{number}]", key, detail)
