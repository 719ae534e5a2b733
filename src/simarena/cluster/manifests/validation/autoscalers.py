"""Rules for HorizontalPodAutoscalers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simarena.cluster.manifests.validation.metadata import check_selector
from simarena.cluster.manifests.validation.names import dns_label, path_segment
from simarena.cluster.manifests.validation.resources import check_container_resource
from simarena.trace.quantity import parse_quantity

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from simarena.cluster.manifests.fields import Fields
    from simarena.cluster.manifests.validation.causes import Causes

_SOURCES: Final[Mapping[str, str]] = {
    "Object": "object",
    "External": "external",
    "Pods": "pods",
    "Resource": "resource",
    "ContainerResource": "containerResource",
}
"""Fields of metrics by their type, in the order in which the API looks at them."""

_TYPES: Final = tuple(sorted(_SOURCES))
_TARGETS: Final = ("Utilization", "Value", "AverageValue")
_SELECT: Final = ("Disabled", "Max", "Min")
_POLICIES: Final = ("Percent", "Pods")
_MAX_WINDOW_S: Final = 3_600
_MAX_PERIOD_S: Final = 1_800


def check_autoscaler(spec: Fields, causes: Causes) -> None:
    """Check a HorizontalPodAutoscaler's spec."""
    least, most = spec.get("minReplicas"), spec.get("maxReplicas", 0)
    if least is not None and least < 1:
        causes.invalid("spec.minReplicas", least, "must be greater than or equal to 1")
    if most == 0:
        causes.required("spec.maxReplicas", "must be set and greater than 0")
    elif most < 0:
        causes.invalid("spec.maxReplicas", most, "must be greater than or equal to 1")
    if least is not None and most < least:
        detail = "must be greater than or equal to `minReplicas`"
        causes.invalid("spec.maxReplicas", most, detail)
    _check_reference(spec.get("scaleTargetRef") or {}, "spec.scaleTargetRef", causes)
    metrics = spec.get("metrics") or ()
    for index, metric in enumerate(metrics):
        _check_metric(metric, f"spec.metrics[{index}]", causes)
    if least == 0 and not {"Object", "External"} & {each.get("type") for each in metrics}:
        detail = (
            "must specify at least one Object or External metric to support scaling to zero "
            "replicas"
        )
        causes.forbidden("spec.metrics", detail)
    behaviour = spec.get("behavior") or {}
    for field in ("scaleUp", "scaleDown"):
        if field in behaviour:
            _check_rules(behaviour[field], f"spec.behavior.{field}", causes)


def _check_reference(reference: Fields, at: str, causes: Causes) -> None:
    for field in ("kind", "name"):
        text = reference.get(field) or ""
        if not text:
            causes.required(f"{at}.{field}")
        else:
            causes.invalid_each(f"{at}.{field}", text, path_segment(text))
    version = reference.get("apiVersion") or ""
    if version.count("/") > 1:
        detail = f"unexpected GroupVersion string: {version}"
        causes.invalid(f"{at}.apiVersion", version, detail)


def _check_metric(metric: Fields, at: str, causes: Causes) -> None:
    kind = metric.get("type") or ""
    if not kind:
        causes.required(f"{at}.type", "must specify a metric source type")
    if kind not in _SOURCES:
        causes.unsupported(f"{at}.type", kind, _TYPES)
    present = [field for field in _SOURCES.values() if field in metric]
    if present:
        _CHECKS[present[0]](metric[present[0]], f"{at}.{present[0]}", causes)
    expected = _SOURCES.get(kind)
    if expected is None:
        causes.unsupported(f"{at}.type", kind, _TYPES)
    elif expected not in metric:
        detail = "must populate information for the given metric source"
        causes.required(f"{at}.{expected}", detail)
    if len(present) != 1:
        for field in present:
            if field != expected:
                causes.forbidden(f"{at}.{field}", "must populate the given metric source only")


def _check_object(source: Fields, at: str, causes: Causes) -> None:
    _check_reference(source.get("describedObject") or {}, f"{at}.describedObject", causes)
    _check_identifier(source.get("metric") or {}, f"{at}.metric", causes)
    target = source.get("target") or {}
    _check_target(target, f"{at}.target", causes)
    if "value" not in target and "averageValue" not in target:
        detail = "must set either a target value or averageValue"
        causes.required(f"{at}.target.averageValue", detail)


def _check_external(source: Fields, at: str, causes: Causes) -> None:
    _check_identifier(source.get("metric") or {}, f"{at}.metric", causes)
    target = source.get("target") or {}
    _check_target(target, f"{at}.target", causes)
    if "value" not in target and "averageValue" not in target:
        detail = "must set either a target value for metric or a per-pod target"
        causes.required(f"{at}.target.averageValue", detail)
    if "value" in target and "averageValue" in target:
        detail = "may not set both a target value for metric and a per-pod target"
        causes.forbidden(f"{at}.target.value", detail)


