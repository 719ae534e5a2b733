"""Objects that are changed: as a whole, or a part of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from simarena.apiserver.actors import desired
from simarena.apiserver.custom.definitions import defined
from simarena.apiserver.patching import settled
from simarena.apiserver.protobuf.go_json import as_written
from simarena.apiserver.rest.admitting import admitted, charge, in_types
from simarena.apiserver.rest.initial import kept_status
from simarena.apiserver.rest.metadata import NEEDS_VERSION, cleaned, counts_as_change
from simarena.apiserver.rest.options import check_size
from simarena.apiserver.rest.owning import owned
from simarena.apiserver.status import (
    MODIFIED,
    bad_request,
    cause_of,
    conflict,
    internal,
    invalid,
    not_found,
)
from simarena.apiserver.store.kept import Kept
from simarena.cluster.manifests.defaults.objects import complete_service_status
from simarena.cluster.manifests.fields import copied
from simarena.cluster.manifests.validation.causes import Causes, invalid_object
from simarena.cluster.manifests.validation.pod_parts import only_part, part_causes
from simarena.cluster.manifests.validation.statuses import status_causes
from simarena.errors import ApiError
from simarena.trace.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from simarena.apiserver.api import Api
    from simarena.apiserver.resources.resource import Resource
    from simarena.apiserver.rest.options import WriteOptions
    from simarena.apiserver.store.kept import Place
    from simarena.cluster.manifests.fields import Manifest

_STATUS_KEEPS_LABELS: Final = frozenset({"deployments.apps"})
"""Whose `status` does not change labels."""

_SERVER_KEPT: Final = (
    *("uid", "creationTimestamp", "generation", "deletionTimestamp"),
    "deletionGracePeriodSeconds",
)
_STORED_UNDER: Final = {"services": "services/specs", "nodes": "minions"}


def replace(
    api: Api,
    resource: Resource,
    place: Place,
    body: Manifest,
    options: WriteOptions,
    subresource: str = "",
) -> Kept:
    """Put an object in place of what is there; return it as it is kept. Raises ApiError."""
    given = body.get("metadata") or {}
    check_name(place, given)
    return change(api, resource, place, lambda _: copied(body), options, subresource, replaces=True)


def check_name(place: Place, given: Mapping[str, Any]) -> None:
    """Raise ApiError unless metadata name the object that a path is about."""
    if not given.get("name"):
        message = (
            f"the name of the object ({place.name} based on URL) was undeterminable: "
            "name must be provided"
        )
        raise bad_request(message)
    if given["name"] != place.name:
        message = (
            f"the name of the object ({given['name']}) does not match the name on the URL "
            f"({place.name})"
        )
        raise bad_request(message)


def change(
    api: Api,
    resource: Resource,
    place: Place,
    make: Callable[[Manifest], Manifest],
    options: WriteOptions,
    subresource: str = "",
    *,
    replaces: bool = False,
) -> Kept:
    """Make another object of the one that is there; return it as it is kept.

    `make` is given a copy of what is there, which it `replaces` as a whole or changes. Raises
    ApiError, and nothing is done then.
    """
    old = api.get(resource, place)
    if old is None:
        raise not_found(resource.named(place.name))
    body = make(copied(old.manifest))
    check_name(place, body["metadata"])
    _check_namespace(resource, place, body["metadata"])
    _check_preconditions(resource, old, body["metadata"], replaces=replaces)
    new = _merged(resource, old.manifest, body, subresource)
    quotas: tuple[Manifest, ...] = ()
    if subresource == "status":
        defaulted, new = _with_status(resource, old, new)
    else:
        defaulted, new, quotas = admitted(
            api, resource, new, options.validation, old.manifest, subresource
        )
    new = cleaned(new)
    new["metadata"]["resourceVersion"] = old.metadata["resourceVersion"]
    new = owned(api, resource, old.manifest, defaulted, new, options, subresource)
    new = settled(old.manifest, new)
    metadata = new["metadata"]
    _check_finalizers(resource, old, metadata)
    of_status = subresource == "status" and not resource.custom
    if not of_status and counts_as_change(resource, old.manifest, new):
        metadata["generation"] = int(old.metadata.get("generation") or 0) + 1
    if new == old.manifest:
        return old
    if not options.dry_run:
        charge(api, quotas)
    return _committed(api, resource, old, new, options)


def _with_status(resource: Resource, old: Kept, new: Manifest) -> tuple[Manifest, Manifest]:
    """Return an object with another status, as it is asked for and as it is to be kept.

    Raises ApiError where that cannot be.
    """
    if resource.custom:
        return new, new
    head = {name: new[name] for name in ("apiVersion", "kind")}
    told = in_types(resource, {**head, "status": new.get("status") or {}})
    if resource.collection == "services" and new["spec"].get("type") == "LoadBalancer":
        complete_service_status(told["status"])
    asked = result = as_written({**new, "status": told["status"]})
    if resource.collection == "pods":
        result = kept_status(asked, old.manifest)
    if resource.kind in KINDS:
        causes = status_causes(cleaned(result), old.manifest)
        if causes.found:
            error = invalid_object(resource.kind, resource.group, old.place.name, causes)
            raise ApiError(error.status)
    return asked, result


def _committed(
    api: Api, resource: Resource, old: Kept, new: Manifest, options: WriteOptions
) -> Kept:
    place, metadata = old.place, new["metadata"]
    ends = bool(metadata.get("deletionTimestamp")) and not metadata.get("finalizers")
    ends = ends and not metadata.get("deletionGracePeriodSeconds")
    if ends and resource.collection == "namespaces":
        ends = not (new.get("spec") or {}).get("finalizers")
    check_size(options)
    if options.dry_run:
        return Kept(new, place, old.version)
    if ends:
        api.store.remove(resource.collection, place)
        api.removed_uids.add(old.metadata["uid"])
        api.deleted(resource, place)
        api.actors.forget(resource.collection, place)
        defined(api, resource, old, None)
        return Kept(new, place, old.version)
    if _wanted(old.manifest) != _wanted(new):
        api.written(resource, new)
    kept = api.store.put(resource.collection, place, new)
    defined(api, resource, old, kept)
    return kept


def _wanted(manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what is wanted of an object, which the cluster has to know."""
    metadata = manifest["metadata"]
    known = {key: metadata.get(key) for key in ("labels", "annotations", "ownerReferences")}
    return {**desired(manifest), "metadata": known}


