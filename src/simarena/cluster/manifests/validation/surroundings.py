"""Rules for kinds around pods: budgets, priorities, quotas, limits, and what is only kept."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Final

from simarena.cluster.manifests.priorities import BUILT_IN, MAX_PRIORITY
from simarena.cluster.manifests.validation.metadata import check_selector
from simarena.cluster.manifests.validation.names import config_key, label_key
from simarena.cluster.manifests.validation.resources import (
    check_amount,
    check_container_resource,
    check_quota_resource,
    check_resource,
    may_be_overcommitted,
)
from simarena.cluster.manifests.validation.workloads import (
    check_at_most_all,
    check_int_or_percent,
)
from simarena.trace.quantity import parse_quantity

if TYPE_CHECKING:
    from collections.abc import Mapping
    from fractions import Fraction

    from simarena.cluster.manifests.fields import Fields
    from simarena.cluster.manifests.validation.causes import Causes

QUOTA_SCOPES: Final = frozenset(
    {
        "Terminating",
        "NotTerminating",
        "BestEffort",
        "NotBestEffort",
        "PriorityClass",
        "VolumeAttributesClass",
        "CrossNamespacePodAffinity",
    }
)

_POD_COUNT: Final = frozenset({"pods"})
_POD_COMPUTE: Final = _POD_COUNT | {
    "cpu",
    "memory",
    "limits.cpu",
    "limits.memory",
    "requests.cpu",
    "requests.memory",
}
_CLAIMS: Final = frozenset({"persistentvolumeclaims", "requests.storage"})
_COUNTED_BY: Final[Mapping[str, frozenset[str]]] = {
    **dict.fromkeys(QUOTA_SCOPES, _POD_COMPUTE),
    "BestEffort": _POD_COUNT,
    "VolumeAttributesClass": _CLAIMS,
}
"""Resources that quotas of each scope may be about."""
_OPPOSITES: Final = ({"BestEffort", "NotBestEffort"}, {"Terminating", "NotTerminating"})
_ONLY_EXISTS: Final = QUOTA_SCOPES - {"PriorityClass", "VolumeAttributesClass"}
_LIMIT_TYPES: Final = ("Pod", "Container", "PersistentVolumeClaim")
_EVICTION_POLICIES: Final = ("AlwaysAllow", "IfHealthyBudget")
_MAX_DATA_BYTES: Final = 1 << 20
_SECRET_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "kubernetes.io/tls": ("tls.crt", "tls.key"),
    "kubernetes.io/ssh-auth": ("ssh-privatekey",),
}
_SECRET_JSON: Final = {
    "kubernetes.io/dockercfg": ".dockercfg",
    "kubernetes.io/dockerconfigjson": ".dockerconfigjson",
}
_SSH: Final = "kubernetes.io/ssh-auth"
_TOKEN: Final = "kubernetes.io/service-account-token"  # noqa: S105 - a type of Secrets
_ACCOUNT_NAME: Final = "kubernetes.io/service-account.name"


def check_budget(spec: Fields, causes: Causes) -> None:
    """Check a PodDisruptionBudget's spec."""
    fields = ("minAvailable", "maxUnavailable")
    if all(field in spec for field in fields):
        shown = {
            "MinAvailable": spec["minAvailable"],
            "Selector": spec.get("selector"),
            "MaxUnavailable": spec["maxUnavailable"],
            "UnhealthyPodEvictionPolicy": spec.get("unhealthyPodEvictionPolicy"),
        }
        causes.invalid("spec", shown, "minAvailable and maxUnavailable cannot be both set")
    for field in fields:
        if field in spec:
            check_int_or_percent(spec[field], f"spec.{field}", causes)
            check_at_most_all(spec[field], f"spec.{field}", causes)
    check_selector(spec.get("selector"), "spec.selector", causes)
    policy = spec.get("unhealthyPodEvictionPolicy")
    if policy is not None and policy not in _EVICTION_POLICIES:
        causes.unsupported("spec.unhealthyPodEvictionPolicy", policy, _EVICTION_POLICIES)


def check_priority_class(given: Fields, causes: Causes) -> None:
    """Check a PriorityClass."""
    name, value = given["metadata"].get("name") or "", given.get("value", 0)
    if name.startswith("system-"):
        error = ""
        if name not in BUILT_IN:
            error = f"{name} is not a known system priority class"
        elif value != BUILT_IN[name]:
            error = f"value of {name} PriorityClass must be {BUILT_IN[name]}"
        elif given.get("globalDefault"):
            error = f"globalDefault of {name} PriorityClass must be false"
        if error:
            words = "priority class names with 'system-' prefix are reserved for system use only."
            causes.forbidden("metadata.name", f"{words} error: {error}")
    elif value > MAX_PRIORITY:
        detail = f"maximum allowed value of a user defined priority is {MAX_PRIORITY}"
        causes.forbidden("value", detail)
    policy = given.get("preemptionPolicy", "Never")
    if policy not in {"PreemptLowerPriority", "Never"}:
        causes.unsupported("preemptionPolicy", policy, ("PreemptLowerPriority", "Never"))


