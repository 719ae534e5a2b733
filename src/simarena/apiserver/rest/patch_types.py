"""Patches of objects, by their content type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simarena.apiserver.status import unsupported_media_type

if TYPE_CHECKING:
    from simarena.apiserver.resources.resource import Resource
    from simarena.apiserver.rest.options import WriteOptions
    from simarena.cluster.manifests.fields import Manifest

JSON_PATCH: Final = "application/json-patch+json"
MERGE_PATCH: Final = "application/merge-patch+json"
STRATEGIC_PATCH: Final = "application/strategic-merge-patch+json"
APPLY_PATCH: Final = "application/apply-patch+yaml"

_TYPES: Final = (JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH, APPLY_PATCH)
_OF_CUSTOM: Final = (JSON_PATCH, MERGE_PATCH, APPLY_PATCH)


def accepted(resource: Resource) -> tuple[str, ...]:
    """Return the content types in which an object of a resource is patched."""
    return _OF_CUSTOM if resource.custom else _TYPES


def check_type(resource: Resource, content_type: str) -> None:
    """Raise ApiError unless patches of that type are made."""
    if content_type not in accepted(resource):
        raise unsupported_media_type(accepted(resource))


def patched(
    resource: Resource,
    manifest: Manifest,
    content_type: str,
    body: bytes,
    options: WriteOptions,
) -> Manifest:
    """Return an object with a patch made. Raises ApiError where it cannot be made."""
    del manifest, content_type, body, options  # no patch can be made yet
    raise unsupported_media_type(accepted(resource))
