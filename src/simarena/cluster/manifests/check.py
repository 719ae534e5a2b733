"""Incoming manifests: checked, completed with the API's defaults, and read into numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from simarena.cluster.manifests.capacity import node_capacity
from simarena.cluster.manifests.fields import (
    Fields,
    Manifest,
    flag,
    int32,
    mapping,
    objects,
    plain,
    string,
    string_map,
)
from simarena.cluster.manifests.pods.images import check_images
from simarena.cluster.manifests.pods.placement import check_taints
from simarena.cluster.manifests.pods.spec import complete_pod_spec
from simarena.cluster.manifests.pods.template import complete_selected
from simarena.cluster.manifests.workloads.apps import complete_daemonset, complete_statefulset
from simarena.cluster.manifests.workloads.autoscaler import complete_autoscaler, from_version_1
from simarena.cluster.manifests.workloads.batch import complete_cronjob, complete_job
from simarena.cluster.manifests.workloads.deployment import complete_strategy
from simarena.errors import ManifestError, shown

API_VERSIONS: Final[Mapping[str, str]] = {
    "Node": "v1",
    "Pod": "v1",
    "ReplicaSet": "apps/v1",
    "Deployment": "apps/v1",
    "StatefulSet": "apps/v1",
    "DaemonSet": "apps/v1",
    "Job": "batch/v1",
    "CronJob": "batch/v1",
    "HorizontalPodAutoscaler": "autoscaling/v2",
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

UNHEEDED_KINDS: Final = frozenset(
    {"LimitRange", "PersistentVolume", "PersistentVolumeClaim", "ResourceQuota", "StorageClass"}
)
"""Of those kept, the kinds that would decide about pods in a real cluster, and here do not."""

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

MAX_NAME_LENGTH: Final = 253

_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_GENERATE_NAME = re.compile(r"[a-z0-9][-a-z0-9.]*")
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


class ObjectKey(NamedTuple):
    """What tells one object from another; `namespace` is empty for kinds that have none."""

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        place = f"{self.namespace}/" if self.namespace else ""
        return f"{self.kind} {place}{self.name}"


def normalise(manifest: object) -> Manifest:
    """Return a checked copy of a manifest with the defaults that the API fills in.

    Fields that only the server sets are left out. A pod may come with `generateName` in place of
    a name. Raises ManifestError, naming the object and the field.
    """
    if not isinstance(manifest, Mapping):
        message = f"a manifest must be an object, got {type(manifest).__name__}"
        raise ManifestError(message)
    result = plain(manifest)
    if result.get("kind") == "HorizontalPodAutoscaler" and (
        result.get("apiVersion") == "autoscaling/v1"
    ):
        from_version_1(result)
    kind = _kind(result)
    result["metadata"] = dict(mapping(result, "metadata", kind))
    where = _name(kind, result["metadata"])
    for name in ("labels", "annotations"):
        string_map(result["metadata"], name, f"{where}: metadata")
    _check_owners(result["metadata"], f"{where}: metadata")
    for name in _SET_BY_SERVER:
        result["metadata"].pop(name, None)
    if kind in SUPPORTED_KINDS:
        result["spec"] = dict(mapping(result, "spec", where))
        _COMPLETERS[kind](result, f"{where}: spec")
    return result


def normalise_all(manifests: object, what: str) -> list[Manifest]:
    """Return what `normalise` makes of each of several manifests, which messages call `what`.

    Raises ManifestError where they are not several.
    """
    if isinstance(manifests, Mapping | str | bytes) or not isinstance(manifests, Iterable):
        message = f"{what} must be a list of manifests, got {shown(manifests)}"
        raise ManifestError(message)
    return [normalise(manifest) for manifest in manifests]


def _check_owners(metadata: Fields, where: str) -> None:
    for index, owner in enumerate(objects(metadata, "ownerReferences", where)):
        at = f"{where}.ownerReferences[{index}]"
        for name in ("apiVersion", "kind", "name", "uid"):
            string(owner, name, at)
        flag(owner, "controller", at)


def key(manifest: Fields) -> ObjectKey:
    """Return what tells an object from all others; the manifest must be a normalised one."""
    metadata = manifest["metadata"]
    kind = manifest["kind"]
    if not metadata.get("name"):
        message = f"{kind} {metadata.get('generateName')}: metadata.name has not been generated yet"
        raise ManifestError(message)
    return ObjectKey(kind, metadata.get("namespace") or "", metadata["name"])


def _kind(manifest: Fields) -> str:
    kind = string(manifest, "kind", "manifest")
    if kind not in SUPPORTED_KINDS | STORED_KINDS:
        known = ", ".join(sorted(SUPPORTED_KINDS))
        message = f"manifest.kind {shown(kind)} cannot be simulated; simulated kinds are {known}"
        raise ManifestError(message)
    version = string(manifest, "apiVersion", kind)
    if not version:
        message = f"{kind}.apiVersion must not be empty"
        raise ManifestError(message)
    expected = API_VERSIONS.get(kind, version)
    if version != expected:
        message = f"{kind}.apiVersion must be {expected}, got {shown(version)}"
        raise ManifestError(message)
    return kind


def _name(kind: str, metadata: Manifest) -> str:
    """Check an object's name, complete its namespace, and return how messages call it."""
    name = string(metadata, "name", f"{kind}: metadata")
    prefix = string(metadata, "generateName", f"{kind}: metadata")
    if not name and not (prefix and kind == "Pod"):
        message = f"{kind}: metadata.name must not be empty"
        raise ManifestError(message)
    pattern, text = (_NAME, name) if name else (_GENERATE_NAME, prefix)
    if len(text) > MAX_NAME_LENGTH or not pattern.fullmatch(text):
        message = (
            f"{kind}: metadata.name {shown(text)} must be lower case letters, digits, '-' and '.', "
            "begin and end with a letter or digit, and be at most 253 characters long"
        )
        raise ManifestError(message)
    if kind in CLUSTER_KINDS:
        metadata.pop("namespace", None)
        return f"{kind} {text}"
    namespace = string(metadata, "namespace", f"{kind} {text}: metadata") or "default"
    if len(namespace) > MAX_NAME_LENGTH or not _NAME.fullmatch(namespace):
        message = f"{kind} {text}: metadata.namespace {shown(namespace)} is no name"
        raise ManifestError(message)
    metadata["namespace"] = namespace
    return f"{kind} {namespace}/{text}"


