"""What one metric of a HorizontalPodAutoscaler asks for, by the usage of the target's pods.

Pods being deleted do not count. Pods that wait, and ready ones whose CPU is that of their start,
count as idle where the others ask for more; pods without usage hold any change back.
"""

from __future__ import annotations

import math

from simarena.cluster.codes import (
    NONE,
    Containers,
    MetricFailure,
    Phase,
    Resource,
    WorkloadKind,
)
from simarena.cluster.kernel.pods.usage import cpu_usage_milli, memory_usage_bytes
from simarena.cluster.records import World
from simarena.jit.decorators import inner

_MILLI = 1_000
_MEMORY = int(Resource.MEMORY)
_SAMPLED = 0
_UNREADY = 1
_MISSING = 2
_IGNORED = 3


@inner
def pod_usage(world: World, pod_row: int, resource: int) -> int:
    """Return what a running pod uses, in millicores or bytes; NONE if nothing of it runs."""
    pod = world.pods[pod_row]
    if pod["phase"] != Phase.RUNNING:
        return NONE
    if world.settings[0]["real_kubelet"] and pod["containers"] != Containers.RUNNING:
        return NONE
    if resource == _MEMORY:
        return int(memory_usage_bytes(world, pod_row))
    return int(cpu_usage_milli(world, pod_row))


@inner
def _pod_request(world: World, template_row: int, resource: int) -> int:
    """Return what the containers of a pod request in thousandths, NONE if one requests nothing."""
    template = world.templates[template_row]
    if template["unrequested"] >> resource & 1:
        return NONE
    if resource == Resource.CPU:
        if template["first_cpu_milli"] == NONE:
            return NONE
        return int(template["first_cpu_milli"] + template["others_cpu_milli"])
    if template["first_memory_bytes"] == NONE:
        return NONE
    return _MILLI * int(template["first_memory_bytes"] + template["others_memory_bytes"])


@inner
def _standing(world: World, pod_row: int, resource: int, usage: int) -> int:
    """Return how a pod counts."""
    pod = world.pods[pod_row]
    settings = world.settings[0]
    now_ms = world.state[0]["now_ms"]
    if pod["deleting"] or pod["phase"] == Phase.FAILED:
        return _IGNORED
    if pod["phase"] == Phase.PENDING:
        return _UNREADY
    if usage == NONE:
        return _MISSING
    if resource != Resource.CPU:
        return _SAMPLED
    changed_ms = pod["ready_ms"]
    if pod["ready"] == 0:
        changed_ms = max(pod["unready_ms"], pod["bound_ms"])
    if pod["bound_ms"] + settings["hpa_cpu_start_ms"] > now_ms:
        if pod["ready"] == 0 or now_ms < changed_ms + settings["hpa_window_ms"]:
            return _UNREADY
    elif pod["ready"] == 0 and pod["bound_ms"] + settings["hpa_readiness_ms"] > changed_ms:
        return _UNREADY
    return _SAMPLED


@inner
def _count_pods(world: World, row: int, metric: int, replicaset: int) -> None:
    """Add the pods of a ReplicaSet to the tally of an autoscaler, by how each counts."""
    hpa = world.autoscalers[row]
    resource = hpa["metric_resource"][metric]
    fallback_percent = max(100, hpa["metric_target"][metric])
    pod_row = world.workloads[replicaset]["first_pod"]
    while pod_row != NONE:
        pod = world.pods[pod_row]
        usage = pod_usage(world, pod_row, resource)
        request = _pod_request(world, pod["template"], resource)
        if request == NONE:
            hpa["metric_template"][metric] = pod["template"]
            request = 0
        if usage != NONE:
            hpa["num_metrics_read"] += 1
        standing = _standing(world, pod_row, resource, usage)
        if standing == _SAMPLED:
            hpa["num_sampled"] += 1
            hpa["requested"] += request
            hpa["used"] += usage * (_MILLI if resource == _MEMORY else 1)
        elif standing == _UNREADY:
            hpa["num_unready"] += 1
            hpa["unready_requested"] += request
        elif standing == _MISSING:
            hpa["num_missing"] += 1
            hpa["missing_requested"] += request
            hpa["missing_fallback"] += request * fallback_percent // 100
        pod_row = pod["next_of_owner"]


