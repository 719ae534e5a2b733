"""HorizontalPodAutoscalers as the API returns them, and the events of their controller."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simarena.cluster.codes import NONE, MetricFailure, RescaleReason, Resource, Scaling
from simarena.cluster.manifests.api_resources import no_scale
from simarena.cluster.manifests.fields import copied
from simarena.cluster.messages.clock import timestamp

if TYPE_CHECKING:
    import numpy as np

    from simarena.cluster.manifests.fields import Fields, Manifest

_NAMES = {Resource.CPU: "cpu", Resource.MEMORY: "memory"}
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
) -> Manifest:
    """Return a completed HorizontalPodAutoscaler with what the server adds and its status.

    The status tells of what was `synced` last, the same manifest and row if that is None: an object
    that was changed keeps its status until its controller looks at it.
    `request` names the container and the pod without a request, if the last sync met one.
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
    status["currentMetrics"] = _metrics(hpa, read) or None
    status["conditions"] = [
        {
            "type": kind,
            "status": "True" if hpa["condition_status"][index] else "False",
            "lastTransitionTime": timestamp(int(hpa["condition_ms"][index])),
            **_condition(told, hpa, read, Scaling(int(hpa["condition"][index])), request),
        }
        for index, kind in enumerate(_KINDS)
        if hpa["condition"][index] != Scaling.UNKNOWN
    ]
    result["status"] = status
    return result


def rescale_text(hpa: np.void, reason: int) -> str:
    """Return why a target was scaled; `reason` is a metric or a RescaleReason."""
    if reason in _RESCALE_REASONS:
        return _RESCALE_REASONS[RescaleReason(reason)]
    return f"{_metric_name(hpa, reason)} above target"


def resource_of_metric(hpa: np.void, metric: int) -> str:
    """Return the name of the resource whose use a metric looks at."""
    return _NAMES[Resource(int(hpa["metric_resource"][metric]))]


def decimal_quantity(milli: int) -> str:
    """Return thousandths as the API writes quantities, with the largest suffix that fits."""
    exponent = 0
    while milli and milli % 1_000 == 0 and exponent + 1 < len(_SUFFIXES):
        milli //= 1_000
        exponent += 1
    return f"{milli}{_SUFFIXES[exponent]}" if milli else "0"


def _metrics(hpa: np.void, read: np.void) -> list[Manifest]:
    if not hpa["condition"][1]:
        return []
    metrics: list[Manifest] = []
    for index in range(int(read["num_metrics"])):
        if read["metric_failure"][index] != MetricFailure.NONE:
            metrics.append({"type": ""})
            continue
        current: Manifest = {"averageValue": decimal_quantity(int(read["metric_value"][index]))}
        if read["metric_is_utilisation"][index]:
            current["averageUtilization"] = int(read["metric_utilisation"][index])
        name = _NAMES[Resource(int(read["metric_resource"][index]))]
        metrics.append({"type": "Resource", "resource": {"name": name, "current": current}})
    return metrics


def _condition(
    manifest: Fields, hpa: np.void, read: np.void, code: Scaling, request: tuple[str, str]
) -> Manifest:
    if code in _CONDITIONS:
        reason, message = _CONDITIONS[code]
    elif code == Scaling.RESCALED:
        reason = "SucceededRescale"
        desired = int(hpa["desired"])
        message = f"the HPA controller was able to update the target scale to {desired}"
    elif code == Scaling.VALID_METRIC:
        reason = "ValidMetricFound"
        name = _metric_name(read, int(read["best_metric"]))
        message = f"the HPA was able to successfully calculate a replica count from {name}"
    elif code == Scaling.NO_TARGET:
        reason = "FailedGetScale"
        missing = missing_target_text(manifest)
        message = f"the HPA controller was unable to get the target's current scale: {missing}"
    else:
        reason = "FailedGetResourceMetric"
        metric = int(read["best_metric"])
        text = metric_failure_text(read, metric, int(read["metric_failure"][metric]), request)
        message = f"the HPA was unable to compute the replica count: {text}"
    return {"reason": reason, "message": message}


def _metric_name(hpa: np.void, metric: int) -> str:
    name = _NAMES[Resource(int(hpa["metric_resource"][metric]))]
    if hpa["metric_is_utilisation"][metric]:
        return f"{name} resource utilization (percentage of request)"
    return f"{name} resource"


def metric_failure_text(hpa: np.void, metric: int, failure: int, request: tuple[str, str]) -> str:
    """Return why a metric could not be read; `request` is as for `autoscaler_manifest`."""
    name = _NAMES[Resource(int(hpa["metric_resource"][metric]))]
    what = "utilization" if hpa["metric_is_utilisation"][metric] else "usage"
    container, pod = request
    why = {
        MetricFailure.NO_METRICS: (
            f"unable to get metrics for resource {name}: no metrics returned from resource metrics "
            "API"
        ),
        MetricFailure.NO_SAMPLES: (
            "did not receive metrics for targeted pods (pods might be unready)"
        ),
        MetricFailure.NO_REQUEST: (
            f"missing request for {name} in container {container} of Pod {pod}"
        ),
    }[MetricFailure(failure)]
    return f"failed to get {name} {what}: {why}"


def missing_target_text(manifest: Fields) -> str:
    """Return that what an autoscaler is to scale is not there."""
    target = manifest["spec"]["scaleTargetRef"]
    return no_scale(target["kind"], target["name"], target.get("apiVersion") or "")
