"""HorizontalPodAutoscalers: checked, completed with the API's defaults, and read once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from simarena.checks.bounds import MAX_INT64
from simarena.cluster.codes import (
    MAX_METRICS,
    MAX_POLICIES,
    NONE,
    MetricKind,
    Resource,
    SelectPolicy,
)
from simarena.cluster.manifests.api_object import ApiObject, ObjectKey
from simarena.cluster.manifests.fields import (
    choice,
    int32,
    mapping,
    objects,
    required,
    string,
    string_map,
)
from simarena.cluster.manifests.pods.usage import metric_schedules
from simarena.cluster.manifests.selectors import selector_at
from simarena.errors import ManifestError, QuantityError, shown
from simarena.trace.quantity import parse_cpu_milli, parse_memory_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from simarena.cluster.manifests.fields import Fields, Manifest
    from simarena.cluster.manifests.pods.usage import Schedule

RESOURCES: Final = {"cpu": Resource.CPU, "memory": Resource.MEMORY}

_KINDS: Final = {
    "Resource": MetricKind.RESOURCE,
    "ContainerResource": MetricKind.CONTAINER_RESOURCE,
    "Pods": MetricKind.PODS,
    "Object": MetricKind.OBJECT,
    "External": MetricKind.EXTERNAL,
}
_OF_RESOURCES: Final = frozenset({"resource", "containerResource"})
_PARTS: Final = {kind: name[:1].lower() + name[1:] for name, kind in _KINDS.items()}
"""What of a metric tells about it."""

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


class Metric(NamedTuple):
    """A metric and what it shall be."""

    kind: MetricKind
    target: int
    """Per cent, or thousandths of a core, a byte or whatever the metric counts."""
    resource: Resource = Resource.MEMORY
    """Whose use it looks at. Others are read as that of memory is: pods need not be ready."""
    is_utilisation: bool = False
    """The target is per cent of what pods request."""
    is_value: bool = False
    """The target is of all pods together, not of each."""
    name: str = ""
    """Of the metric, or of the container that it looks at."""
    schedule: Schedule = ()
    """What it is as time passes, where it is not the pods'; empty: nobody says so."""

    @property
    def of_pods(self) -> tuple[str, ...] | None:
        """What pods are asked for besides their use of resources; None: nothing."""
        if self.kind == MetricKind.PODS:
            return (self.name,)
        if self.kind == MetricKind.CONTAINER_RESOURCE:
            return (self.name, self.resource.name)
        return None


class Policy(NamedTuple):
    """How far it may scale within a period."""

    value: int = 0
    is_percent: bool = False
    period_ms: int = 0


