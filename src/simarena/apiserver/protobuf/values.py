"""Values that JSON writes in one piece, where protocol buffers have a message."""

from __future__ import annotations

import base64
import binascii
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from simarena.apiserver.protobuf.wire import (
    WireError,
    bytes_field,
    fields,
    number_field,
    signed,
    varint,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NANOSECONDS: Final = 1_000_000_000
_MOST_SECONDS: Final = 253_402_300_799  # the end of the year 9999
_ZERO_TIME: Final = -62_135_596_800  # 0001-01-01, a time that was not set


def text(value: int | bytes) -> str:
    """Return the text that a field holds. Raises WireError."""
    if not isinstance(value, bytes):
        message = "a text is a number"
        raise WireError(message)
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        message = "a text is not UTF-8"
        raise WireError(message) from error


def message_bytes(value: int | bytes) -> bytes:
    """Return the bytes that a field holds. Raises WireError."""
    if not isinstance(value, bytes):
        message = "a message is a number"
        raise WireError(message)
    return value


def whole(value: int | bytes) -> int:
    """Return the whole number that a field holds. Raises WireError."""
    if not isinstance(value, int):
        message = "a number is a text"
        raise WireError(message)
    return signed(value)


def _parts(value: int | bytes) -> dict[int, int | bytes]:
    return dict(fields(message_bytes(value)))


def _read_quantity(value: int | bytes) -> str:
    return text(_parts(value).get(1, b""))


def _read_port(value: int | bytes) -> int | str:
    parts = _parts(value)
    return text(parts.get(3, b"")) if parts.get(1) else whole(parts.get(2, 0))


def _read_time(value: int | bytes) -> str | None:
    return _read_clock(value, "seconds")


def _read_micro_time(value: int | bytes) -> str | None:
    return _read_clock(value, "microseconds")


def _read_clock(value: int | bytes, timespec: str) -> str | None:
    parts = _parts(value)
    seconds, nanoseconds = whole(parts.get(1, 0)), whole(parts.get(2, 0))
    if not parts or (seconds in {0, _ZERO_TIME} and not nanoseconds):
        return None
    if not _ZERO_TIME <= seconds <= _MOST_SECONDS or not 0 <= nanoseconds < _NANOSECONDS:
        message = "a time is out of range"
        raise WireError(message)
    moment = _EPOCH + timedelta(seconds=seconds, microseconds=nanoseconds // 1_000)
    return moment.replace(tzinfo=None).isoformat(timespec=timespec) + "Z"


def _read_json(value: int | bytes) -> object:
    raw = message_bytes(_parts(value).get(1, b""))
    if not raw:
        return None
    try:
        found: object = json.loads(raw)
    except (ValueError, RecursionError) as error:
        message = "a raw value is no JSON"
        raise WireError(message) from error
    return found


def _read_bytes(value: int | bytes) -> str:
    return base64.b64encode(message_bytes(value)).decode()


READERS: Final[Mapping[str, Callable[[int | bytes], object]]] = {
    "bool": lambda value: bool(whole(value)),
    "bytes": _read_bytes,
    "fields": _read_json,
    "int": whole,
    "int-or-string": _read_port,
    "micro-time": _read_micro_time,
    "quantity": _read_quantity,
    "raw": _read_json,
    "string": text,
    "time": _read_time,
}


def _text_bytes(value: object) -> bytes:
    return value.encode() if isinstance(value, str) else b""


def _port_bytes(value: object) -> bytes:
    if isinstance(value, str):
        return number_field(1, 1) + number_field(2, 0) + bytes_field(3, value.encode())
    number = value if isinstance(value, int) else 0
    return number_field(1, 0) + number_field(2, number) + bytes_field(3, b"")


def _time_bytes(value: object) -> bytes:
    if not isinstance(value, str) or not value:
        return b""
    since = datetime.fromisoformat(value) - _EPOCH
    seconds, rest = divmod(since, timedelta(seconds=1))
    return number_field(1, seconds) + number_field(2, rest.microseconds * 1_000)


def _json_bytes(value: object) -> bytes:
    if value is None:
        return b""
    written = json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
    return bytes_field(1, written)


def _decoded_bytes(value: object) -> bytes:
    try:
        return base64.b64decode(value) if isinstance(value, str) else b""
    except binascii.Error:
        return b""


WRITERS: Final[Mapping[str, Callable[[object], bytes]]] = {
    "bytes": _decoded_bytes,
    "fields": _json_bytes,
    "int-or-string": _port_bytes,
    "micro-time": _time_bytes,
    "quantity": lambda value: bytes_field(1, str(value).encode()) if value is not None else b"",
    "raw": _json_bytes,
    "string": _text_bytes,
    "time": _time_bytes,
}
"""What is written with its length in front; numbers are not."""


def number_bytes(value: object) -> bytes:
    """Return a whole number or a truth as a field holds it."""
    return varint(int(value)) if isinstance(value, int) else varint(0)
