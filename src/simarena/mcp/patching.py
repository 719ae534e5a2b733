"""Patches of objects, made here as an API server makes them."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any, Final, Literal

from simarena.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from simarena.cluster.manifests.fields import Fields, Manifest

PatchType = Literal["strategic", "merge", "json"]
"""The three that `kubectl patch --type` knows."""

_MERGE_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "conditions": ("type",),
    "containers": ("name",),
    "env": ("name",),
    "ephemeralContainers": ("name",),
    "hostAliases": ("ip",),
    "imagePullSecrets": ("name",),
    "initContainers": ("name",),
    "ownerReferences": ("uid",),
    "ports": ("containerPort", "port"),
    "taints": ("key",),
    "topologySpreadConstraints": ("topologyKey",),
    "volumeDevices": ("devicePath",),
    "volumeMounts": ("mountPath",),
    "volumes": ("name",),
}
"""By which field a strategic merge knows the items of a list again (patchMergeKey); the ports of
containers and of Services differ. Lists that are not here are replaced."""

_ORDERS: Final = "$setElementOrder/"
_DELETED: Final = "$deleteFromPrimitiveList/"


def patched(manifest: Fields, patch_type: PatchType, body: object) -> Manifest:
    """Return an object with a patch made. Raises RefusedError, in the API's words, if it cannot."""
    if patch_type == "json":
        return _json_patched(manifest, body)
    if not isinstance(body, dict):
        message = f"error: a {patch_type} patch must be an object, got {type(body).__name__}"
        raise RefusedError(message)
    if patch_type == "merge":
        return _object(_merged(manifest, body))
    return _object(_strategic(manifest, body))


def _object(found: object) -> Manifest:
    if not isinstance(found, dict):
        message = "Error from server (BadRequest): the patch leaves no object"
        raise RefusedError(message)
    return found


def _json_patched(manifest: Fields, body: object) -> Manifest:
    import jsonpatch
    import jsonpointer

    wrong = (
        jsonpatch.JsonPatchException,
        jsonpointer.JsonPointerException,
        AttributeError,
        KeyError,
        TypeError,
        ValueError,
    )
    if not isinstance(body, list):  # older releases take an empty mapping for an empty patch
        message = "error: the JSON patch cannot be made: it is no list of operations"
        raise RefusedError(message)
    try:
        patch = jsonpatch.JsonPatch.from_string(json.dumps(body))
        found = patch.apply(copy.deepcopy(dict(manifest)))
    except wrong as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        message = f"error: the JSON patch cannot be made: {reason}"
        raise RefusedError(message) from error
    return _object(found)


def _merged(found: object, patch: object) -> object:
    """Return a value with a JSON merge patch made (RFC 7386)."""
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    result = dict(found) if isinstance(found, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = _merged(result.get(key), value)
    return result


def _strategic(found: object, patch: object, name: str = "") -> object:
    """Return a value with a strategic merge patch made; `name` is the field that holds it."""
    if isinstance(patch, list):
        return _strategic_list(found if isinstance(found, list) else [], patch, name)
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    if patch.get("$patch") == "replace":
        return {key: copy.deepcopy(value) for key, value in patch.items() if key != "$patch"}
    if patch.get("$patch") == "delete":
        return {}
    result = dict(found) if isinstance(found, dict) else {}
    kept = patch.get("$retainKeys")
    if isinstance(kept, list):
        result = {key: value for key, value in result.items() if key in kept}
    for key, value in patch.items():
        if key.startswith(_DELETED):
            field = key.removeprefix(_DELETED)
            present = result.get(field)
            if isinstance(present, list) and isinstance(value, list):
                result[field] = [each for each in present if each not in value]
        elif key.startswith((_ORDERS, "$")):
            continue
        elif value is None:
            result.pop(key, None)
        else:
            result[key] = _strategic(result.get(key), value, key)
    return result


def _strategic_list(found: Sequence[Any], patch: Sequence[Any], name: str) -> list[Any]:
    key = _merge_key(name, [*patch, *found])
    if name == "finalizers":
        return [*found, *(each for each in patch if each not in found)]
    if any(isinstance(each, dict) and each.get("$patch") == "replace" for each in patch):
        return [copy.deepcopy(each) for each in patch if "$patch" not in each]
    if not key:
        return copy.deepcopy(list(patch))
    result = list(found)
    for item in patch:
        if not isinstance(item, dict) or key not in item:
            message = f"Error from server (BadRequest): {name}: each item needs its {key}"
            raise RefusedError(message)
        same = [index for index, each in enumerate(result) if each.get(key) == item[key]]
        if item.get("$patch") == "delete":
            result = [each for index, each in enumerate(result) if index not in same]
        elif same:
            result[same[0]] = _strategic(result[same[0]], item)
        else:
            result.append(_strategic({}, item))
    return result


def _merge_key(name: str, items: Sequence[Any]) -> str:
    """Return by which field items of a list are known again; empty if the list is replaced."""
    keys = _MERGE_KEYS.get(name, ())
    if not all(isinstance(item, dict) for item in items):
        return ""
    return next(
        (key for key in keys if any(key in item for item in items)), keys[0] if keys else ""
    )
