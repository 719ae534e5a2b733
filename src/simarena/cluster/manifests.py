"""Incoming manifests: checked, completed with the API's defaults, and read into numbers."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from simarena.cluster.fields import (
    Fields,
    Manifest,
    choice,
    flag,
    mapping,
    objects,
    string,
    string_map,
    whole,
)
from simarena.cluster.matching import matches_label_selector
from simarena.cluster.placement import check_label_selector, check_placement, check_taints
from simarena.cluster.requests import (
    CPU,
    EPHEMERAL_STORAGE,
    MEMORY,
    pod_requests,
    read_amounts,
)
from simarena.errors import ManifestError

API_VERSIONS: Final[Mapping[str, str]] = {
    "Node": "v1",
    "Pod": "v1",
    "ReplicaSet": "apps/v1",
    "Deployment": "apps/v1",
}
"""Kinds that are simulated."""

SUPPORTED_KINDS: Final = frozenset(API_VERSIONS)

STORED_KINDS: Final = frozenset(
    {
        "ClusterRole",
        "ClusterRoleBinding",
        "ConfigMap",
        "Endpoints",
        "EndpointSlice",
        "HorizontalPodAutoscaler",
        "Ingress",
        "LimitRange",
        "Namespace",
        "NetworkPolicy",
        "PersistentVolume",
        "PersistentVolumeClaim",
        "PodDisruptionBudget",
        "PriorityClass",
        "ResourceQuota",
        "Role",
        "RoleBinding",
        "Secret",
        "Service",
        "ServiceAccount",
        "StorageClass",
    }
)
"""Kinds that are kept and given back; of these, only what the scheduler reads has an effect."""

CLUSTER_KINDS: Final = frozenset(
    {
        "ClusterRole",
        "ClusterRoleBinding",
        "Namespace",
        "Node",
        "PersistentVolume",
        "PriorityClass",
        "StorageClass",
    }
)
"""Kinds that have no namespace."""

DEFAULT_MAX_PODS: Final = 110
"""Pods of a node that does not say how many: the kubelet's default."""

MAX_NAME_LENGTH: Final = 253
MAX_PERCENT: Final = 100
MAX_INT32: Final = 2**31 - 1

_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_GENERATE_NAME = re.compile(r"[a-z0-9][-a-z0-9.]*")
_PERCENT = re.compile(r"[0-9]+%", re.ASCII)
_SET_BY_SERVER = (
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "generation",
    "managedFields",
    "resourceVersion",
    "selfLink",
    "uid",
)
_POD_DEFAULTS: Mapping[str, Any] = {
    "restartPolicy": "Always",
    "terminationGracePeriodSeconds": 30,
    "dnsPolicy": "ClusterFirst",
    "securityContext": {},
    "schedulerName": "default-scheduler",
}
_CONTAINER_DEFAULTS: Mapping[str, Any] = {
    "resources": {},
    "terminationMessagePath": "/dev/termination-log",
    "terminationMessagePolicy": "File",
}


class ObjectKey(NamedTuple):
    """What tells one object from another; `namespace` is empty for kinds that have none."""

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        place = f"{self.namespace}/" if self.namespace else ""
        return f"{self.kind} {place}{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeCapacity:
    """What pods can use of a node."""

    cpu_milli: int
    memory_bytes: int
    ephemeral_bytes: int
    max_pods: int
    extended: Mapping[str, int]


class IntOrPercent(NamedTuple):
    """A number of pods, or per cent of the wanted ones."""

    value: int
    is_percent: bool


def normalise(manifest: object) -> Manifest:
    """Return a checked copy of a manifest with the defaults that the API fills in.

    Fields that only the server sets are left out. A pod may come with `generateName` in place of
    a name. Raises ManifestError, naming the object and the field.
    """
    if not isinstance(manifest, Mapping):
        message = f"a manifest must be an object, got {type(manifest).__name__}"
        raise ManifestError(message)
    result: Manifest = copy.deepcopy(dict(manifest))
    kind = _kind(result)
    result["metadata"] = dict(mapping(result, "metadata", kind))
    where = _name(kind, result["metadata"])
    for name in ("labels", "annotations"):
        string_map(result["metadata"], name, f"{where}: metadata")
    for name in _SET_BY_SERVER:
        result["metadata"].pop(name, None)
    if kind in SUPPORTED_KINDS:
        result["spec"] = dict(mapping(result, "spec", where))
        _COMPLETERS[kind](result, f"{where}: spec")
    return result


def key(manifest: Fields) -> ObjectKey:
    """Return what tells an object from all others; the manifest must be a normalised one."""
    metadata = manifest["metadata"]
    kind = manifest["kind"]
    if not metadata.get("name"):
        message = f"{kind} {metadata.get('generateName')}: metadata.name has not been generated yet"
        raise ManifestError(message)
    return ObjectKey(kind, metadata.get("namespace") or "", metadata["name"])