def check_quota(spec: Fields, causes: Causes) -> None:
    """Check a ResourceQuota's spec."""
    hard: Mapping[str, str] = spec.get("hard") or {}
    for name, value in hard.items():
        check_quota_resource(name, f"spec.hard[{name}]", causes)
        check_amount(name, value, f"spec.hard[{name}]", causes)
    scopes = spec.get("scopes") or []
    for scope in scopes:
        if scope not in QUOTA_SCOPES:
            causes.invalid("spec.scopes", scopes, "unsupported scope")
        _check_counted(scope, hard, "spec.scopes", scopes, causes)
    _check_opposites(set(scopes), scopes, "spec.scopes", causes)
    selector = spec.get("scopeSelector")
    if selector is not None:
        _check_scope_selector(selector, scopes, hard, causes)


def check_limit_range(spec: Fields, causes: Causes) -> None:
    """Check a LimitRange's spec."""
    seen = set()
    for index, limit in enumerate(spec.get("limits") or ()):
        at, kind = f"spec.limits[{index}]", limit.get("type") or ""
        wrong = label_key(kind)
        causes.invalid_each(f"{at}.type", kind, wrong)
        if not wrong and "/" not in kind and kind not in _LIMIT_TYPES:
            detail = "must be a standard limit type or fully qualified"
            causes.invalid(f"{at}.type", kind, detail)
        if kind in seen:
            causes.duplicate(f"{at}.type", kind)
        seen.add(kind)
        _check_limit(limit, kind, at, causes)


def check_configmap(given: Fields, causes: Causes) -> None:
    """Check a ConfigMap."""
    plain, binary = given.get("data") or {}, given.get("binaryData") or {}
    for key in plain:
        causes.invalid_each(f"data[{key}]", key, config_key(key))
        if key in binary:
            causes.invalid(f"data[{key}]", key, "duplicate of key present in binaryData")
    for key in binary:
        causes.invalid_each(f"binaryData[{key}]", key, config_key(key))
    size = sum(len(value.encode()) for value in plain.values())
    size += sum(len(base64.b64decode(value)) for value in binary.values())
    if size > _MAX_DATA_BYTES:
        causes.too_long("[]", _MAX_DATA_BYTES)


def check_secret(given: Fields, causes: Causes) -> None:
    """Check a Secret."""
    data = {key: base64.b64decode(value) for key, value in (given.get("data") or {}).items()}
    for key in data:
        causes.invalid_each(f"data[{key}]", key, config_key(key))
    if sum(map(len, data.values())) > _MAX_DATA_BYTES:
        causes.too_long("data", _MAX_DATA_BYTES)
    kind = given.get("type") or "Opaque"
    if kind == _TOKEN:
        annotations = given["metadata"].get("annotations") or {}
        if not annotations.get(_ACCOUNT_NAME):
            causes.required(f"metadata.annotations[{_ACCOUNT_NAME}]")
    elif kind in _SECRET_JSON:
        _check_json(data.get(_SECRET_JSON[kind]), f"data[{_SECRET_JSON[kind]}]", causes)
    elif kind == "kubernetes.io/basic-auth":
        if "username" not in data and "password" not in data:
            causes.required("data[username]")
            causes.required("data[password]")
    else:
        for key in _SECRET_KEYS.get(kind, ()):
            if key not in data or (kind == _SSH and not data[key]):
                causes.required(f"data[{key}]")


def _check_json(text: bytes | None, at: str, causes: Causes) -> None:
    if text is None:
        causes.required(at)
        return
    try:
        sound = isinstance(json.loads(text), dict)
    except ValueError:
        sound = False
    if not sound:
        first = text[:1].decode(errors="replace")
        detail = f"invalid character '{first}' looking for beginning of value"
        causes.invalid(at, "<secret contents redacted>", detail)


def _check_counted(
    scope: str,
    hard: Mapping[str, str],
    at: str,
    shown: object,
    causes: Causes,
) -> None:
    counted = _COUNTED_BY.get(scope)
    for name in sorted(hard):
        if counted is not None and "/" not in name and name not in counted:
            causes.invalid(at, shown, "unsupported scope applied to resource")


def _check_opposites(scopes: set[str], shown: list[str], at: str, causes: Causes) -> None:
    for pair in _OPPOSITES:
        if pair <= scopes:
            causes.invalid(at, shown, "conflicting scopes")


