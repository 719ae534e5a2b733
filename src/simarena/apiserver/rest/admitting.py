"""The door for objects: what clients send is completed and checked where the cluster does it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from simarena.apiserver.rest.custom_schema import conformed
from simarena.apiserver.rest.strictness import only_known
from simarena.apiserver.status import cause_of, invalid
from simarena.cluster.manifests.check import read
from simarena.cluster.manifests.fields import copied
from simarena.cluster.manifests.kinds import STORED_KINDS, SUPPORTED_KINDS
from simarena.errors import ApiError, ManifestError
from simarena.trace.kinds import KINDS

if TYPE_CHECKING:
    from simarena.apiserver.api import Api
    from simarena.apiserver.resources.resource import Resource
    from simarena.cluster.manifests.fields import Manifest

_READ: Final = SUPPORTED_KINDS | STORED_KINDS


class Admitted(NamedTuple):
    """An object as it is stored, and as it was with defaults before admission."""

    defaulted: Manifest
    manifest: Manifest


class _Door:
    """What the door is told of what is there, and what it shows on the way."""

    def __init__(self, before: Manifest | None) -> None:
        self._before = before
        self.defaulted: Manifest = {}

    def existing(self, manifest: Manifest) -> Manifest | None:
        """Return the object that is changed, None where one is created."""
        del manifest
        return self._before

    def admit(self, manifest: Manifest, before: Manifest | None) -> None:
        """Keep an object as it is with its defaults."""
        del before
        self.defaulted = copied(manifest)

    def check(self, manifest: Manifest, before: Manifest | None) -> None:
        """Let every object in that is sound."""


def admitted(
    api: Api,
    resource: Resource,
    manifest: Manifest,
    validation: str = "",
    before: Manifest | None = None,
) -> Admitted:
    """Return an object that is to be created or changed, with the defaults that the API fills in.

    `validation` is the request's `fieldValidation`, `before` the object that is changed. Raises
    ApiError where the API would refuse it.
    """
    metadata = manifest["metadata"]
    if not metadata.get("name"):
        raise nameless(resource)
    if resource.custom:
        found = conformed(api, resource, manifest, validation)
        return Admitted(found, found)
    kind = KINDS.get(resource.kind)
    if resource.kind not in _READ or kind is None or kind.api_version != resource.api_version:
        found = only_known(resource, manifest)
        return Admitted(found, found)
    door = _Door(before)
    try:
        found = read(manifest, unknown=[], admission=door).manifest
    except ManifestError as error:
        raise refusal(resource, metadata.get("name", ""), error) from None
    result = {**found, "metadata": {**found["metadata"], **metadata}}
    if "status" in manifest:
        result["status"] = manifest["status"]
    return Admitted(door.defaulted, result)


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
