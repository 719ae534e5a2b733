"""JSON patches as the API server makes them, which is not as RFC 6902 has it in all points.

Libraries that keep to the RFC cannot be used: `replace` of a field that is not there makes it,
what stands before the first slash of a path is passed over, places count from the end where they
are below 0, a document cannot be removed, and a `test` of null holds where nothing is.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Final

from simarena.apiserver.patching.schema import ABSENT
from simarena.apiserver.patching.values import equal
from simarena.apiserver.status import failure
from simarena.errors import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MAX_OPERATIONS: Final = 10_000
"""Most operations in one patch."""

_REFUSED: Final = "the server rejected our request due to an error in our request"


class CannotError(Exception):
    """An operation that cannot be made, and why; the API keeps that to itself."""


def json_patched(manifest: Mapping[str, Any], patch: object) -> object:
    """Return a value with a JSON patch made; a new one, whatever stays is shared.

    Raises ApiError: 400 for what is no list of operations, 413 for too many of them, 422 if one
    cannot be made; its cause, a CannotError, says why.
    """
    operations = _read(patch)
    if len(operations) > MAX_OPERATIONS:
        text = (
            "Request entity too large: The allowed maximum operations in a JSON patch is "
            f"{MAX_OPERATIONS}, got {len(operations)}"
        )
        raise failure(413, "RequestEntityTooLarge", text)
    document: object = copy.deepcopy(dict(manifest))
    try:
        for operation in operations:
            document = _made(document, operation)
    except CannotError as error:
        raise failure(422, "Invalid", _REFUSED, details={}) from error
    return document


def _read(patch: object) -> list[dict[str, Any]]:
    if patch is None:
        return []
    if not isinstance(patch, list):
        raise failure(400, "BadRequest", _unreadable(patch, "[]handlers.jsonPatchOp"))
    for each in patch:
        if each is not None and not isinstance(each, dict):
            raise failure(400, "BadRequest", _unreadable(each, "handlers.jsonPatchOp"))
    return [each or {} for each in patch]


def _unreadable(value: object, wanted: str) -> str:
    found = json_word(value)
    return f"error decoding patch: json: cannot unmarshal {found} into Go value of type {wanted}"


def json_word(value: object) -> str:
    """Return what kind of JSON value this is, in the words of Go's decoder."""
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, dict):
        return "object"
    return "array" if isinstance(value, list) else "string"


def _made(document: object, operation: Mapping[str, Any]) -> object:
    name = operation.get("op")
    make = _OPERATIONS.get(name) if isinstance(name, str) else None
    if make is None:
        message = f"there is no operation {shown(name)}"
        raise CannotError(message)
    return make(document, operation)


def _text(operation: Mapping[str, Any], key: str) -> str:
    value = operation.get(key)
    if not isinstance(value, str):
        message = f"{key} must be a text"
        raise CannotError(message)
    return value


def _place(document: object, path: str) -> tuple[object, str]:
    """Return the object or list that a path ends in, and the key in it."""
    _, *parts = path.split("/")
    if not parts:
        message = "the whole object cannot be added, moved or removed"
        raise CannotError(message)
    steps = [part.replace("~1", "/").replace("~0", "~") for part in parts]
    here = document
    for step in steps[:-1]:
        here = _get(here, step)
        if not isinstance(here, dict | list):
            raise CannotError(_missing(path))
    return here, steps[-1]


def _missing(path: str) -> str:
    return f"there is no {shown(path)}"


def _index(key: str, size: int) -> int:
    """Return a place in a list of so many items. Raises if there is none."""
    try:
        index = int(key)
    except ValueError:
        message = f"{shown(key)} is no place in a list"
        raise CannotError(message) from None
    if not key.isascii() or not key.lstrip("+-").isdigit() or not -size <= index < size:
        message = f"a list has no place {shown(key)}"
        raise CannotError(message)
    return index % size


def _get(container: object, key: str) -> object:
    if isinstance(container, list):
        found: object = container[_index(key, len(container))]
        return found
    return container.get(key, ABSENT) if isinstance(container, dict) else ABSENT


def _put(container: object, key: str, value: object) -> None:
    """Put a value in, where there may be one already."""
    if isinstance(container, list):
        if key == "-":
            container.append(value)
        else:
            container.insert(_index(key, len(container) + 1), value)
    elif isinstance(container, dict):
        container[key] = value


def _take(container: object, key: str) -> object:
    """Take a value out and return it."""
    if isinstance(container, list):
        return container.pop(_index(key, len(container)))
    if not isinstance(container, dict) or key not in container:
        raise CannotError(_missing(key))
    return container.pop(key)


def _add(document: object, operation: Mapping[str, Any]) -> object:
    container, key = _place(document, _text(operation, "path"))
    _put(container, key, operation.get("value"))
    return document


def _remove(document: object, operation: Mapping[str, Any]) -> object:
    _take(*_place(document, _text(operation, "path")))
    return document


def _replace(document: object, operation: Mapping[str, Any]) -> object:
    path, value = _text(operation, "path"), operation.get("value")
    if not path:
        if not isinstance(value, dict | list):
            message = "an object cannot be replaced with what is none"
            raise CannotError(message)
        return value
    container, key = _place(document, path)
    if isinstance(container, list):
        container[_index(key, len(container))] = value
    elif isinstance(container, dict):
        container[key] = value
    return document


def _move(document: object, operation: Mapping[str, Any]) -> object:
    container, key = _place(document, _text(operation, "from"))
    value = _take(container, key)
    _put(*_place(document, _text(operation, "path")), value)
    return document


def _copy(document: object, operation: Mapping[str, Any]) -> object:
    value = _get(*_place(document, _text(operation, "from")))
    copied = None if value is ABSENT else copy.deepcopy(value)
    _put(*_place(document, _text(operation, "path")), copied)
    return document


def _test(document: object, operation: Mapping[str, Any]) -> object:
    path, wanted = _text(operation, "path"), operation.get("value")
    found = _get(*_place(document, path)) if path else document
    if found is ABSENT:
        found = None
    if not equal(found, wanted):
        message = f"the test of {shown(path)} fails"
        raise CannotError(message)
    return document


_OPERATIONS: Final[Mapping[str, Callable[[object, Mapping[str, Any]], object]]] = {
    "add": _add,
    "copy": _copy,
    "move": _move,
    "remove": _remove,
    "replace": _replace,
    "test": _test,
}