class Rules(NamedTuple):
    """How it scales in one direction."""

    policies: tuple[Policy, ...]
    select: SelectPolicy
    window_ms: int | None
    """How long it looks back; None: as long as the controller does."""
    tolerance: float | None
    """None: the controller's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Autoscaler(ApiObject):
    """A HorizontalPodAutoscaler."""

    min_replicas: int
    max_replicas: int
    target: ObjectKey
    """What it scales."""
    metrics: tuple[Metric, ...]
    behaviour: tuple[Rules, Rules] | None
    """How it scales up and down; None: as the controller does."""

    @property
    def sizes(self) -> Mapping[str, int]:
        """How many pods it asks for at least, by field."""
        return {"minReplicas": self.min_replicas}

    def row(self, *, tolerance: float, downscale_ms: int) -> dict[str, Any]:
        """Return the fields of an AUTOSCALER row that it decides; the controller sets two."""
        padding = [0] * (MAX_METRICS - len(self.metrics))
        row: dict[str, Any] = {
            "min_replicas": self.min_replicas,
            "max_replicas": self.max_replicas,
            "num_metrics": len(self.metrics),
            "metric_resource": [metric.resource for metric in self.metrics] + padding,
            "metric_is_utilisation": [metric.is_utilisation for metric in self.metrics] + padding,
            "metric_target": [metric.target for metric in self.metrics] + padding,
            "metric_kind": [metric.kind for metric in self.metrics] + padding,
            "metric_is_value": [metric.is_value for metric in self.metrics] + padding,
            "metric_template": [NONE] * MAX_METRICS,
            "has_behaviour": self.behaviour is not None,
            "tolerance": [tolerance, tolerance],
        }
        if self.behaviour is None:
            return row
        policies = [
            [*rules.policies, *[Policy()] * (MAX_POLICIES - len(rules.policies))]
            for rules in self.behaviour
        ]
        default_ms = downscale_ms // 1_000 * 1_000
        windows = [rules.window_ms for rules in self.behaviour]
        return row | {
            "tolerance": [
                tolerance if rules.tolerance is None else rules.tolerance
                for rules in self.behaviour
            ],
            "window_ms": [default_ms if each is None else each for each in windows],
            "select": [rules.select for rules in self.behaviour],
            "num_policies": [len(rules.policies) for rules in self.behaviour],
            "policy_period_ms": [[each.period_ms for each in some] for some in policies],
            "policy_value": [[each.value for each in some] for some in policies],
            "policy_is_percent": [[each.is_percent for each in some] for some in policies],
        }


def from_version_1(hpa: Manifest) -> None:
    """Turn an object of autoscaling/v1 into one of autoscaling/v2, in place."""
    hpa["apiVersion"] = "autoscaling/v2"
    spec = dict(mapping(hpa, "spec", "HorizontalPodAutoscaler"))
    percent = spec.pop("targetCPUUtilizationPercentage", None)
    if percent is not None:
        target = {"type": "Utilization", "averageUtilization": percent}
        spec["metrics"] = [{"type": "Resource", "resource": {"name": "cpu", "target": target}}]
    hpa["spec"] = spec


def read_autoscaler(manifest: Manifest, key: ObjectKey, where: str) -> Autoscaler:
    """Check a HorizontalPodAutoscaler and fill in defaults, in place; return what it says."""
    manifest.pop("status", None)
    spec = manifest["spec"]
    target = mapping(spec, "scaleTargetRef", where)
    for name in ("kind", "name"):
        required(target, name, f"{where}.scaleTargetRef")
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
    annotations = string_map(manifest["metadata"], "annotations", "metadata")
    schedules = dict(metric_schedules(annotations, "metadata"))
    read = tuple(
        _metric(metric, f"{where}.metrics[{index}]", schedules)
        for index, metric in enumerate(metrics)
    )
    return Autoscaler(
        key=key,
        manifest=manifest,
        min_replicas=spec["minReplicas"],
        max_replicas=spec["maxReplicas"],
        target=ObjectKey(target["kind"], key.namespace, target["name"]),
        metrics=read,
        behaviour=_behaviour(spec, where),
    )


def is_simulated(hpa: Fields) -> bool:
    """Return whether all metrics of a HorizontalPodAutoscaler can be simulated.

    The object may be as it was recorded. Raises ManifestError where its metrics are no objects.
    """
    where = f"HorizontalPodAutoscaler {hpa['metadata'].get('name')}"
    metrics = objects(mapping(hpa, "spec", where), "metrics", f"{where}: spec")
    return len(metrics) <= MAX_METRICS and all(
        _is_known(metric, f"{where}: spec.metrics[{index}]") for index, metric in enumerate(metrics)
    )


def _is_known(metric: Fields, where: str) -> bool:
    kind = string(metric, "type", where)
    for part in _PARTS.values():
        mapping(metric, part, where)
    if kind not in _KINDS:
        return False
    part = _PARTS[_KINDS[kind]]
    source = mapping(metric, part, where)
    return part not in _OF_RESOURCES or string(source, "name", f"{where}.{part}") in RESOURCES


def _metric(metric: Fields, where: str, schedules: Mapping[str, Schedule]) -> Metric:
    """Return what a metric looks at; `schedules` has what those are that pods do not have."""
    kind = _KINDS[choice(metric, "type", where, tuple(_KINDS), "")]
    part = _PARTS[kind]
    at = f"{where}.{part}"
    source = mapping(metric, part, where)
    if part in _OF_RESOURCES:
        name = string(source, "name", at)
        if name not in RESOURCES:
            message = f"{at}.name must be cpu or memory to be simulated, got {shown(name)}"
            raise ManifestError(message)
        container = required(source, "container", at) if part == "containerResource" else ""
        return _of_resource(source, at, kind, name)._replace(name=container)
    identifier = mapping(source, "metric", at)
    name = required(identifier, "name", f"{at}.metric")
    selector_at(identifier, "selector", f"{at}.metric")
    if kind == MetricKind.OBJECT:
        described = mapping(source, "describedObject", at)
        for field in ("kind", "name"):
            required(described, field, f"{at}.describedObject")
    target = mapping(source, "target", at)
    types = ("AverageValue",) if kind == MetricKind.PODS else ("Value", "AverageValue")
    is_value = choice(target, "type", f"{at}.target", types, "") == "Value"
    key = "value" if is_value else "averageValue"
    amount = _amount(target, key, f"{at}.target", parse_cpu_milli)
    schedule = () if kind == MetricKind.PODS else schedules.get(name, ())
    return Metric(kind, amount, is_value=is_value, name=name, schedule=schedule)


def _of_resource(source: Fields, where: str, kind: MetricKind, name: str) -> Metric:
    at = f"{where}.target"
    target = mapping(source, "target", where)
    if choice(target, "type", at, ("Utilization", "AverageValue"), "") == "Utilization":
        percent = int32(target, "averageUtilization", at, 0, least=1)
        if percent == 0:
            message = f"{at}.averageUtilization is required when type is Utilization"
            raise ManifestError(message)
        return Metric(kind, percent, RESOURCES[name], is_utilisation=True)
    parse = parse_cpu_milli if name == "cpu" else _parse_memory_milli
    return Metric(kind, _amount(target, "averageValue", at, parse), RESOURCES[name])


def _parse_memory_milli(value: object) -> int:
    return 1_000 * parse_memory_bytes(value)


def _amount(target: Fields, key: str, where: str, parse: Callable[[object], int]) -> int:
    try:
        amount = parse(target.get(key))
    except QuantityError as error:
        message = f"{where}.{key}: {error}"
        raise ManifestError(message) from error
    if not 0 < amount <= MAX_INT64:
        message = f"{where}.{key} must be greater than 0, and less than 8Pi"
        raise ManifestError(message)
    return amount


def _behaviour(spec: Manifest, where: str) -> tuple[Rules, Rules] | None:
    if spec.get("behavior") is None:
        spec.pop("behavior", None)
        return None
    behaviour = mapping(spec, "behavior", where)
    up, up_rules = _rules(behaviour, "scaleUp", f"{where}.behavior", _UP_POLICIES)
    down, down_rules = _rules(behaviour, "scaleDown", f"{where}.behavior", _DOWN_POLICIES)
    up.setdefault("stabilizationWindowSeconds", 0)
    spec["behavior"] = {"scaleUp": up, "scaleDown": down}
    return up_rules._replace(window_ms=up_rules.window_ms or 0), down_rules


def _rules(
    behaviour: Fields, name: str, where: str, defaults: tuple[Fields, ...]
) -> tuple[Manifest, Rules]:
    """Return the rules of one direction, completed and read."""
    at = f"{where}.{name}"
    rules: Manifest = dict(mapping(behaviour, name, where))
    rules["selectPolicy"] = choice(rules, "selectPolicy", at, tuple(_SELECT), "Max")
    policies = objects(rules, "policies", at) or defaults
    rules["policies"] = [dict(policy) for policy in policies]
    if len(policies) > MAX_POLICIES:
        message = f"{at}.policies must be at most {MAX_POLICIES} to be simulated"
        raise ManifestError(message)
    read = tuple(
        _policy(policy, f"{at}.policies[{index}]") for index, policy in enumerate(policies)
    )
    window_ms = None
    if rules.get("stabilizationWindowSeconds") is None:
        rules.pop("stabilizationWindowSeconds", None)
    else:
        window_s = int32(rules, "stabilizationWindowSeconds", at, 0)
        if window_s > _MAX_WINDOW_S:
            message = f"{at}.stabilizationWindowSeconds must be at most {_MAX_WINDOW_S}"
            raise ManifestError(message)
        window_ms = 1_000 * window_s
    return rules, Rules(read, _SELECT[rules["selectPolicy"]], window_ms, _tolerance(rules))


def _policy(policy: Fields, where: str) -> Policy:
    kind = choice(policy, "type", where, ("Pods", "Percent"), "")
    value = int32(policy, "value", where, 0, least=1)
    period_s = int32(policy, "periodSeconds", where, 0, least=1)
    if not value or not 0 < period_s <= _MAX_PERIOD_S:
        message = f"{where} needs a value, and periodSeconds of at most {_MAX_PERIOD_S}"
        raise ManifestError(message)
    return Policy(value, kind == "Percent", 1_000 * period_s)


def _tolerance(rules: Fields) -> float | None:
    value = rules.get("tolerance")
    if value is None:
        return None
    try:
        return parse_cpu_milli(value) / 1_000
    except QuantityError as error:
        message = f"tolerance: {error}"
        raise ManifestError(message) from error
