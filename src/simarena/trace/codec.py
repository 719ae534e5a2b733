"""Bytes of a trace file to plain values and back, MessagePack and JSON.

JSON has no tuple keys and no integer keys, so there `pod_lifecycles` is written as
`{"apps/v1.Deployment:ns/name": {"<pod hash>": [...]}}`, which `decode` turns back.
"""

# ruff: noqa: ANN401 (values from a file have no type until they are checked)
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from simarena.checks.garbage import without_collection
from simarena.errors import TraceError
from simarena.files.bounded import bound, how_to_raise

if TYPE_CHECKING:
    from typing import Final

MAX_CONTAINERS: Final = 8_000_000
"""Most lists and maps in one file: some bytes of input can ask for a hundred of memory."""

_DECODE_ERRORS = (
    msgspec.MsgspecError,
    ValueError,
    TypeError,
    OverflowError,
    RecursionError,
    MemoryError,
)
_MSGPACK_CONTAINERS = bytes([*range(0x80, 0xA0), *range(0xDC, 0xE0)])


def is_json(data: bytes) -> bool:
    """Return whether `data` starts as JSON text does; no MessagePack map or list does."""
    return data[:64].removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[")


def decode(data: bytes, source: str) -> Any:
    """Return the plain values in `data`; TraceError if it is neither MessagePack nor JSON."""
    if not data:
        message = f"{source}: is empty, not a trace"
        raise TraceError(message)
    json = is_json(data)
    containers = _containers_at_most(data, json=json)
    if containers > bound(MAX_CONTAINERS):
        message = (
            f"{source}: holds more than {bound(MAX_CONTAINERS):,} lists and maps, the limit; "
            f"{how_to_raise(containers, MAX_CONTAINERS)}"
        )
        raise TraceError(message)
    try:
        with without_collection():
            if json:
                return _tuple_keys(msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf")))
            return msgspec.msgpack.decode(data)
    except _DECODE_ERRORS as error:
        message = f"{source}: is not a trace, or damaged: {_reason(error, json=json)}"
        raise TraceError(message) from error


def encode_msgpack(values: dict[str, Any]) -> bytes:
    """Return plain values as MessagePack, field names included, as SimKube's own writer does."""
    return msgspec.msgpack.encode(values)


def encode_json(values: dict[str, Any], source: str) -> bytes:
    """Return plain values as indented JSON, the keys of `pod_lifecycles` turned into text."""
    texts = {
        f"{kind}:{name}": {str(pod_hash): entries for pod_hash, entries in hashes.items()}
        for (kind, name), hashes in values["pod_lifecycles"].items()
    }
    try:
        compact = msgspec.json.encode({**values, "pod_lifecycles": texts})
    except _DECODE_ERRORS as error:
        message = f"{source}: cannot be written as JSON: {error}"
        raise TraceError(message) from error
    return msgspec.json.format(compact, indent=2) + b"\n"


def _containers_at_most(data: bytes, *, json: bool) -> int:
    if json:
        return data.count(b"{") + data.count(b"[")
    return len(data) - len(data.translate(None, _MSGPACK_CONTAINERS))


def _tuple_keys(values: Any) -> Any:
    """Give `pod_lifecycles` read from JSON its tuple and integer keys, in place."""
    if not isinstance(values, dict) or not isinstance(values.get("pod_lifecycles"), dict):
        return values
    lifecycles: dict[Any, Any] = {}
    for key, hashes in values["pod_lifecycles"].items():
        kind, colon, name = key.partition(":")
        owner: Any = (kind, name) if colon else key
        lifecycles[owner] = hashes
        if isinstance(hashes, dict):
            lifecycles[owner] = {_integer(text): entries for text, entries in hashes.items()}
    values["pod_lifecycles"] = lifecycles
    return values


def _integer(text: str) -> int | str:
    """Return the number, or the text itself for the check to complain about."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(2**64)) else text


def _reason(error: Exception, *, json: bool) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if isinstance(error, MemoryError):
        return "it does not fit into memory"
    said = str(error).splitlines()[0] if str(error) else type(error).__name__
    return f"{said} (read as {'JSON' if json else 'MessagePack'})"
