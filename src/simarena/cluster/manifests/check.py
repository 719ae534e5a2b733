"""The door for manifests: each is read once here, checked and completed with the API's defaults.

What comes out is an `ApiObject`, for most kinds one with fields of their own: typed values, which
are all that follows needs. Each kind has its reader in a table at the end.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final, TypeVar

from simarena.cluster.manifests.api_object import ApiObject, ObjectKey
from simarena.cluster.manifests.budgets import read_budget
from simarena.cluster.manifests.fields import (
    Fields,
    Manifest,
    flag,
    mapping,
    objects,
    plain,
    string,
    string_map,
)
from simarena.cluster.manifests.kinds import STORED_KINDS, SUPPORTED_KINDS
from simarena.cluster.manifests.nodes import read_node
from simarena.cluster.manifests.pods.pod import read_pod
from simarena.cluster.manifests.priorities import read_priority_class
from simarena.cluster.manifests.services import read_namespace, read_service
from simarena.cluster.manifests.workloads.apps import read_daemonset, read_statefulset
from simarena.cluster.manifests.workloads.autoscaler import from_version_1, read_autoscaler
from simarena.cluster.manifests.workloads.batch import read_cronjob, read_job
from simarena.cluster.manifests.workloads.deployment import read_deployment, read_replicaset
from simarena.errors import ManifestError, shown
from simarena.trace.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable

Object = TypeVar("Object", bound=ApiObject)

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


def read(manifest: object) -> ApiObject:
    """Return what a manifest says: a checked copy, with the defaults that the API fills in.

    Fields that only the server sets are left out. A pod may come with `generateName` in place of
    a name. Raises ManifestError, naming the object and the field.
    """
    result, where, name = _framed(manifest)
    key = ObjectKey(result["kind"], result["metadata"].get("namespace") or "", name)
    if key.kind in SUPPORTED_KINDS:
        result["spec"] = dict(mapping(result, "spec", where))
        return _READERS[key.kind](result, key, where)
    if key.kind in _SURROUNDING_READERS:
        return _SURROUNDING_READERS[key.kind](result, key)
    return ApiObject(key=key, manifest=result)


def normalise(manifest: object) -> Manifest:
    """Return a checked copy of a manifest with the defaults that the API fills in; see `read`."""
    return read(manifest).manifest


def read_as(manifest: object, kind: type[Object]) -> Object:
    """Return what the manifest of such an object says; ManifestError if it is another kind's."""
    found = read(manifest)
    if not isinstance(found, kind):
        message = f"{found.key} is no {kind.__name__}; give one"
        raise ManifestError(message)
    return found


def _framed(manifest: object) -> tuple[Manifest, str, str]:
    """Return a copy whose kind and metadata are checked, how messages call it, and its name."""
    if not isinstance(manifest, Mapping):
        message = f"a manifest must be an object, got {type(manifest).__name__}"
        raise ManifestError(message)
    result = plain(manifest)
    if result.get("kind") == "HorizontalPodAutoscaler" and (
        result.get("apiVersion") == "autoscaling/v1"
    ):
        from_version_1(result)
    kind = _kind(result)
    metadata = result["metadata"] = dict(mapping(result, "metadata", kind))
    where = _name(kind, metadata)
    for name in ("labels", "annotations"):
        string_map(metadata, name, f"{where}: metadata")
    _check_owners(metadata, f"{where}: metadata")
    for name in _SET_BY_SERVER:
        metadata.pop(name, None)
    return result, where, metadata.get("name") or ""


def listed(manifests: object, what: str) -> list[Fields]:
    """Return several manifests, not read yet, which messages call `what`.

    Raises ManifestError where they are not several.
    """
    if isinstance(manifests, Mapping | str | bytes) or not isinstance(manifests, Iterable):
        message = f"{what} must be a list of manifests, got {shown(manifests)}"
        raise ManifestError(message)
    return list(manifests)


def _check_owners(metadata: Fields, where: str) -> None:
    for index, owner in enumerate(objects(metadata, "ownerReferences", where)):
        at = f"{where}.ownerReferences[{index}]"
        for name in ("apiVersion", "kind", "name", "uid"):
            string(owner, name, at)
        flag(owner, "controller", at)


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
    expected = KINDS[kind].api_version if kind in SUPPORTED_KINDS else version
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
    if not KINDS[kind].namespaced:
        metadata.pop("namespace", None)
        return f"{kind} {text}"
    namespace = string(metadata, "namespace", f"{kind} {text}: metadata") or "default"
    if len(namespace) > MAX_NAME_LENGTH or not _NAME.fullmatch(namespace):
        message = f"{kind} {text}: metadata.namespace {shown(namespace)} is no name"
        raise ManifestError(message)
    metadata["namespace"] = namespace
    return f"{kind} {namespace}/{text}"


def _spec_reader(
    reader: Callable[[Manifest, ObjectKey, str], ApiObject],
) -> Callable[[Manifest, ObjectKey, str], ApiObject]:
    """Return a reader that begins its messages with the place of an object's spec."""
    return lambda manifest, key, where: reader(manifest, key, f"{where}: spec")


_READERS: Final[Mapping[str, Callable[[Manifest, ObjectKey, str], ApiObject]]] = {
    "Node": lambda manifest, _, __: read_node(manifest),
    "Pod": read_pod,
    "ReplicaSet": _spec_reader(read_replicaset),
    "Deployment": _spec_reader(read_deployment),
    "StatefulSet": _spec_reader(read_statefulset),
    "DaemonSet": _spec_reader(read_daemonset),
    "Job": _spec_reader(read_job),
    "CronJob": _spec_reader(read_cronjob),
    "HorizontalPodAutoscaler": _spec_reader(read_autoscaler),
}
"""How each simulated kind is read, by the object with its key and what messages call it."""

_SURROUNDING_READERS: Final[Mapping[str, Callable[[Manifest, ObjectKey], ApiObject]]] = {
    "Namespace": read_namespace,
    "PodDisruptionBudget": read_budget,
    "PriorityClass": read_priority_class,
    "Service": read_service,
}
"""The same of kinds that are kept and that the scheduler reads."""
