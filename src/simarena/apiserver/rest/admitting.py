"""The door for objects: what clients send is completed and checked where the cluster does it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from simarena.apiserver.rest.custom_schema import conformed
from simarena.apiserver.status import cause_of, invalid
from simarena.cluster.manifests.check import read
from simarena.cluster.manifests.kinds import STORED_KINDS, SUPPORTED_KINDS
from simarena.errors import ApiError, ManifestError
from simarena.trace.kinds import KINDS

if TYPE_CHECKING:
    from simarena.apiserver.api import Api
    from simarena.apiserver.resources.resource import Resource
    from simarena.cluster.manifests.fields import Manifest

_READ: Final = SUPPORTED_KINDS | STORED_KINDS


def admitted(api: Api, resource: Resource, manifest: Manifest, validation: str = "") -> Manifest:
    """Return an object that is to be created or changed, with the defaults that the API fills in.

    `validation` is the request's `fieldValidation`. Raises ApiError where the API would refuse it.
    """
    metadata = manifest["metadata"]
    if not metadata.get("name"):
        raise nameless(resource)
    if resource.custom:
        return conformed(api, resource, manifest, validation)
    kind = KINDS.get(resource.kind)
    if resource.kind not in _READ or kind is None or kind.api_version != resource.api_version:
        return manifest
    try:
        found = read(manifest).manifest
    except ManifestError as error:
        raise refusal(resource, metadata.get("name", ""), error) from None
    result = {**found, "metadata": {**found["metadata"], **metadata}}
    if "status" in manifest:
        result["status"] = manifest["status"]
    return result


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