def _check_pods(source: Fields, at: str, causes: Causes) -> None:
    _check_identifier(source.get("metric") or {}, f"{at}.metric", causes)
    target = source.get("target") or {}
    _check_target(target, f"{at}.target", causes)
    if "averageValue" not in target:
        detail = "must specify a positive target averageValue"
        causes.required(f"{at}.target.averageValue", detail)


def _check_resource(source: Fields, at: str, causes: Causes) -> None:
    if not source.get("name"):
        causes.required(f"{at}.name", "must specify a resource name")
    _check_use(source.get("target") or {}, at, causes)


def _check_container_resource(source: Fields, at: str, causes: Causes) -> None:
    name, container = source.get("name") or "", source.get("container") or ""
    if not name:
        causes.required(f"{at}.name", "must specify a resource name")
    else:
        check_container_resource(name, f"{at}.name", causes)
    if not container:
        causes.required(f"{at}.container", "must specify a container")
    else:
        causes.invalid_each(f"{at}.container", container, dns_label(container))
    _check_use(source.get("target") or {}, at, causes)


def _check_use(target: Fields, at: str, causes: Causes) -> None:
    """Check a target that is per cent of requests, or an amount."""
    _check_target(target, f"{at}.target", causes)
    percent, amount = "averageUtilization" in target, "averageValue" in target
    if not percent and not amount:
        detail = "must set either a target raw value or a target utilization"
        causes.required(f"{at}.target.averageUtilization", detail)
    if percent and amount:
        detail = "may not set both a target raw value and a target utilization"
        causes.forbidden(f"{at}.target.averageValue", detail)


def _check_target(target: Fields, at: str, causes: Causes) -> None:
    kind = target.get("type") or ""
    if not kind:
        causes.required(f"{at}.type", "must specify a metric target type")
    if kind not in _TARGETS:
        detail = "must be either Utilization, Value, or AverageValue"
        causes.invalid(f"{at}.type", kind, detail)
    for field in ("value", "averageValue"):
        if field in target and parse_quantity(target[field]) <= 0:
            causes.invalid(f"{at}.{field}", target[field], "must be positive")
    percent = target.get("averageUtilization")
    if percent is not None and percent < 1:
        causes.invalid(f"{at}.averageUtilization", percent, "must be greater than 0")


def _check_identifier(metric: Fields, at: str, causes: Causes) -> None:
    name = metric.get("name") or ""
    if not name:
        causes.required(f"{at}.name", "must specify a metric name")
    else:
        causes.invalid_each(f"{at}.name", name, path_segment(name))
    check_selector(metric.get("selector"), f"{at}.selector", causes)


def _check_rules(rules: Fields, at: str, causes: Causes) -> None:
    window_s = rules.get("stabilizationWindowSeconds")
    if window_s is not None and window_s < 0:
        detail = "must be greater than or equal to zero"
        causes.invalid(f"{at}.stabilizationWindowSeconds", window_s, detail)
    if (window_s or 0) > _MAX_WINDOW_S:
        detail = f"must be less than or equal to {_MAX_WINDOW_S}"
        causes.invalid(f"{at}.stabilizationWindowSeconds", window_s, detail)
    select = rules.get("selectPolicy")
    if select is not None and select not in _SELECT:
        causes.unsupported(f"{at}.selectPolicy", select, _SELECT)
    policies = rules.get("policies") or ()
    if not policies:
        causes.required(f"{at}.policies", "must specify at least one Policy")
    for index, policy in enumerate(policies):
        here = f"{at}.policies[{index}]"
        kind = policy.get("type") or ""
        if kind not in _POLICIES:
            causes.unsupported(f"{here}.type", kind, _POLICIES)
        for field in ("value", "periodSeconds"):
            if policy.get(field, 0) <= 0:
                causes.invalid(f"{here}.{field}", policy.get(field, 0), "must be greater than zero")
        if policy.get("periodSeconds", 0) > _MAX_PERIOD_S:
            detail = f"must be less than or equal to {_MAX_PERIOD_S}"
            causes.invalid(f"{here}.periodSeconds", policy["periodSeconds"], detail)
    tolerance = rules.get("tolerance")
    if tolerance is not None and parse_quantity(tolerance) < 0:
        detail = "must be greater than or equal to 0"
        causes.invalid(f"{at}.tolerance", tolerance, detail)


_CHECKS: Final[Mapping[str, Callable[[Fields, str, Causes], None]]] = {
    "object": _check_object,
    "external": _check_external,
    "pods": _check_pods,
    "resource": _check_resource,
    "containerResource": _check_container_resource,
}
