"""HorizontalPodAutoscalers: checked, completed with the API's defaults, and read into numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from simarena.checks.bounds import MAX_INT64
from simarena.cluster.codes import MAX_METRICS, MAX_POLICIES, NONE, Resource, SelectPolicy
from simarena.cluster.manifests.fields import choice, int32, mapping, objects, string
from simarena.errors import ManifestError, QuantityError
from simarena.trace.quantity import parse_cpu_milli, parse_memory_bytes

if TYPE_CHECKING:
    from simarena.cluster.manifests.fields import Fields, Manifest

SCALED_KINDS: Final = frozenset({"Deployment", "ReplicaSet", "StatefulSet"})
"""Kinds with a scale subresource."""

RESOURCES: Final = {"cpu": Resource.CPU, "memory": Resource.MEMORY}

_DEFAULT_UTILISATION = 80
_MAX_WINDOW_S = 3_600
_MAX_PERIOD_S = 1_800
_SELECT = {
    "Max": SelectPolicy.MAX,
    "Min": SelectPolicy.MIN,
    "Disabled": SelectPolicy.DISABLED,
}
_PERCENT_POLICY: Final = {"type": "Percent", "value": 100, "periodSeconds": 15}
_UP_POLICIES: Final = ({"type": "Pods", "value": 4, "periodSeconds": 15}, _PERCENT_POLICY)
_DOWN_POLICIES: Final = (_PERCENT_POLICY,)


def from_version_1(hpa: Manifest) -> None:
    """Turn an object of autoscaling/v1 into one of autoscaling/v2, in place."""
    hpa["apiVersion"] = "autoscaling/v2"
    spec = dict(mapping(hpa, "spec", "HorizontalPodAutoscaler"))
    percent = spec.pop("targetCPUUtilizationPercentage", None)
    if percent is not None:
        target = {"type": "Utilization", "averageUtilization": percent}
        spec["metrics"] = [{"type": "Resource", "resource": {"name": "cpu", "target": target}}]
    hpa["spec"] = spec


def complete_autoscaler(hpa: Manifest, where: str) -> None:
    """Check a HorizontalPodAutoscaler and fill in defaults, in place."""
    hpa.pop("status", None)
    spec = hpa["spec"]
    target = mapping(spec, "scaleTargetRef", where)
    for name in ("kind", "name"):
        if not string(target, name, f"{where}.scaleTargetRef"):
            message = f"{where}.scaleTargetRef.{name} must not be empty"
            raise ManifestError(message)
    spec["minReplicas"] = int32(spec, "minReplicas", where, 1, least=1)
    spec["maxReplicas"] = int32(spec, "maxReplicas", where, 0)
    if spec["minReplicas"] > spec["maxReplicas"]:
        message = f"{where}.maxReplicas must be at least minReplicas, and is required"
        raise ManifestError(message)
    metrics = objects(spec, "metrics", where)
    if not metrics:
        wanted = {"type": "Utilization", "averageUtilization": _DEFAULT_UTILISATION}
        metrics = [{"type": "Resource", "resource": {"name": "cpu", "target": wanted}}]
    spec["metrics"] = list(metrics)
    if len(metrics) > MAX_METRICS:
        message = f"{where}.metrics must be at most {MAX_METRICS} to be simulated"
        raise ManifestError(message)
    for index, metric in enumerate(metrics):
        _metric(metric, f"{where}.metrics[{index}]")
    if spec.get("behavior") is None:
        spec.pop("behavior", None)
    else:
        behaviour = mapping(spec, "behavior", where)
        spec["behavior"] = {
            name: _rules(behaviour, name, f"{where}.behavior", policies)
            for name, policies in (("scaleUp", _UP_POLICIES), ("scaleDown", _DOWN_POLICIES))
        }
        spec["behavior"]["scaleUp"].setdefault("stabilizationWindowSeconds", 0)


def is_simulated(hpa: Fields) -> bool:
    """Return whether all metrics of a HorizontalPodAutoscaler are pods' usage of CPU or memory.

    The object may be as it was recorded. Raises ManifestError where its metrics are no objects.
    """
    where = f"HorizontalPodAutoscaler {hpa['metadata'].get('name')}"
    metrics = objects(mapping(hpa, "spec", where), "metrics", f"{where}: spec")
    return len(metrics) <= MAX_METRICS and all(
        _is_of_resource(metric, f"{where}: spec.metrics[{index}]")
        for index, metric in enumerate(metrics)
    )


def autoscaler_values(hpa: Fields, *, tolerance: float, downscale_ms: int) -> dict[str, Any]:
    """Return the fields of an AUTOSCALER row that follow from a completed manifest."""
    spec = hpa["spec"]
    metrics = [_metric(metric, "metric") for metric in spec["metrics"]]
    padding = [0] * (MAX_METRICS - len(metrics))
    row: dict[str, Any] = {
        "min_replicas": spec["minReplicas"],
        "max_replicas": spec["maxReplicas"],
        "num_metrics": len(metrics),
        "metric_resource": [m[0] for m in metrics] + padding,
        "metric_is_utilisation": [m[1] for m in metrics] + padding,
        "metric_target": [m[2] for m in metrics] + padding,
        "metric_template": [NONE] * MAX_METRICS,
        "has_behaviour": "behavior" in spec,
        "tolerance": [tolerance, tolerance],
    }
    if "behavior" not in spec:
        return row
    rules = [spec["behavior"][name] for name in ("scaleUp", "scaleDown")]
    policies = [[*r["policies"], *[{}] * (MAX_POLICIES - len(r["policies"]))] for r in rules]
    default_s = downscale_ms // 1_000
    row |= {
        "tolerance": [_tolerance(r, tolerance) for r in rules],
        "window_ms": [1_000 * r.get("stabilizationWindowSeconds", default_s) for r in rules],
        "select": [_SELECT[r["selectPolicy"]] for r in rules],
        "num_policies": [len(r["policies"]) for r in rules],
        "policy_period_ms": [[1_000 * p.get("periodSeconds", 0) for p in ps] for ps in policies],
        "policy_value": [[p.get("value", 0) for p in ps] for ps in policies],
        "policy_is_percent": [[p.get("type") == "Percent" for p in ps] for ps in policies],
    }
    return row


def target_key(hpa: Fields) -> tuple[str, str, str]:
    """Return kind, namespace and name of what is scaled."""
    target = hpa["spec"]["scaleTargetRef"]
    return target["kind"], hpa["metadata"]["namespace"], target["name"]


def _is_of_resource(metric: Fields, where: str) -> bool:
    resource = mapping(metric, "resource", where)
    name = string(resource, "name", f"{where}.resource")
    return string(metric, "type", where) == "Resource" and name in RESOURCES


def _metric(metric: Fields, where: str) -> tuple[int, bool, int]:
    """Return resource, whether the target is a utilisation, and the target of a checked metric."""
    kind = string(metric, "type", where)
    source = mapping(metric, "resource", where)
    resource = string(source, "name", f"{where}.resource")
    if kind != "Resource" or resource not in RESOURCES:
        shown = f"{kind} {resource}".strip()
        message = f"{where}: a metric of {shown} cannot be simulated; use Resource cpu or memory"
        raise ManifestError(message)
    at = f"{where}.resource.target"
    target = mapping(source, "target", f"{where}.resource")
    if choice(target, "type", at, ("Utilization", "AverageValue"), "") == "Utilization":
        percent = int32(target, "averageUtilization", at, 0, least=1)
        if percent == 0:
            message = f"{at}.averageUtilization is required when type is Utilization"
            raise ManifestError(message)
        return RESOURCES[resource], True, percent
    try:
        value = target.get("averageValue")
        amount = parse_cpu_milli(value) if resource == "cpu" else 1_000 * parse_memory_bytes(value)
    except QuantityError as error:
        message = f"{at}.averageValue: {error}"
        raise ManifestError(message) from error
    if not 0 < amount <= MAX_INT64:
        message = f"{at}.averageValue must be greater than 0, and less than 8Pi"
        raise ManifestError(message)
    return RESOURCES[resource], False, amount


def _rules(
    behaviour: Fields, name: str, where: str, defaults: tuple[Fields, ...]
) -> dict[str, Any]:
    at = f"{where}.{name}"
    rules: dict[str, Any] = dict(mapping(behaviour, name, where))
    rules["selectPolicy"] = choice(rules, "selectPolicy", at, tuple(_SELECT), "Max")
    policies = objects(rules, "policies", at) or defaults
    rules["policies"] = [dict(policy) for policy in policies]
    if len(policies) > MAX_POLICIES:
        message = f"{at}.policies must be at most {MAX_POLICIES} to be simulated"
        raise ManifestError(message)
    for index, policy in enumerate(policies):
        here = f"{at}.policies[{index}]"
        choice(policy, "type", here, ("Pods", "Percent"), "")
        int32(policy, "value", here, 0, least=1)
        period_s = int32(policy, "periodSeconds", here, 0, least=1)
        if not policy.get("value") or not 0 < period_s <= _MAX_PERIOD_S:
            message = f"{here} needs a value, and periodSeconds of at most {_MAX_PERIOD_S}"
            raise ManifestError(message)
    if rules.get("stabilizationWindowSeconds") is None:
        rules.pop("stabilizationWindowSeconds", None)
    elif int32(rules, "stabilizationWindowSeconds", at, 0) > _MAX_WINDOW_S:
        message = f"{at}.stabilizationWindowSeconds must be at most {_MAX_WINDOW_S}"
        raise ManifestError(message)
    _tolerance(rules, 0.0)
    return rules


def _tolerance(rules: Fields, default: float) -> float:
    value = rules.get("tolerance")
    if value is None:
        return default
    try:
        return parse_cpu_milli(value) / 1_000
    except QuantityError as error:
        message = f"tolerance: {error}"
        raise ManifestError(message) from error
