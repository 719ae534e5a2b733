"""Objects of the API out of, and into, `application/vnd.kubernetes.protobuf`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from simarena.apiserver.protobuf.messages import by_number, fields_of, message_of
from simarena.apiserver.protobuf.values import (
    READERS,
    WRITERS,
    message_bytes,
    number_bytes,
    text,
)
from simarena.apiserver.protobuf.wire import (
    WireError,
    bytes_field,
    double,
    double_field,
    fields,
    varint,
)
from simarena.apiserver.status import failure
from simarena.errors import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simarena.apiserver.protobuf.messages import Field

CONTENT_TYPE: Final = "application/vnd.kubernetes.protobuf"

MAGIC: Final = b"k8s\x00"
"""What every body in this form begins with."""

_MAX_DEPTH: Final = 64
"""Messages in each other: far more than any kind has, but for those that hold themselves."""

_NUMBERS: Final = frozenset({"bool", "int"})


def decoded(body: bytes, *, api_version: str = "", kind: str = "") -> dict[str, Any]:
    """Return the object that a body holds, as a client would write it in JSON.

    `api_version` and `kind` are taken where the body does not tell its own. Values that are empty
    are left out where the API leaves them out. Raises ApiError, 400, for what is no such body,
    415 for a kind whose messages are not known.
    """
    try:
        return _decoded(body, api_version, kind)
    except WireError as error:
        message = f"the body is no object in {CONTENT_TYPE}: {error}"
        raise failure(400, "BadRequest", message) from error


def _decoded(body: bytes, api_version: str, kind: str) -> dict[str, Any]:
    if not body.startswith(MAGIC):
        message = f"it does not begin with {MAGIC!r}"
        raise WireError(message)
    envelope = dict(fields(body[len(MAGIC) :]))
    meta = dict(fields(message_bytes(envelope.get(1, b""))))
    api_version = text(meta.get(1, b"")) or api_version
    kind = text(meta.get(2, b"")) or kind
    raw = message_bytes(envelope.get(2, b""))
    head = {"kind": kind, "apiVersion": api_version}
    if text(envelope.get(4, b"")) == "application/json":
        try:
            return msgspec.json.decode(raw, type=dict[str, Any])
        except msgspec.DecodeError as error:
            message = "its JSON cannot be read"
            raise WireError(message) from error
    message = message_of(api_version, kind)
    if not message:
        word = f"no message is known for {shown(kind)} of {shown(api_version)}; send JSON"
        raise failure(415, "UnsupportedMediaType", word)
    return head | _read(message, raw, 0)


def _read(message: str, data: bytes, depth: int) -> dict[str, Any]:
    if depth > _MAX_DEPTH:
        wrong = "its messages are nested too deep"
        raise WireError(wrong)
    known = by_number(message)
    found: dict[str, Any] = {}
    for number, value in fields(data):
        field = known.get(number)
        if field is None:  # of a newer release
            continue
        if field.inline:
            found |= _read(field.kind, message_bytes(value), depth + 1)
        elif field.mapped:
            key, inner = _read_pair(field, message_bytes(value), depth)
            found.setdefault(field.name, {})[key] = inner
        elif field.repeated:
            found.setdefault(field.name, []).append(_read_value(field, value, depth))
        else:
            inner = _read_value(field, value, depth)
            if not _is_left_out(field, inner):
                found[field.name] = inner
    return found


def _is_left_out(field: Field, value: object) -> bool:
    """Return whether JSON has nothing for a value: what is empty, and structs without anything."""
    if value is None:
        return True
    if field.pointer:
        return False
    return value == {} or (field.omits and value in ("", 0, False))


def _read_pair(field: Field, data: bytes, depth: int) -> tuple[str, object]:
    parts = dict(fields(data))
    empty: int | bytes = 0 if field.kind in _NUMBERS else b""
    return text(parts.get(1, b"")), _read_value(field, parts.get(2, empty), depth)


def _read_value(field: Field, value: int | bytes, depth: int) -> object:
    if field.kind == "double":
        return double(message_bytes(value))
    reader = READERS.get(field.kind)
    if reader is not None:
        return reader(value)
    found = _read(field.kind, message_bytes(value), depth + 1)
    return found.get("", []) if _is_bare(field.kind) else found


def _is_bare(message: str) -> bool:
    """Return whether a message stands for a mere list of texts."""
    return fields_of(message)[0].name == "" and not fields_of(message)[0].inline


# --- writing ----------------------------------------------------------------------------------


def encoded(manifest: Mapping[str, Any]) -> bytes | None:
    """Return an object of the API in this form; None if its kind has no message here.

    What the API's structs always hold is written, too, even if it is empty.
    """
    api_version, kind = str(manifest.get("apiVersion", "")), str(manifest.get("kind", ""))
    message = message_of(api_version, kind)
    if not message:
        return None
    meta = bytes_field(1, api_version.encode()) + bytes_field(2, kind.encode())
    raw = _written(message, manifest)
    unknown = bytes_field(1, meta) + bytes_field(2, raw)
    return MAGIC + unknown + bytes_field(3, b"") + bytes_field(4, b"")


def _written(message: str, value: Mapping[str, Any]) -> bytes:
    return b"".join(_written_field(field, value) for field in fields_of(message))


def _written_field(field: Field, owner: Mapping[str, Any]) -> bytes:
    if field.inline:
        return bytes_field(field.number, _written(field.kind, owner))
    value = owner.get(field.name)
    if field.mapped:
        pairs = sorted(value.items()) if isinstance(value, dict) else []
        return b"".join(_written_pair(field, key, inner) for key, inner in pairs)
    if field.repeated:
        items = value if isinstance(value, list) else []
        return b"".join(_written_value(field, field.number, each) for each in items)
    if value is None and (field.pointer or field.kind == "bytes"):
        return b""
    return _written_value(field, field.number, value)


def _written_pair(field: Field, key: str, value: object) -> bytes:
    pair = bytes_field(1, key.encode()) + _written_value(field, 2, value)
    return bytes_field(field.number, pair)


def _written_value(field: Field, number: int, value: object) -> bytes:
    if field.kind in _NUMBERS:
        return varint(number << 3) + number_bytes(value)
    if field.kind == "double":
        return double_field(number, float(value) if isinstance(value, int | float) else 0.0)
    writer = WRITERS.get(field.kind)
    if writer is not None:
        return bytes_field(number, writer(value))
    if _is_bare(field.kind):
        return bytes_field(number, _written(field.kind, {"": value}))
    return bytes_field(number, _written(field.kind, value if isinstance(value, dict) else {}))