def _complete_node(node: Manifest, where: str) -> None:
    check_taints(node["spec"], where)
    flag(node["spec"], "unschedulable", where)
    of_status = f"{where.removesuffix(': spec')}: status"
    status = mapping(node, "status", where.removesuffix(": spec"))
    check_images(status, of_status)
    for index, condition in enumerate(objects(status, "conditions", of_status)):
        string(condition, "type", f"{of_status}.conditions[{index}]")
    node_capacity(node)


def _complete_pod(pod: Manifest, where: str) -> None:
    pod.pop("status", None)
    complete_pod_spec(pod["spec"], where)


def _complete_replicaset(replicaset: Manifest, where: str) -> None:
    replicaset.pop("status", None)
    for name in ("strategy", "paused", "revisionHistoryLimit"):  # a Deployment's, not its own
        replicaset["spec"].pop(name, None)
    complete_selected(replicaset["spec"], where)
    replicaset["spec"]["replicas"] = int32(replicaset["spec"], "replicas", where, 1)


def _complete_deployment(deployment: Manifest, where: str) -> None:
    deployment.pop("status", None)
    spec = deployment["spec"]
    complete_selected(spec, where)
    spec["replicas"] = int32(spec, "replicas", where, 1)
    spec["revisionHistoryLimit"] = int32(spec, "revisionHistoryLimit", where, 10)
    spec["progressDeadlineSeconds"] = int32(spec, "progressDeadlineSeconds", where, 600)
    if spec["progressDeadlineSeconds"] <= (spec.get("minReadySeconds") or 0):
        message = f"{where}.progressDeadlineSeconds must be greater than minReadySeconds"
        raise ManifestError(message)
    flag(spec, "paused", where)
    spec["strategy"] = complete_strategy(mapping(spec, "strategy", where), f"{where}.strategy")


_COMPLETERS: Final = {
    "Node": _complete_node,
    "Pod": _complete_pod,
    "ReplicaSet": _complete_replicaset,
    "Deployment": _complete_deployment,
    "StatefulSet": complete_statefulset,
    "DaemonSet": complete_daemonset,
    "Job": complete_job,
    "CronJob": complete_cronjob,
    "HorizontalPodAutoscaler": complete_autoscaler,
}
