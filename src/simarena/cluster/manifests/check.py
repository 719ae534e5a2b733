"""The door for manifests: each is read once here, checked and completed with the API's defaults.

What comes out is an `ApiObject`, for most kinds one with fields of their own: typed values, which
are all that follows needs. Each kind has its reader in a table at the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from simarena.checks.plain import MAX_DEPTH
from simarena.cluster.manifests.api_object import ApiObject, ObjectKey
from simarena.cluster.manifests.budgets import read_budget
from simarena.cluster.manifests.defaults.objects import complete
from simarena.cluster.manifests.fields import (
    Fields,
    Manifest,
    mapping,
    plain,
    string,
    string_map,
)
from simarena.cluster.manifests.kinds import STORED_KINDS, SUPPORTED_KINDS
from simarena.cluster.manifests.nodes import read_node
from simarena.cluster.manifests.pods.pod import read_pod
from simarena.cluster.manifests.priorities import read_priority_class
from simarena.cluster.manifests.schema.decoding import Decoder, UnreadableError
from simarena.cluster.manifests.schema.published import kind_type
from simarena.cluster.manifests.schema.quick import read_quickly
from simarena.cluster.manifests.services import read_namespace, read_service
from simarena.cluster.manifests.validation.causes import invalid_object, unreadable_object
from simarena.cluster.manifests.validation.metadata import name_messages
from simarena.cluster.manifests.validation.objects import creation_causes
from simarena.cluster.manifests.validation.updates import update_causes
from simarena.cluster.manifests.workloads.apps import read_daemonset, read_statefulset
from simarena.cluster.manifests.workloads.autoscaler import from_version_1, read_autoscaler
from simarena.cluster.manifests.workloads.batch import read_cronjob, read_job
from simarena.cluster.manifests.workloads.deployment import (
    read_deployment,
    read_replicaset,
    read_replication_controller,
)
from simarena.errors import ManifestError, shown
from simarena.trace.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from simarena.cluster.manifests.schema.published import Type
    from simarena.cluster.manifests.validation.causes import Causes

Object = TypeVar("Object", bound=ApiObject)

_SET_BY_SERVER: Final = frozenset(
    {
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "generation",
        "managedFields",
        "resourceVersion",
        "selfLink",
        "uid",
    }
)


class Admission(Protocol):
    """What a cluster has to say about an object before it is stored."""

    def existing(self, manifest: Manifest) -> Manifest | None:
        """Return the object of that name as it is, None if there is none."""

    def admit(self, manifest: Manifest, before: Manifest | None) -> None:
        """Change an object, in place, before it is checked. Raises ApiRefusalError."""

    def check(self, manifest: Manifest, before: Manifest | None) -> None:
        """Raise ApiRefusalError if an object that is sound may not be stored."""


def read(
    manifest: object, *, unknown: list[str] | None = None, admission: Admission | None = None
) -> ApiObject:
    """Return what a manifest says: a checked copy, with the defaults that the API fills in.

    Fields that only the server sets are left out. A pod may come with `generateName` in place of
    a name. Fields that the API does not know are refused, or left out and added to `unknown`, if
    that is given. `admission` has its say as the API's plugins have theirs.

    Raises ManifestError, naming the object and the field; ApiRefusalError, in the API's words, if
    the API would refuse it.
    """
    result = checked(manifest, unknown=unknown, admission=admission)
    kind, metadata = result["kind"], result["metadata"]
    key = ObjectKey(kind, metadata.get("namespace") or "", metadata.get("name") or "")
    if kind in SUPPORTED_KINDS:
        result.setdefault("spec", {})
        return _READERS[kind](result, key, _called(key, metadata))
    if kind in _SURROUNDING_READERS:
        return _SURROUNDING_READERS[kind](result, key)
    return ApiObject(key=key, manifest=result)


def checked(
    manifest: object,
    *,
    unknown: list[str] | None = None,
    admission: Admission | None = None,
    changes: Callable[[Manifest, Manifest], Causes] = update_causes,
) -> Manifest:
    """Return a manifest as the API would store it; see `read`, which finds out what it says.

    `changes` finds what stands against it taking the place of what is there.
    """
    result = decoded(manifest, unknown)
    complete(result)
    before = None
    if admission is not None:
        before = admission.existing(result)
        admission.admit(result, before)
    causes = creation_causes(result) if before is None else changes(result, before)
    if causes.found:
        kind, name = result["kind"], result["metadata"].get("name") or ""
        raise invalid_object(kind, KINDS[kind].group, name, causes)
    if admission is not None:
        admission.check(result, before)
    return result


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


def kept(manifest: object) -> ApiObject:
    """Return an object that is only kept and given back: nothing of it is checked but its name."""
    result = _framed(manifest)
    metadata = result["metadata"]
    name = string(metadata, "name", f"{result['kind']}: metadata")
    wrong = name_messages(result["kind"], name) if name else ("must not be empty",)
    if wrong:
        message = f"{result['kind']}: metadata.name {shown(name)}: {wrong[0]}"
        raise ManifestError(message)
    key = ObjectKey(result["kind"], metadata.get("namespace") or "", name)
    return ApiObject(key=key, manifest=result)


def named(manifest: object) -> ObjectKey:
    """Return kind, namespace and name of an object of which no more may be known."""
    return kept(manifest).key


def decoded(manifest: object, unknown: list[str] | None = None) -> Manifest:
    """Return a copy of a manifest in the API's types, without what only the server sets.

    See `read` for fields that the API does not know. Raises ManifestError and ApiRefusalError.
    """
    if not isinstance(manifest, Mapping):
        message = f"a manifest must be an object, got {type(manifest).__name__}"
        raise ManifestError(message)
    kind, version = manifest.get("kind"), manifest.get("apiVersion")
    if not (isinstance(kind, str) and isinstance(version, str) and kind in KINDS):
        return _framed(manifest)
    known = kind_type(f"{version}.{kind}")
    if known is None:
        return _framed(manifest)
    _check_kind(kind, version)
    given: Mapping[str, object] = manifest
    metadata = manifest.get("metadata")
    if isinstance(metadata, Mapping) and not _SET_BY_SERVER.isdisjoint(metadata):
        own = {field: each for field, each in metadata.items() if field not in _SET_BY_SERVER}
        given = {**manifest, "metadata": own}
    result = read_quickly(known, given)
    if result is None:
        result = decoded_as(known, given, unknown)
    if version == "autoscaling/v1" and kind == "HorizontalPodAutoscaler":
        from_version_1(result)
    metadata = result.setdefault("metadata", {})
    if not KINDS[kind].namespaced:
        metadata.pop("namespace", None)
    elif not metadata.get("namespace"):
        metadata["namespace"] = "default"
    return result


def decoded_as(
    known: Type, manifest: Mapping[str, object], unknown: list[str] | None = None
) -> Manifest:
    """Return a copy of a manifest of a type, by the decoder that says what is wrong.

    See `read` for fields that the API does not know. Raises ManifestError and ApiRefusalError.
    """
    decoder = Decoder()
    kind, version = str(manifest["kind"]), str(manifest["apiVersion"])
    version = version.rpartition("/")[2]
    try:
        result = decoder.members(known, manifest)
    except UnreadableError as error:
        raise unreadable_object(kind, version, str(error)) from error
    except RecursionError:
        message = f"{kind}: is nested more than {MAX_DEPTH} deep, or holds itself"
        raise ManifestError(message) from None
    if decoder.unknown and unknown is None:
        fields = ", ".join(f'unknown field "{each}"' for each in decoder.unknown)
        raise unreadable_object(kind, version, f"strict decoding error: {fields}")
    if unknown is not None:
        unknown.extend(decoder.unknown)
    return result


def _framed(manifest: object) -> Manifest:
    """Return a copy of which no more is checked than that it is an object with metadata."""
    if not isinstance(manifest, Mapping):
        message = f"a manifest must be an object, got {type(manifest).__name__}"
        raise ManifestError(message)
    result = plain(manifest)
    kind = string(result, "kind", "manifest")
    _check_kind(kind, string(result, "apiVersion", kind))
    metadata = result["metadata"] = dict(mapping(result, "metadata", kind))
    for name in _SET_BY_SERVER:
        metadata.pop(name, None)
    for name in ("labels", "annotations"):
        string_map(metadata, name, f"{kind}: metadata")
    namespace = string(metadata, "namespace", f"{kind}: metadata")
    if not KINDS[kind].namespaced:
        metadata.pop("namespace", None)
    else:
        metadata["namespace"] = namespace or "default"
    return result


def _called(key: ObjectKey, metadata: Fields) -> str:
    """Return how messages call an object."""
    name = key.name or metadata.get("generateName") or ""
    return f"{key.kind} {key.namespace}/{name}" if key.namespace else f"{key.kind} {name}"


def listed(manifests: object, what: str) -> list[Fields]:
    """Return several manifests, not read yet, which messages call `what`.

    Raises ManifestError where they are not several.
    """
    if isinstance(manifests, Mapping | str | bytes) or not isinstance(manifests, Iterable):
        message = f"{what} must be a list of manifests, got {shown(manifests)}"
        raise ManifestError(message)
    return list(manifests)


def _check_kind(kind: str, version: str) -> None:
    if kind not in SUPPORTED_KINDS | STORED_KINDS:
        known = ", ".join(sorted(SUPPORTED_KINDS))
        message = f"manifest.kind {shown(kind)} cannot be simulated; simulated kinds are {known}"
        raise ManifestError(message)
    if not version:
        message = f"{kind}.apiVersion must not be empty"
        raise ManifestError(message)
    expected = {KINDS[kind].api_version} if kind in SUPPORTED_KINDS else {version}
    if kind == "HorizontalPodAutoscaler":
        expected.add("autoscaling/v1")
    if version not in expected:
        message = f"{kind}.apiVersion must be {KINDS[kind].api_version}, got {shown(version)}"
        raise ManifestError(message)


def _spec_reader(
    reader: Callable[[Manifest, ObjectKey, str], ApiObject],
) -> Callable[[Manifest, ObjectKey, str], ApiObject]:
    """Return a reader that begins its messages with the place of an object's spec."""
    return lambda manifest, key, where: reader(manifest, key, f"{where}: spec")


_READERS: Final[Mapping[str, Callable[[Manifest, ObjectKey, str], ApiObject]]] = {
    "Node": lambda manifest, _, __: read_node(manifest),
    "Pod": read_pod,
    "ReplicaSet": _spec_reader(read_replicaset),
    "ReplicationController": _spec_reader(read_replication_controller),
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
