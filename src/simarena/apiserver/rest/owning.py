"""Who comes to own which fields by a write (`metadata.managedFields`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.apiserver.custom.schema import schema_of
from simarena.apiserver.patching import (
    DEDUCED,
    Type,
    Write,
    custom_type,
    reset_fields,
    type_of_kind,
    updated,
)

if TYPE_CHECKING:
    from simarena.apiserver.api import Api
    from simarena.apiserver.resources.resource import Resource
    from simarena.apiserver.rest.options import WriteOptions
    from simarena.cluster.manifests.fields import Manifest

_SCALE = "scale"
_ADMITTED = frozenset({"annotations", "finalizers", "labels", "ownerReferences"})
"""Metadata that admission may add to."""


def type_of_resource(api: Api, resource: Resource) -> Type:
    """Return the type of a resource's objects, as they are served."""
    if resource.custom:
        return custom_type(schema_of(api, resource))
    return type_of_kind(resource.api_version, resource.kind) or DEDUCED


def write_of(api: Api, resource: Resource, options: WriteOptions, subresource: str = "") -> Write:
    """Return what a request writes, and by whom."""
    return Write(
        manager=options.manager,
        api_version=resource.api_version,
        time=None if subresource == _SCALE else api.now,
        subresource=subresource,
        reset=reset_fields(
            resource.kind,
            subresource,
            has_status=resource.subresource("status") is not None,
            custom=resource.custom,
        ),
    )


def owned(
    api: Api,
    resource: Resource,
    live: Manifest,
    defaulted: Manifest,
    new: Manifest,
    options: WriteOptions,
    subresource: str = "",
) -> Manifest:
    """Return an object that is written with its owners.

    `live` is what is there, empty where nothing is; `defaulted` is `new` before admission adds
    to it. What an apply has made has its owners already.
    """
    if options.applies:
        return new
    write = write_of(api, resource, options, subresource)
    kept = {key: value for key, value in new["metadata"].items() if key not in _ADMITTED}
    wanted = {key: value for key, value in defaulted["metadata"].items() if value}
    asked = {**defaulted, "metadata": {**kept, **wanted}}
    found = updated(type_of_resource(api, resource), live, asked, write)
    metadata = {key: value for key, value in new["metadata"].items() if key != "managedFields"}
    if managed := found["metadata"].get("managedFields"):
        metadata["managedFields"] = managed
    return {**new, "metadata": metadata}