def _merged(resource: Resource, old: Manifest, body: Manifest, subresource: str) -> Manifest:
    """Return an object of which a request may change only a part."""
    metadata = {**(body.get("metadata") or {})}
    for name in _SERVER_KEPT:
        metadata.pop(name, None)
        if name in old["metadata"]:
            metadata[name] = old["metadata"][name]
    metadata["name"] = old["metadata"]["name"]
    if "namespace" in old["metadata"]:
        metadata["namespace"] = old["metadata"]["namespace"]
    if subresource == "status":
        kept = {key: value for key, value in old.items() if key != "status"}
        if resource.collection in _STATUS_KEEPS_LABELS:
            metadata["labels"] = old["metadata"].get("labels")
        kept["metadata"] = {
            **old["metadata"],
            "labels": metadata.get("labels"),
            "annotations": metadata.get("annotations"),
            "finalizers": metadata.get("finalizers"),
        }
        if resource.custom:
            kept["metadata"] = {**old["metadata"]}
        kept["metadata"]["managedFields"] = metadata.get("managedFields")
        if "status" in body:
            kept["status"] = body["status"]
        return kept
    if part_causes(subresource) is not None:
        kept = only_part(subresource, body, old)
        managed = {"managedFields": metadata.get("managedFields")}
        return {**kept, "metadata": {**old["metadata"], **managed}}
    result = {key: value for key, value in body.items() if key != "metadata" and value is not None}
    result["kind"], result["apiVersion"] = old["kind"], old["apiVersion"]
    result["metadata"] = metadata
    if resource.subresource("status") is not None:
        result.pop("status", None)
        if "status" in old:
            result["status"] = old["status"]
    return result


def _check_namespace(resource: Resource, place: Place, given: Mapping[str, Any]) -> None:
    if resource.namespaced and (given.get("namespace") or place.namespace) != place.namespace:
        message = (
            "the namespace of the provided object does not match the namespace sent on the request"
        )
        raise bad_request(message)


def _check_preconditions(
    resource: Resource, old: Kept, given: Mapping[str, Any], *, replaces: bool
) -> None:
    named = resource.named(old.place.name)
    version, uid = given.get("resourceVersion") or "", given.get("uid")
    if version and not str(version).isdigit():
        message = f'strconv.ParseUint: parsing "{version}": invalid syntax'
        raise internal(message)
    is_other = bool(uid) and uid != old.metadata["uid"]
    if is_other and replaces:
        raise conflict(named, _uid_mismatch(resource, old, str(uid)))
    needs_version = resource.custom or resource.collection in NEEDS_VERSION
    if needs_version and version in {"", "0"}:
        why = "Invalid value: 0: must be specified for an update"
        raise invalid(named, [cause_of("metadata.resourceVersion", "Invalid", why)])
    if version not in {"", "0"} and version != old.metadata["resourceVersion"]:
        raise conflict(named, MODIFIED)
    if is_other:  # of the rules for all objects, and of those of the kind
        kind = resource.kind_named(old.place.name)
        causes = Causes()
        for _ in range(2):
            causes.invalid("metadata.uid", uid, "field is immutable")
        raise ApiError(invalid_object(kind.kind, kind.group, kind.name, causes).status)


def _uid_mismatch(resource: Resource, old: Kept, uid: str) -> str:
    under = _STORED_UNDER.get(resource.collection, resource.plural)
    return (
        f"StorageError: invalid object, Code: 4, Key: /registry/{under}/{old.place.path}, "
        "ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: "
        f"{uid}, UID in object meta: {old.metadata['uid']}"
    )


def uid_conflict(resource: Resource, old: Kept, uid: str) -> ApiError:
    """Return the failure of a write that is about an object of the same name before this one."""
    return conflict(resource.named(old.place.name), _uid_mismatch(resource, old, uid))


def _check_finalizers(resource: Resource, old: Kept, metadata: Mapping[str, Any]) -> None:
    """Raise ApiError where an object that goes is to be held by more than it was."""
    if not old.metadata.get("deletionTimestamp"):
        return
    known = old.metadata.get("finalizers") or ()
    added = [each for each in metadata.get("finalizers") or () if each not in known]
    if added:
        shown = ", ".join(json.dumps(each) for each in added)
        why = (
            "Forbidden: no new finalizers can be added if the object is being deleted, found new "
            f"finalizers []string{{{shown}}}"
        )
        fault = cause_of("metadata.finalizers", "Forbidden", why)
        raise invalid(
            resource.kind_named(old.place.name), [fault, fault]
        )  # by all kinds' rules, too
