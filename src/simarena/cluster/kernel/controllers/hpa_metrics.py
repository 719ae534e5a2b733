"""What one metric of a HorizontalPodAutoscaler asks for, by the usage of the target's pods.

They are the pods that the target's selector means, whoever owns them. Pods being deleted do not
count. Pods that wait, and ready ones whose CPU is that of their start, count as idle where the
others ask for more; pods without usage hold any change back.
"""

from __future__ import annotations

import math

from simarena.cluster.codes import (
    NONE,
    Containers,
    MetricFailure,
    MetricKind,
    Phase,
    Resource,
    WorkloadKind,
)
from simarena.cluster.kernel.pods.usage import (
    container_usage,
    cpu_usage_milli,
    memory_usage_bytes,
    metric_milli,
    step_at,
)
from simarena.cluster.records import Rows, World
from simarena.jit.decorators import inner

_MILLI = 1_000
_MAX_REPLICAS = (1 << 31) - 1
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
    """Return what a pod requests in thousandths, NONE if it, or a container of it, does not.

    What is set for the whole pod takes the place of what its containers ask for.
    """
    template = world.templates[template_row]
    if template["requests_whole"]:
        whole = int(template["cpu_milli"])
        if resource != Resource.CPU:
            whole = _MILLI * int(template["memory_bytes"])
        return whole if whole > 0 else NONE
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
def _measured(templates: Rows, terms: Rows, template_row: int, number: int) -> int:
    """Return the term of a template that tells of a metric, NONE if its pods do not have it."""
    row = int(templates[template_row]["first_metric"])
    while row != NONE and terms[row]["counter"] != number:
        row = int(terms[row]["next"])
    return row


@inner
def _usage(world: World, row: int, metric: int, pod_row: int) -> int:
    """Return what a metric says of a pod, in thousandths; NONE if it says nothing."""
    hpa = world.autoscalers[row]
    kind = hpa["metric_kind"][metric]
    resource = hpa["metric_resource"][metric]
    factor = _MILLI if resource == _MEMORY else 1
    if kind == MetricKind.RESOURCE:
        usage = pod_usage(world, pod_row, resource)
        return usage if usage == NONE else factor * usage
    pod = world.pods[pod_row]
    term_row = _measured(
        world.templates, world.terms, pod["template"], hpa["metric_number"][metric]
    )
    if term_row == NONE or pod["phase"] != Phase.RUNNING:
        return NONE
    term = world.terms[term_row]
    if kind == MetricKind.PODS:
        return metric_milli(world, pod_row, term["key"], term["weight"])
    about = world.usage[term["key"]]
    usage = container_usage(
        world, pod_row, about["since_ms"], about["others"], int(resource == _MEMORY)
    )
    return usage if usage == NONE else factor * usage


@inner
def _request(world: World, row: int, metric: int, template_row: int) -> int:
    """Return what a metric's usage is compared with, in thousandths; NONE if there is nothing."""
    hpa = world.autoscalers[row]
    kind = hpa["metric_kind"][metric]
    if kind == MetricKind.RESOURCE:
        return _pod_request(world, template_row, hpa["metric_resource"][metric])
    if kind == MetricKind.PODS:
        return 0
    term_row = _measured(world.templates, world.terms, template_row, hpa["metric_number"][metric])
    if term_row == NONE:
        return NONE
    return int(world.usage[world.terms[term_row]["key"]]["each"])


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
def _count_pod(world: World, row: int, metric: int, pod_row: int) -> None:
    """Add a pod to the tally of an autoscaler, by how it counts."""
    hpa = world.autoscalers[row]
    fallback_percent = max(100, hpa["metric_target"][metric])
    pod = world.pods[pod_row]
    usage = _usage(world, row, metric, pod_row)
    request = _request(world, row, metric, pod["template"])
    if request == NONE:
        hpa["metric_template"][metric] = pod["template"]
        request = 0
    if usage != NONE:
        hpa["num_metrics_read"] += 1
    standing = _standing(world, pod_row, hpa["metric_resource"][metric], usage)
    if standing == _SAMPLED:
        hpa["num_sampled"] += 1
        hpa["requested"] += request
        hpa["used"] += usage
    elif standing == _UNREADY:
        hpa["num_unready"] += 1
        hpa["unready_requested"] += request
    elif standing == _MISSING:
        hpa["num_missing"] += 1
        hpa["missing_requested"] += request
        hpa["missing_fallback"] += request * fallback_percent // 100


@inner
def _count_pods(world: World, row: int, metric: int, replicaset: int) -> None:
    """Add the pods of a ReplicaSet to the tally of an autoscaler."""
    pod_row = world.workloads[replicaset]["first_pod"]
    while pod_row != NONE:
        _count_pod(world, row, metric, pod_row)
        pod_row = world.pods[pod_row]["next_of_owner"]


@inner
def _belongs_to(pods: Rows, workloads: Rows, pod_row: int, target: int) -> bool:
    """Return whether a workload, or a ReplicaSet of it, owns a pod."""
    owner = pods[pod_row]["owner"]
    return bool(owner != NONE and (owner == target or workloads[owner]["owner"] == target))


