"""HorizontalPodAutoscalers as the API returns them, and the events of their controller."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simarena.cluster.codes import NONE, MetricFailure, RescaleReason, Scaling
from simarena.cluster.manifests.api_resources import no_scale
from simarena.cluster.manifests.fields import copied
from simarena.cluster.messages.clock import timestamp

if TYPE_CHECKING:
    import numpy as np

    from simarena.cluster.manifests.fields import Fields, Manifest

_SUFFIXES = ("m", "", "k", "M", "G", "T", "P", "E")
_KINDS = ("AbleToScale", "ScalingActive", "ScalingLimited")

_CONDITIONS: Final = {
    Scaling.GOT_SCALE: (
        "SucceededGetScale",
        "the HPA controller was able to get the target's current scale",
    ),
    Scaling.READY: ("ReadyForNewScale", "recommended size matches current size"),
    Scaling.UP_STABILISED: (
        "ScaleUpStabilized",
        (
            "recent recommendations were lower than current one, applying the lowest recent "
            "recommendation"
        ),
    ),
    Scaling.DOWN_STABILISED: (
        "ScaleDownStabilized",
        (
            "recent recommendations were higher than current one, applying the highest recent "
            "recommendation"
        ),
    ),
    Scaling.DISABLED: (
        "ScalingDisabled",
        "scaling is disabled since the replica count of the target is zero",
    ),
    Scaling.WITHIN_RANGE: (
        "DesiredWithinRange",
        "the desired count is within the acceptable range",
    ),
    Scaling.UP_LIMIT: (
        "ScaleUpLimit",
        "the desired replica count is increasing faster than the maximum scale rate",
    ),
    Scaling.DOWN_LIMIT: (
        "ScaleDownLimit",
        "the desired replica count is decreasing faster than the maximum scale rate",
    ),
    Scaling.TOO_MANY: (
        "TooManyReplicas",
        "the desired replica count is more than the maximum replica count",
    ),
    Scaling.TOO_FEW: (
        "TooFewReplicas",
        "the desired replica count is less than the minimum replica count",
    ),
}
_RESCALE_REASONS: Final = {
    RescaleReason.BELOW_TARGETS: "All metrics below target",
    RescaleReason.ABOVE_MAXIMUM: "Current number of replicas above Spec.MaxReplicas",
    RescaleReason.BELOW_MINIMUM: "Current number of replicas below Spec.MinReplicas",
}


def autoscaler_manifest(
    manifest: Fields,
    hpa: np.void,
    *,
    uid: str,
    synced: tuple[Fields, np.void] | None = None,
    request: tuple[str, str] = ("", ""),
    ambiguity: str = "",
) -> Manifest:
    """Return a completed HorizontalPodAutoscaler with what the server adds and its status.

    The status tells of what was `synced` last, the same manifest and row if that is None: an object
    that was changed keeps its status until its controller looks at it.
    `request` names the container and the pod without a request, if the last sync met one,
    `ambiguity` says which others mean the same pods.
    """
    result: Manifest = copied(dict(manifest))
    told, read = synced or (manifest, hpa)
    created = timestamp(int(hpa["created_ms"]))
    result["metadata"].update(uid=uid, creationTimestamp=created)
    status: Manifest = {"desiredReplicas": int(hpa["desired"]), "currentMetrics": None}
    if not hpa["observed"]:
        result["status"] = status
        return result
    status["currentReplicas"] = int(hpa["current"])
    if hpa["scaled_ms"] != NONE:
        status["lastScaleTime"] = timestamp(int(hpa["scaled_ms"]))
    status["currentMetrics"] = _metrics(told, hpa, read) or None
    status["conditions"] = [
        {
            "type": kind,
            "status": "True" if hpa["condition_status"][index] else "False",
            "lastTransitionTime": timestamp(int(hpa["condition_ms"][index])),
            **_condition(
                told, hpa, read, Scaling(int(hpa["condition"][index])), request, ambiguity
            ),
        }
        for index, kind in enumerate(_KINDS)
        if hpa["condition"][index] != Scaling.UNKNOWN
    ]
    result["status"] = status
    return result


def rescale_text(manifest: Fields, reason: int) -> str:
    """Return why a target was scaled; `reason` is a metric or a RescaleReason."""
    if reason in _RESCALE_REASONS:
        return _RESCALE_REASONS[RescaleReason(reason)]
    return f"{_metric_name(_metric(manifest, reason))} above target"


def metric_sought(manifest: Fields, metric: int) -> str:
    """Return what a controller looks for when it reads a metric."""
    wanted = _metric(manifest, metric)
    part = wanted[_part(wanted)]
    average = part["target"]["type"] == "AverageValue"
    name = part.get("name") or part["metric"]["name"]
    of_object = f": failed to get {name} object metric" if average else ""
    external = f"{name} external metric" if average else f"external metric {name}"
    return {
        "Resource": f"{name} resource metric value",
        "ContainerResource": f"{part.get('container')} container metric value",
        "Pods": "pods metric value",
        "Object": f"object metric value{of_object}",
        "External": f"{name} external metric value: failed to get {external}",
    }[wanted["type"]]


def metric_failure_reason(manifest: Fields, metric: int) -> str:
    """Return the reason of a condition, or an event, that a metric could not be read."""
    return f"FailedGet{_metric(manifest, metric)['type']}Metric"


def _metric(manifest: Fields, index: int) -> Fields:
    found: Fields = manifest["spec"]["metrics"][index]
    return found


def _part(metric: Fields) -> str:
    """Return under which key a metric says what it looks at."""
    kind: str = metric["type"]
    return kind[:1].lower() + kind[1:]


def decimal_quantity(milli: int) -> str:
    """Return thousandths as the API writes quantities, with the largest suffix that fits."""
    exponent = 0
    while milli and milli % 1_000 == 0 and exponent + 1 < len(_SUFFIXES):
        milli //= 1_000
        exponent += 1
    return f"{milli}{_SUFFIXES[exponent]}" if milli else "0"


def _metrics(manifest: Fields, hpa: np.void, read: np.void) -> list[Manifest]:
    if not hpa["condition"][1] or hpa["condition"][1] == Scaling.AMBIGUOUS:
        return []
    metrics: list[Manifest] = []
    for index in range(int(read["num_metrics"])):
        if read["metric_failure"][index] != MetricFailure.NONE:
            metrics.append({"type": ""})
            continue
        wanted = _metric(manifest, index)
        value = decimal_quantity(int(read["metric_value"][index]))
        current: Manifest = {"value" if read["metric_is_value"][index] else "averageValue": value}
        if read["metric_is_utilisation"][index]:
            current["averageUtilization"] = int(read["metric_utilisation"][index])
        about = {key: each for key, each in wanted[_part(wanted)].items() if key != "target"}
        metrics.append({"type": wanted["type"], _part(wanted): {**about, "current": current}})
    return metrics


def _condition(
    manifest: Fields,
    hpa: np.void,
    read: np.void,
    code: Scaling,
    request: tuple[str, str],
    ambiguity: str,
) -> Manifest:
    if code in _CONDITIONS:
        reason, message = _CONDITIONS[code]
    elif code == Scaling.RESCALED:
        reason = "SucceededRescale"
        desired = int(hpa["desired"])
        message = f"the HPA controller was able to update the target scale to {desired}"
    elif code == Scaling.VALID_METRIC:
        reason = "ValidMetricFound"
        name = _metric_name(_metric(manifest, int(read["best_metric"])))
        message = f"the HPA was able to successfully calculate a replica count from {name}"
    elif code == Scaling.NO_TARGET:
        reason = "FailedGetScale"
        missing = missing_target_text(manifest)
        message = f"the HPA controller was unable to get the target's current scale: {missing}"
    elif code == Scaling.AMBIGUOUS:
        reason, message = "AmbiguousSelector", ambiguity
    else:
        metric = int(read["best_metric"])
        reason = metric_failure_reason(manifest, metric)
        text = metric_failure_text(manifest, metric, int(read["metric_failure"][metric]), request)
        message = f"the HPA was unable to compute the replica count: {text}"
    return {"reason": reason, "message": message}


def _metric_name(metric: Fields) -> str:
    part, kind = metric[_part(metric)], metric["type"]
    name = part.get("name") or part["metric"]["name"]
    if kind in {"Resource", "ContainerResource"}:
        if part["target"]["type"] != "Utilization":
            return f"{name} resource"
        what = "container resource" if kind == "ContainerResource" else "resource"
        return f"{name} {what} utilization (percentage of request)"
    if kind == "Pods":
        return f"pods metric {name}"
    if kind == "Object" and part["target"]["type"] == "Value":
        return f"{part['describedObject']['kind']} metric {name}"
    return f"external metric {name}({_selector_text(part['metric'].get('selector'))})"


def _selector_text(selector: Fields | None) -> str:
    """Return a label selector as Go prints it."""
    if selector is None:
        return "nil"
    labels = "".join(
        f"{key}: {value}," for key, value in sorted((selector.get("matchLabels") or {}).items())
    )
    expressions = "".join(
        f"LabelSelectorRequirement{{Key:{each['key']},Operator:{each['operator']},"
        f"Values:[{' '.join(each.get('values') or ())}],}},"
        for each in selector.get("matchExpressions") or ()
    )
    return (
        f"&LabelSelector{{MatchLabels:map[string]string{{{labels}}},"
        f"MatchExpressions:[]LabelSelectorRequirement{{{expressions}}},}}"
    )


def metric_failure_text(
    manifest: Fields, metric: int, failure: int, request: tuple[str, str]
) -> str:
    """Return why a metric could not be read; `request` is as for `autoscaler_manifest`."""
    wanted = _metric(manifest, metric)
    part, kind = wanted[_part(wanted)], wanted["type"]
    name = part.get("name") or part["metric"]["name"]
    container, pod = request
    why = {
        MetricFailure.NO_METRICS: _no_metrics(manifest, wanted, name),
        MetricFailure.NO_SAMPLES: (
            "did not receive metrics for targeted pods (pods might be unready)"
        ),
        MetricFailure.NO_REQUEST: (
            f"missing request for {name} in container {container} of Pod {pod}"
            if container
            else f"missing pod-level request for {name} in Pod {pod}"
        ),
        MetricFailure.NO_CONTAINER: f"container {part.get('container')} not found in Pod {pod}",
        MetricFailure.NO_PODS: (
            "unable to calculate ready pods: no pods returned by selector while calculating "
            "replica count"
        ),
    }[MetricFailure(failure)]
    if kind in {"Resource", "ContainerResource"}:
        what = "usage" if part["target"]["type"] == "AverageValue" else "utilization"
        return f"failed to get {name} {what}: {why}"
    return why


def _no_metrics(manifest: Fields, metric: Fields, name: str) -> str:
    """Return that nobody tells of a metric."""
    kind, namespace = metric["type"], manifest["metadata"].get("namespace", "default")
    if kind in {"Resource", "ContainerResource"}:
        return (
            f"unable to get metrics for resource {name}: no metrics returned from resource "
            "metrics API"
        )
    if kind == "Pods":
        return f"unable to get metric {name}: no metrics returned from custom metrics API"
    identifier = metric[_part(metric)]["metric"]
    if kind == "External":
        selector = _selector_text(identifier.get("selector"))
        return (
            f"unable to get external metric {namespace}/{name}/{selector}: no metrics returned "
            "from external metrics API"
        )
    about = metric["object"]["describedObject"]
    return (
        f"unable to get metric {name}: unable to fetch metrics from custom metrics API: the "
        f"server could not find the metric {name} for {about['kind']} {about['name']} on "
        f"{about['kind']} {namespace}/{about['name']}"
    )


def missing_target_text(manifest: Fields) -> str:
    """Return that what an autoscaler is to scale is not there."""
    target = manifest["spec"]["scaleTargetRef"]
    return no_scale(target["kind"], target["name"], target.get("apiVersion") or "")
