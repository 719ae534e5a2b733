"""Patches of objects, made here as an API server makes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from simarena.apiserver.patching.json_patch import CannotError, json_patched
from simarena.apiserver.patching.merge_patch import merge_patched
from simarena.apiserver.patching.schema import type_of_kind
from simarena.apiserver.patching.strategic import not_strategic, strategic_patched
from simarena.errors import ApiError, RefusedError

if TYPE_CHECKING:
    from simarena.cluster.manifests.fields import Fields, Manifest

PatchType = Literal["strategic", "merge", "json"]
"""The three that `kubectl patch --type` knows."""


def patched(manifest: Fields, patch_type: PatchType, body: object) -> Manifest:
    """Return an object with a patch made. Raises RefusedError, in kubectl's words, if it cannot."""
    if patch_type == "json" and not isinstance(body, list):
        message = "error: the JSON patch cannot be made: it is no list of operations"
        raise RefusedError(message)
    if patch_type != "json" and not isinstance(body, dict):
        message = f"error: a {patch_type} patch must be an object, got {type(body).__name__}"
        raise RefusedError(message)
    try:
        found = _patched(manifest, patch_type, body)
    except ApiError as error:
        if isinstance(error.__cause__, CannotError):
            message = f"error: the JSON patch cannot be made: {error.__cause__}"
            raise RefusedError(message) from error
        reason = error.status.get("reason")
        where = f" ({reason})" if reason else ""
        message = f"Error from server{where}: {' '.join(error.status['message'].split())}"
        raise RefusedError(message) from error
    if not isinstance(found, dict):
        message = "Error from server (BadRequest): the patch leaves no object"
        raise RefusedError(message)
    return found


def _patched(manifest: Fields, patch_type: PatchType, body: object) -> object:
    if patch_type == "json":
        return json_patched(manifest, body)
    if patch_type == "merge":
        return merge_patched(manifest, body)
    kind = type_of_kind(str(manifest.get("apiVersion")), str(manifest.get("kind")))
    if kind is None:
        raise not_strategic()
    return strategic_patched(kind, manifest, body)