@inner
def _is_selected(templates: Rows, terms: Rows, template_row: int, target: int) -> bool:
    """Return whether the selector of a workload means the pods of another's template."""
    row = int(templates[template_row]["first_selected"])
    while row != NONE:
        if terms[row]["counter"] == target:
            return True
        row = int(terms[row]["next"])
    return False


@inner
def _is_meant(world: World, pod_row: int, target: int) -> bool:
    """Return whether the selector of a workload means a pod that is there, its own or another's."""
    pod = world.pods[pod_row]
    return bool(pod["present"]) and (
        _belongs_to(world.pods, world.workloads, pod_row, target)
        or _is_selected(world.templates, world.terms, pod["template"], target)
    )


@inner
def _tally(world: World, row: int, metric: int) -> None:
    """Count all pods that the selector of an autoscaler's target means, its own and others."""
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
    if world.state[0]["num_selected"] > 0:
        for pod_row in range(world.state[0]["num_pods"]):
            is_own = _belongs_to(world.pods, world.workloads, pod_row, hpa["target"])
            if not is_own and _is_meant(world, pod_row, hpa["target"]):
                _count_pod(world, row, metric, pod_row)


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
        lacking = hpa["metric_template"][metric]
        if (
            lacking != NONE
            and hpa["metric_kind"][metric] == MetricKind.CONTAINER_RESOURCE
            and _measured(world.templates, world.terms, lacking, hpa["metric_number"][metric])
            == NONE
        ):
            return MetricFailure.NO_CONTAINER
        if lacking != NONE or hpa["requested"] == 0:
            return MetricFailure.NO_REQUEST
        hpa["metric_utilisation"][metric] = hpa["used"] * 100 // hpa["requested"]
    hpa["metric_value"][metric] = hpa["used"] // hpa["num_sampled"]
    return MetricFailure.NONE


@inner
def _num_pods(world: World, target: int) -> int:
    """Return how many pods a workload has, as its scale tells."""
    workload = world.workloads[target]
    if workload["kind"] != WorkloadKind.DEPLOYMENT:
        return int(workload["num_pods"])
    number = 0
    child = int(workload["first_live"])
    while child != NONE:
        number += int(world.workloads[child]["num_pods"])
        child = int(world.workloads[child]["next_live"])
    return number


@inner
def _count_ready(world: World, row: int) -> int:
    """Return how many of the pods that an autoscaler means run and are ready; NONE: it has none."""
    target = world.autoscalers[row]["target"]
    number = 0
    found = False
    for pod_row in range(world.state[0]["num_pods"]):
        pod = world.pods[pod_row]
        if _is_meant(world, pod_row, target):
            found = True
            if pod["phase"] == Phase.RUNNING and pod["ready"]:
                number += 1
    return number if found else NONE


@inner
def _replicas_of_value(world: World, row: int, metric: int, current: int) -> int:
    """Return how many replicas one number asks for: of an object, or from outside the cluster."""
    hpa = world.autoscalers[row]
    if hpa["metric_num_usage"][metric] == 0:
        hpa["metric_failure"][metric] = MetricFailure.NO_METRICS
        return current
    age_ms = world.state[0]["now_ms"] - hpa["created_ms"]
    step = step_at(world, hpa["metric_usage"][metric], hpa["metric_num_usage"][metric], age_ms)
    value = int(world.usage[step]["each"])
    target = float(hpa["metric_target"][metric])
    number = _count_ready(world, row) if hpa["metric_is_value"][metric] else 0
    if number == NONE:
        hpa["metric_failure"][metric] = MetricFailure.NO_PODS
        return current
    hpa["metric_failure"][metric] = MetricFailure.NONE
    hpa["metric_value"][metric] = value
    low = 1.0 - hpa["tolerance"][1]
    high = 1.0 + hpa["tolerance"][0]
    if hpa["metric_is_value"][metric]:
        ratio = float(value) / target
        if low <= ratio <= high:
            return current
        return int(min(math.ceil(ratio * number), _MAX_REPLICAS))
    pods = _num_pods(world, hpa["target"])
    if pods > 0:
        hpa["metric_value"][metric] = int(math.ceil(float(value) / pods))
        if low <= float(value) / (target * pods) <= high:
            return pods
    return int(min(math.ceil(float(value) / target), _MAX_REPLICAS))


@inner
def replicas_of_metric(world: World, row: int, metric: int, current: int) -> int:
    """Return how many replicas a metric asks for, and write down what it read.

    Where it cannot be read `metric_failure` says why, and the result means nothing.
    """
    hpa = world.autoscalers[row]
    if hpa["metric_kind"][metric] >= MetricKind.OBJECT:
        return _replicas_of_value(world, row, metric, current)
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


@inner
def shares_pods(world: World, target: int, other: int) -> bool:
    """Return whether there is a pod that the selectors of two workloads mean, or of one: any."""
    for pod_row in range(world.state[0]["num_pods"]):
        if _is_meant(world, pod_row, target) and _is_meant(world, pod_row, other):
            return True
    return False
