"""The door for objects: what clients send is completed and checked where the cluster does it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from simarena.apiserver.custom.schema import conformed
from simarena.apiserver.protobuf.go_json import as_written
from simarena.apiserver.rest.allocating import Pools, carry_over
from simarena.apiserver.rest.held import HeldByStore
from simarena.apiserver.rest.metadata import generated_name
from simarena.apiserver.rest.strategies import count_template, prepare_changed, prepare_new
from simarena.apiserver.rest.strictness import only_known
from simarena.apiserver.status import cause_of, invalid
from simarena.apiserver.store.kept import Place
from simarena.cluster.manifests.admission import plugins
from simarena.cluster.manifests.admission.accounts import TOKEN_VOLUME
from simarena.cluster.manifests.admission.quotas import charged
from simarena.cluster.manifests.check import checked, decoded_as
from simarena.cluster.manifests.defaults.objects import complete
from simarena.cluster.manifests.fields import copied
from simarena.cluster.manifests.kinds import STORED_KINDS, SUPPORTED_KINDS
from simarena.cluster.manifests.schema.published import kind_type
from simarena.cluster.manifests.validation.causes import Causes, invalid_object
from simarena.cluster.manifests.validation.events import check_event
from simarena.cluster.manifests.validation.leases import check_lease
from simarena.cluster.manifests.validation.metadata import (
    check_common_metadata,
    check_metadata,
)
from simarena.cluster.manifests.validation.pod_parts import part_causes
from simarena.cluster.manifests.validation.updates import update_causes
from simarena.errors import ApiError, ManifestError
from simarena.trace.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simarena.apiserver.api import Api
    from simarena.apiserver.resources.resource import Resource
    from simarena.cluster.manifests.fields import Manifest

_READ: Final = SUPPORTED_KINDS | STORED_KINDS
_ALLOCATED: Final = ("clusterIPs", "ipFamilies", "ipFamilyPolicy")
_SERVER_SET: Final = (
    *("creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp", "generation"),
    *("managedFields", "resourceVersion", "uid"),
)


class Admitted(NamedTuple):
    """An object as it is stored, and as it was with defaults before admission."""

    defaulted: Manifest
    manifest: Manifest
    quotas: tuple[Manifest, ...] = ()
    """ResourceQuotas with what the object counts for them."""


class _Door:
    """The API's own plugins and registries, in front of its store."""

    def __init__(
        self, api: Api, given: Mapping[str, Any], before: Manifest | None, subresource: str
    ) -> None:
        self._api = api
        self._given = given
        self._before = before
        self._subresource = subresource
        self._held = HeldByStore(api.store)
        self.defaulted: Manifest = {}
        self.quotas: list[Manifest] = []

    def existing(self, manifest: Manifest) -> Manifest | None:
        """Return the object that is changed, None where one is created."""
        del manifest
        return self._before

    def admit(self, manifest: Manifest, before: Manifest | None) -> None:
        """Keep an object as it is with its defaults; then complete it. Raises ApiRefusalError."""
        if manifest["kind"] == "Pod":
            manifest["spec"].setdefault("enableServiceLinks", True)
        self.defaulted = copied(manifest)
        if manifest["kind"] == "Service":
            self._leave_allocated(self.defaulted["spec"])
        elif manifest["kind"] == "DaemonSet":
            count_template(self.defaulted)
        metadata = self._given["metadata"]
        manifest["metadata"] |= {name: metadata[name] for name in _SERVER_SET if name in metadata}
        if before is not None:
            self._admit_changed(manifest, before)
            return
        if manifest["kind"] == "Pod":
            volume = generated_name(TOKEN_VOLUME, self._api.chance)
            plugins.complete_new_pod(manifest, self._held, volume)
        prepare_new(manifest, self._given)

    def _leave_allocated(self, spec: Manifest) -> None:
        """Take out of a Service, in place, what comes from no default but with its address."""
        given = self._given.get("spec") or {}
        for name in _ALLOCATED:
            if name not in given:
                spec.pop(name, None)

    def _admit_changed(self, manifest: Manifest, before: Manifest) -> None:
        if manifest["kind"] == "Pod":
            plugins.complete_changed_pod(manifest, before)
        prepare_changed(manifest, before)
        if manifest["kind"] == "Service":
            carry_over(manifest, before)

    def check(self, manifest: Manifest, before: Manifest | None) -> None:
        """Raise ApiRefusalError where an object that is sound may not be stored."""
        kind = manifest["kind"]
        if kind == "PriorityClass":
            plugins.check_default_class(manifest, self._held)
        if kind == "Pod" and before is None:
            plugins.check_bounds(manifest, self._held)
        if kind == "Service":
            Pools(self._held.inside("Service", ""), self._api.chance).fill(manifest, before)
        if not KINDS[kind].namespaced:
            return
        bounding = self._held.inside("ResourceQuota", manifest["metadata"]["namespace"])
        if bounding and (before is None or self._counts_change(kind)):
            why, self.quotas = charged(manifest, bounding, before)
            if why:
                raise plugins.refused(manifest, why)

    def _counts_change(self, kind: str) -> bool:
        return kind in {"PersistentVolumeClaim", "Service"} or self._subresource == "resize"