def node_capacity(node: Fields) -> NodeCapacity:
    """Return what a node has for pods: its allocatable amounts, its capacity where it has none."""
    name = node["metadata"]["name"]
    where = f"Node {name}: status"
    status = mapping(node, "status", f"Node {name}")
    source = "allocatable" if status.get("allocatable") is not None else "capacity"
    values = dict(mapping(status, source, where))
    pods = values.pop("pods", DEFAULT_MAX_PODS)
    amounts = read_amounts({source: values}, source, where)
    for resource in (CPU, MEMORY):
        if resource not in amounts:
            message = f"node {name} has no allocatable {resource}; set status.{source}.{resource}"
            raise ManifestError(message)
    counted = read_amounts({source: {"pods/": pods}}, source, where)
    return NodeCapacity(
        cpu_milli=amounts.pop(CPU),
        memory_bytes=amounts.pop(MEMORY),
        ephemeral_bytes=amounts.pop(EPHEMERAL_STORAGE, 0),
        max_pods=min(counted["pods/"], MAX_INT32),
        extended=amounts,
    )


def int_or_percent(parent: Fields, name: str, where: str, default: int | str) -> IntOrPercent:
    """Return a field that is a number or a percentage, such as maxSurge."""
    value = parent.get(name)
    if value is None:
        value = default
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return IntOrPercent(value, is_percent=False)
    if isinstance(value, str) and _PERCENT.fullmatch(value):
        return IntOrPercent(int(value[:-1]), is_percent=True)
    message = f"{where}.{name} must be a number of pods or a percentage as '25%', got {value!r}"
    raise ManifestError(message)


