"""JSON merge patches (RFC 7386) as the API server makes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simarena.apiserver.patching.json_patch import json_word
from simarena.apiserver.status import failure

if TYPE_CHECKING:
    from collections.abc import Mapping


def merge_patched(manifest: Mapping[str, Any], patch: object) -> dict[str, Any]:
    """Return an object with a merge patch made; whatever stays is shared with it.

    Raises ApiError, 400, for a patch that is no object.
    """
    if patch is None:
        raise failure(400, "BadRequest", "Invalid JSON Patch")
    if not isinstance(patch, dict):
        text = (
            f"error decoding patch: json: cannot unmarshal {json_word(patch)} into Go value of "
            "type map[string]interface {}"
        )
        raise failure(400, "BadRequest", text)
    return _merged(manifest, patch)


def _merged(found: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(found)
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict):
            present = result.get(key)
            result[key] = _merged(present if isinstance(present, dict) else {}, value)
        else:
            result[key] = value
    return result