def admitted(
    api: Api,
    resource: Resource,
    manifest: Manifest,
    validation: str = "",
    before: Manifest | None = None,
    subresource: str = "",
) -> Admitted:
    """Return an object that is to be created or changed, with the defaults that the API fills in.

    `validation` is the request's `fieldValidation`, `before` the object that is changed, by way of
    one of its parts if `subresource` names one. Raises ApiError where the API would refuse it.
    """
    metadata = manifest["metadata"]
    if not metadata.get("name"):
        raise nameless(resource)
    if resource.custom:
        found = conformed(api, resource, manifest, validation, before)
        return Admitted(found, found)
    kind = KINDS.get(resource.kind)
    if resource.kind not in _READ or kind is None or kind.api_version != resource.api_version:
        found = _plainly(resource, manifest, before)
        return Admitted(found, found)
    door = _Door(api, manifest, before, subresource)
    try:
        changes = part_causes(subresource) or update_causes
        found = checked(manifest, unknown=[], admission=door, changes=changes)
    except ManifestError as error:
        raise refusal(resource, metadata.get("name", ""), error) from None
    complete(found)  # as reading it again from the API's store does
    if "status" in manifest and resource.collection != "nodes":
        found["status"] = manifest["status"]
    return Admitted(as_written(door.defaulted), as_written(found), tuple(door.quotas))


def in_types(resource: Resource, manifest: Manifest) -> Manifest:
    """Return an object, or a part of one, in the API's types. Raises ApiError where it is not.

    Fields that are not known are left out.
    """
    found = only_known(resource, manifest)
    known = kind_type(f"{resource.api_version}.{resource.kind}")
    if known is None:
        return found
    try:
        return {**found, **decoded_as(known, {**found, "metadata": {}}, [])}
    except ManifestError as error:
        raise refusal(resource, (manifest.get("metadata") or {}).get("name", ""), error) from None


def _plainly(resource: Resource, manifest: Manifest, before: Manifest | None) -> Manifest:
    """Return an object of a kind of which only metadata and types of fields are checked."""
    found = in_types(resource, manifest)
    found["metadata"] = manifest["metadata"]
    causes = Causes()
    if resource.kind == "Lease":
        check_lease(found.get("spec") or {}, causes)
    if before is None and resource.collection == "events":
        check_event(found, causes)
    if before is None:
        namespaced = resource.namespaced
        check_metadata(found["metadata"], resource.kind, namespaced=namespaced, causes=causes)
    else:
        check_common_metadata(found["metadata"], causes)
    if causes.found:
        name = found["metadata"]["name"]
        raise ApiError(invalid_object(resource.kind, resource.group, name, causes).status)
    return as_written(found)


def charge(api: Api, quotas: tuple[Manifest, ...]) -> None:
    """Write what an object that is stored counts for ResourceQuotas."""
    for quota in quotas:
        metadata = quota["metadata"]
        place = Place(metadata["namespace"], metadata["name"])
        api.store.put(KINDS["ResourceQuota"].resource, place, quota)


def nameless(resource: Resource) -> ApiError:
    """Return the failure of an object without a name."""
    why = "Required value: name or generateName is required"
    return invalid(resource.kind_named(), [cause_of("metadata.name", "Required", why)])


def refusal(resource: Resource, name: str, error: ManifestError) -> ApiError:
    """Return what a refusal of the door is answered with: its own Status where it has one."""
    status: Any = getattr(error, "status", None)
    if isinstance(status, dict):
        return ApiError(status)
    where, _, what = str(error).partition(": ")
    return invalid(
        resource.kind_named(name), [cause_of(_field(what or where), "Invalid", what or where)]
    )


def _field(text: str) -> str:
    """Return the field that a message of the door begins with."""
    word = text.partition(" ")[0].rstrip(":")
    return word if word.startswith(("spec", "metadata", "status")) else "spec"