def rolling_bounds(deployment_spec: Fields) -> tuple[int, int]:
    """Return how many pods a rollout may add, and may leave unavailable, of a normalised spec.

    A percentage of surge rounds up and one of unavailability down; if both come to nothing, one
    pod may be unavailable. Without a rolling update both are 0.
    """
    rolling = deployment_spec["strategy"].get("rollingUpdate")
    if rolling is None:
        return 0, 0
    replicas: int = deployment_spec["replicas"]
    surge = int_or_percent(rolling, "maxSurge", "spec.strategy.rollingUpdate", 0)
    down = int_or_percent(rolling, "maxUnavailable", "spec.strategy.rollingUpdate", 0)
    num_surge = -(-surge.value * replicas // 100) if surge.is_percent else surge.value
    num_down = down.value * replicas // 100 if down.is_percent else down.value
    if num_surge == 0 and num_down == 0:
        num_down = 1
    return num_surge, min(num_down, replicas)


def _kind(manifest: Fields) -> str:
    kind = string(manifest, "kind", "manifest")
    if kind not in SUPPORTED_KINDS | STORED_KINDS:
        known = ", ".join(sorted(SUPPORTED_KINDS))
        message = f"manifest.kind {kind!r} cannot be simulated; simulated kinds are {known}"
        raise ManifestError(message)
    version = string(manifest, "apiVersion", kind)
    if not version:
        message = f"{kind}.apiVersion must not be empty"
        raise ManifestError(message)
    expected = API_VERSIONS.get(kind, version)
    if version != expected:
        message = f"{kind}.apiVersion must be {expected}, got {version!r}"
        raise ManifestError(message)
    return kind


def _name(kind: str, metadata: Manifest) -> str:
    """Check an object's name, complete its namespace, and return how messages call it."""
    name = string(metadata, "name", f"{kind}: metadata")
    prefix = string(metadata, "generateName", f"{kind}: metadata")
    if not name and not (prefix and kind == "Pod"):
        message = f"{kind}: metadata.name must not be empty"
        raise ManifestError(message)
    pattern, shown = (_NAME, name) if name else (_GENERATE_NAME, prefix)
    if len(shown) > MAX_NAME_LENGTH or not pattern.fullmatch(shown):
        message = (
            f"{kind}: metadata.name {shown!r} must be lower case letters, digits, '-' and '.', "
            "begin and end with a letter or digit, and be at most 253 characters long"
        )
        raise ManifestError(message)
    if kind in CLUSTER_KINDS:
        metadata.pop("namespace", None)
        return f"{kind} {shown}"
    namespace = string(metadata, "namespace", f"{kind} {shown}: metadata") or "default"
    metadata["namespace"] = namespace
    return f"{kind} {namespace}/{shown}"


def _complete_node(node: Manifest, where: str) -> None:
    check_taints(node["spec"], where)
    flag(node["spec"], "unschedulable", where)
    node_capacity(node)


def _complete_pod(pod: Manifest, where: str) -> None:
    pod.pop("status", None)
    _complete_pod_spec(pod["spec"], where)


def _complete_replicaset(replicaset: Manifest, where: str) -> None:
    replicaset.pop("status", None)
    _complete_workload(replicaset["spec"], where)


def _complete_deployment(deployment: Manifest, where: str) -> None:
    deployment.pop("status", None)
    spec = deployment["spec"]
    _complete_workload(spec, where)
    spec["revisionHistoryLimit"] = whole(spec, "revisionHistoryLimit", where, 10)
    spec["progressDeadlineSeconds"] = whole(spec, "progressDeadlineSeconds", where, 600)
    if spec["progressDeadlineSeconds"] <= spec.get("minReadySeconds", 0):
        message = f"{where}.progressDeadlineSeconds must be greater than minReadySeconds"
        raise ManifestError(message)
    flag(spec, "paused", where)
    spec["strategy"] = _strategy(mapping(spec, "strategy", where), f"{where}.strategy")


def _complete_workload(spec: Manifest, where: str) -> None:
    spec["replicas"] = _int32(spec, "replicas", where, 1)
    if spec.get("minReadySeconds") is not None:
        _int32(spec, "minReadySeconds", where, 0)
    template = dict(mapping(spec, "template", where))
    at = f"{where}.template"
    template["metadata"] = dict(mapping(template, "metadata", at))
    template["spec"] = dict(mapping(template, "spec", at))
    labels = string_map(template["metadata"], "labels", f"{at}.metadata")
    selector = mapping(spec, "selector", where)
    check_label_selector(selector, f"{where}.selector")
    if not selector.get("matchLabels") and not selector.get("matchExpressions"):
        message = f"{where}.selector must not be empty; name labels of {where}.template"
        raise ManifestError(message)
    if not matches_label_selector(selector, labels):
        message = f"{where}.selector does not match the labels in {at}.metadata.labels"
        raise ManifestError(message)
    _complete_pod_spec(template["spec"], f"{at}.spec")
    if template["spec"]["restartPolicy"] != "Always":
        message = f"{at}.spec.restartPolicy must be Always in a template of replicas"
        raise ManifestError(message)
    spec["template"] = template


def _strategy(strategy: Fields, where: str) -> Manifest:
    kind = choice(strategy, "type", where, ("RollingUpdate", "Recreate"), "RollingUpdate")
    if kind == "Recreate":
        if strategy.get("rollingUpdate") is not None:
            message = f"{where}.rollingUpdate must not be set when type is Recreate"
            raise ManifestError(message)
        return {"type": kind}
    at = f"{where}.rollingUpdate"
    rolling = dict(mapping(strategy, "rollingUpdate", where))
    bounds = []
    for name in ("maxSurge", "maxUnavailable"):
        bound = int_or_percent(rolling, name, at, "25%")
        rolling[name] = f"{bound.value}%" if bound.is_percent else bound.value
        bounds.append(bound)
    surge, down = bounds
    if surge.value == 0 and down.value == 0:
        message = f"{at}.maxUnavailable must not be 0 when maxSurge is 0"
        raise ManifestError(message)
    if down.value > (MAX_PERCENT if down.is_percent else MAX_INT32) or surge.value > MAX_INT32:
        message = f"{at}.maxUnavailable must be at most 100%"
        raise ManifestError(message)
    return {"type": kind, "rollingUpdate": rolling}


def _complete_pod_spec(spec: Manifest, where: str) -> None:
    """Check a pod's spec and fill in defaults, in place."""
    choice(spec, "restartPolicy", where, ("Always", "OnFailure", "Never"), "Always")
    for name in ("nodeName", "priorityClassName", "schedulerName"):
        string(spec, name, where)
    whole(spec, "terminationGracePeriodSeconds", where, 30)
    choice(spec, "preemptionPolicy", where, ("PreemptLowerPriority", "Never", ""), "")
    whole(spec, "priority", where, 0, least=-MAX_INT32 - 1)
    objects(spec, "schedulingGates", where)
    for name, default in _POD_DEFAULTS.items():
        if spec.get(name) is None:
            spec[name] = copy.copy(default)
    for group in ("initContainers", "containers"):
        containers = objects(spec, group, where)
        if containers:
            spec[group] = [dict(container) for container in containers]
            for index, container in enumerate(spec[group]):
                _complete_container(container, f"{where}.{group}[{index}]")
    _check_unique([*(spec.get("initContainers") or ()), *(spec.get("containers") or ())], where)
    check_placement(spec, where)
    pod_requests(spec, where)


def _complete_container(container: Manifest, where: str) -> None:
    if not string(container, "name", where):
        message = f"{where}.name must not be empty"
        raise ManifestError(message)
    image = string(container, "image", where)
    objects(container, "ports", where)
    tag = image.rpartition("/")[2].partition(":")[2]
    latest = "@" not in image and tag in {"", "latest"}
    container.setdefault("imagePullPolicy", "Always" if latest else "IfNotPresent")
    for name, default in _CONTAINER_DEFAULTS.items():
        if container.get(name) is None:
            container[name] = copy.copy(default)


def _check_unique(containers: list[Manifest], where: str) -> None:
    seen: set[str] = set()
    for container in containers:
        if container["name"] in seen:
            message = f"{where}: two containers are named {container['name']!r}; rename one"
            raise ManifestError(message)
        seen.add(container["name"])


def _int32(parent: Fields, name: str, where: str, default: int) -> int:
    value = whole(parent, name, where, default)
    if value > MAX_INT32:
        message = f"{where}.{name} must be at most {MAX_INT32}, got {value}"
        raise ManifestError(message)
    return value


_COMPLETERS: Final = {
    "Node": _complete_node,
    "Pod": _complete_pod,
    "ReplicaSet": _complete_replicaset,
    "Deployment": _complete_deployment,
}
