"""Objects that are created."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.apiserver.api import NAMESPACES, furnish, namespace_filled
from simarena.apiserver.custom.definition_rules import definition_causes
from simarena.apiserver.custom.definitions import begun, defined
from simarena.apiserver.protobuf.go_json import as_written
from simarena.apiserver.rest.admitting import admitted, charge
from simarena.apiserver.rest.initial import with_status
from simarena.apiserver.rest.metadata import cleaned, generated_name, has_generation
from simarena.apiserver.rest.options import check_size
from simarena.apiserver.rest.owning import owned
from simarena.apiserver.rest.warnings import warnings_of
from simarena.apiserver.status import (
    Cause,
    already_exists,
    bad_request,
    forbidden,
    internal,
    not_found,
)
from simarena.apiserver.store.kept import Kept, Place
from simarena.cluster.manifests.fields import copied
from simarena.cluster.manifests.validation.causes import invalid_object
from simarena.errors import ApiError
from simarena.trace.kinds import KINDS

if TYPE_CHECKING:
    from simarena.apiserver.api import Api
    from simarena.apiserver.resources.resource import Resource
    from simarena.apiserver.rest.options import WriteOptions
    from simarena.cluster.manifests.fields import Manifest

_SERVER_SET = (
    *("creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation"),
    *("selfLink", "uid"),
)
_TRIES = 8


def create(
    api: Api, resource: Resource, namespace: str, body: Manifest, options: WriteOptions
) -> Kept:
    """Create an object; return it as it is kept. Raises ApiError, and nothing is done then."""
    manifest = _prepared(api, resource, namespace, body)
    defaulted, manifest, quotas = admitted(api, resource, manifest, options.validation)
    manifest = as_written(namespace_filled(with_status(resource, manifest)))
    if resource.kind == "CustomResourceDefinition":
        defaulted = manifest = begun(manifest)
        _check_definition(resource, manifest)
    manifest = owned(api, resource, {}, defaulted, cleaned(manifest), options)
    place = Place(namespace if resource.namespaced else "", manifest["metadata"]["name"])
    if api.get(resource, place) is not None:
        raise already_exists(resource.named(place.name))
    check_size(options)
    if resource.kind in KINDS:
        for text in warnings_of(manifest):
            api.warn(text)
    if options.dry_run:
        return Kept(manifest, place, 0)
    charge(api, quotas)
    api.written(resource, manifest)
    kept = api.store.put(resource.collection, place, manifest)
    if resource.collection == NAMESPACES:
        furnish(api, place.name)
    defined(api, resource, None, kept)
    return kept


def _check_definition(resource: Resource, manifest: Manifest) -> None:
    causes = definition_causes(manifest)
    if causes.found:
        name = manifest["metadata"].get("name") or ""
        raise ApiError(invalid_object(resource.kind, resource.group, name, causes).status)


def _prepared(api: Api, resource: Resource, namespace: str, body: Manifest) -> Manifest:
    """Return an object with a name, and with what the server writes into its metadata."""
    metadata = dict(body.get("metadata") or {})
    _check_namespace(resource, namespace, metadata)
    if metadata.get("resourceVersion"):
        message = "resourceVersion should not be set on objects to be created"
        raise internal(message)
    for name in _SERVER_SET:
        metadata.pop(name, None)
    prefix = metadata.get("generateName")
    if not metadata.get("name") and prefix:
        for _ in range(_TRIES):
            metadata["name"] = generated_name(prefix, api.chance)
            if api.get(resource, Place(namespace, metadata["name"])) is None:
                break
    metadata.pop("namespace", None)
    if resource.namespaced:
        metadata["namespace"] = namespace
    check_lifecycle(api, resource, namespace, metadata.get("name") or prefix or "")
    metadata["uid"], metadata["creationTimestamp"] = api.new_uid(), api.now
    if has_generation(resource):
        metadata["generation"] = 1
    manifest: Manifest = {
        **{key: value for key, value in copied(body).items() if value is not None},
        "kind": resource.kind,
        "apiVersion": resource.api_version,
        "metadata": metadata,
    }
    if resource.subresource("status") is not None and resource.collection != "nodes":
        manifest.pop("status", None)
    return manifest


def _check_namespace(resource: Resource, namespace: str, metadata: Manifest) -> None:
    given = metadata.get("namespace") or ""
    if resource.namespaced and given and given != namespace:
        message = (
            "the namespace of the provided object does not match the namespace sent on the request"
        )
        raise bad_request(message)


def check_lifecycle(api: Api, resource: Resource, namespace: str, name: str) -> None:
    """Raise ApiError unless new objects may be put into a namespace."""
    if not resource.namespaced or resource.collection == "events":
        return
    found = api.store.get(NAMESPACES, Place("", namespace))
    if found is None:
        raise not_found(_namespaces(api).named(namespace))
    if found.metadata.get("deletionTimestamp"):
        raise _terminating(resource, namespace, name)


def _namespaces(api: Api) -> Resource:
    found = api.registry.get("", "v1", NAMESPACES)
    assert found is not None  # noqa: S101 - a built-in resource
    return found


def _terminating(resource: Resource, namespace: str, name: str) -> ApiError:
    why = f"unable to create new content in namespace {namespace} because it is being terminated"
    error = forbidden(resource.named(name), why)
    cause = Cause(
        "metadata.namespace", f"namespace {namespace} is being terminated", "NamespaceTerminating"
    )
    error.status["details"]["causes"] = [cause.told()]
    return error