def _check_scope_selector(
    selector: Fields, scopes: list[str], hard: Mapping[str, str], causes: Causes
) -> None:
    at = "spec.scopeSelector.matchExpressions"
    named = set()
    for each in selector.get("matchExpressions") or ():
        scope, operator = each.get("scopeName") or "", each.get("operator") or ""
        values = each.get("values") or []
        if scope not in QUOTA_SCOPES:
            causes.invalid(f"{at}.scopeName", scope, "unsupported scope")
        _check_counted(scope, hard, at, dict(selector), causes)
        if scope in _ONLY_EXISTS and operator != "Exists":
            detail = (
                "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, "
                "ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, "
                "ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity"
            )
            causes.invalid(f"{at}.operator", operator, detail)
        if operator in {"In", "NotIn"}:
            if not values:
                detail = (
                    "must be at least one value when `operator` is 'In' or 'NotIn' for scope "
                    "selector"
                )
                causes.required(f"{at}.values", detail)
        elif operator in {"Exists", "DoesNotExist"}:
            if values:
                detail = (
                    "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope "
                    "selector"
                )
                causes.invalid(f"{at}.values", values, detail)
        else:
            causes.invalid(f"{at}.operator", operator, "not a valid selector operator")
        named.add(scope)
    _check_opposites(named, scopes, at, causes)


_BOUNDS: Final = ("max", "min", "default", "defaultRequest", "maxLimitRequestRatio")


def _check_limit(limit: Fields, kind: str, at: str, causes: Causes) -> None:
    check = check_container_resource if kind in {"Pod", "Container"} else check_resource
    for field in _BOUNDS:
        given = limit.get(field) or {}
        if kind == "Pod" and field.startswith("default"):
            if given:
                causes.forbidden(f"{at}.{field}", "may not be specified when `type` is 'Pod'")
            continue
        for name in given:
            check(name, f"{at}.{field}[{name}]", causes)
    if kind == "PersistentVolumeClaim":
        named = {*(limit.get("min") or ()), *(limit.get("max") or ())}
        if "storage" not in named:
            detail = "either minimum or maximum storage value is required, but neither was provided"
            causes.required(f"{at}.limits", detail)
    names = dict.fromkeys(name for field in _BOUNDS for name in limit.get(field) or ())
    for name in names:
        _check_bounds(limit, name, at, causes)


def _check_bounds(limit: Fields, name: str, at: str, causes: Causes) -> None:
    texts = {field: (limit.get(field) or {}).get(name) for field in _BOUNDS}
    amounts = {field: parse_quantity(text) for field, text in texts.items() if text is not None}
    for low, high, field, shown, words in (
        ("min", "max", "min", "min", "min value {} is greater than max value {}"),
        (
            "min",
            "defaultRequest",
            "defaultRequest",
            "defaultRequest",
            "min value {} is greater than default request value {}",
        ),
        (
            "defaultRequest",
            "max",
            "defaultRequest",
            "defaultRequest",
            "default request value {} is greater than max value {}",
        ),
        (
            "defaultRequest",
            "default",
            "defaultRequest",
            "defaultRequest",
            "default request value {} is greater than default limit value {}",
        ),
        ("min", "default", "default", "min", "min value {} is greater than default value {}"),
        ("default", "max", "default", "max", "default value {} is greater than max value {}"),
    ):
        if low in amounts and high in amounts and amounts[low] > amounts[high]:
            detail = words.format(texts[low], texts[high])
            causes.invalid(f"{at}.{field}[{name}]", texts[shown], detail)
    _check_ratio(amounts, texts, f"{at}.maxLimitRequestRatio[{name}]", causes)
    both = texts["default"], texts["defaultRequest"]
    if not may_be_overcommitted(name) and None not in both:
        if amounts["default"] != amounts["defaultRequest"]:
            detail = (
                f"default value {both[0]} must equal to defaultRequest value {both[1]} in {name}"
            )
            causes.invalid(f"{at}.defaultRequest[{name}]", both[1], detail)


def _check_ratio(
    amounts: Mapping[str, int | Fraction],
    texts: Mapping[str, str | None],
    at: str,
    causes: Causes,
) -> None:
    ratio = amounts.get("maxLimitRequestRatio")
    if ratio is None:
        return
    text = texts["maxLimitRequestRatio"]
    if ratio < 1:
        causes.invalid(at, text, f"ratio {text} is less than 1")
    if amounts.get("min") and "max" in amounts:
        most = amounts["max"] / amounts["min"]
        if ratio > most:
            detail = f"ratio {text} is greater than max/min = {float(most):f}"
            causes.invalid(at, text, detail)