@inner
def _tally(world: World, row: int, metric: int) -> None:
    """Count all pods of an autoscaler's target."""
    hpa = world.autoscalers[row]
    hpa["metric_template"][metric] = NONE
    hpa["num_metrics_read"] = 0
    hpa["num_sampled"] = 0
    hpa["num_unready"] = 0
    hpa["num_missing"] = 0
    hpa["used"] = 0
    hpa["requested"] = 0
    hpa["unready_requested"] = 0
    hpa["missing_requested"] = 0
    hpa["missing_fallback"] = 0
    target = world.workloads[hpa["target"]]
    is_deployment = target["kind"] == WorkloadKind.DEPLOYMENT
    child = int(target["first_live"] if is_deployment else hpa["target"])
    while child != NONE:
        _count_pods(world, row, metric, child)
        child = int(world.workloads[child]["next_live"]) if is_deployment else NONE


@inner
def _ratio(world: World, row: int, metric: int, used: int, requested: int, number: int) -> float:
    """Return usage over target: whole per cents of the requests, or whole thousandths of a pod."""
    hpa = world.autoscalers[row]
    usage = used // number
    if hpa["metric_is_utilisation"][metric]:
        usage = used * 100 // requested
    return float(usage) / float(hpa["metric_target"][metric])


@inner
def _read(world: World, row: int, metric: int) -> int:
    """Count the pods and write down what they use; return a MetricFailure."""
    hpa = world.autoscalers[row]
    _tally(world, row, metric)
    if hpa["num_metrics_read"] == 0:
        return MetricFailure.NO_METRICS
    if hpa["num_sampled"] == 0:
        return MetricFailure.NO_SAMPLES
    if hpa["metric_is_utilisation"][metric]:
        if hpa["metric_template"][metric] != NONE or hpa["requested"] == 0:
            return MetricFailure.NO_REQUEST
        hpa["metric_utilisation"][metric] = hpa["used"] * 100 // hpa["requested"]
    hpa["metric_value"][metric] = hpa["used"] // hpa["num_sampled"]
    return MetricFailure.NONE


@inner
def replicas_of_metric(world: World, row: int, metric: int, current: int) -> int:
    """Return how many replicas a metric asks for, and write down what it read.

    Where it cannot be read `metric_failure` says why, and the result means nothing.
    """
    hpa = world.autoscalers[row]
    failure = _read(world, row, metric)
    hpa["metric_failure"][metric] = failure
    if failure != MetricFailure.NONE:
        return current
    low = 1.0 - hpa["tolerance"][1]
    high = 1.0 + hpa["tolerance"][0]
    used = int(hpa["used"])
    requested = int(hpa["requested"])
    number = int(hpa["num_sampled"])
    ratio = _ratio(world, row, metric, used, requested, number)
    unready_hold_back = hpa["num_unready"] > 0 and ratio > 1.0
    if not unready_hold_back and hpa["num_missing"] == 0:
        if low <= ratio <= high:
            return current
        return int(math.ceil(ratio * number))

    is_utilisation = hpa["metric_is_utilisation"][metric]
    if hpa["num_missing"] > 0 and (not is_utilisation or ratio != 1.0):
        number += hpa["num_missing"]
        requested += hpa["missing_requested"]
        if ratio < 1.0 and is_utilisation:
            used += hpa["missing_fallback"]
        elif ratio < 1.0:
            used += hpa["metric_target"][metric] * hpa["num_missing"]
    if unready_hold_back:
        number += hpa["num_unready"]
        requested += hpa["unready_requested"]
    revised = _ratio(world, row, metric, used, requested, number)
    if low <= revised <= high or (ratio < 1.0 < revised) or (revised < 1.0 < ratio):
        return current
    replicas = int(math.ceil(revised * number))
    if (revised < 1.0 and replicas > current) or (revised > 1.0 and replicas < current):
        return current
    return replicas
