"""The wire format of protocol buffers: fields by number, in the bytes of a message."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

VARINT: Final = 0
FIXED64: Final = 1
BYTES: Final = 2
FIXED32: Final = 5

_MOST_VARINT_BYTES: Final = 10
_WIDTHS: Final = {FIXED64: 8, FIXED32: 4}


class WireError(ValueError):
    """Bytes that are no message; stays within this package."""


def fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yield number and value of each field of a message. Raises WireError."""
    position, end = 0, len(data)
    while position < end:
        key, position = _varint(data, position)
        number, form = key >> 3, key & 7
        if not number:
            message = "a field has the number 0"
            raise WireError(message)
        value: int | bytes
        if form == VARINT:
            value, position = _varint(data, position)
        else:
            if form == BYTES:
                size, position = _varint(data, position)
            elif form in _WIDTHS:
                size = _WIDTHS[form]
            else:
                message = f"field {number} has the unknown form {form}"
                raise WireError(message)
            if size > end - position:
                message = f"field {number} is cut off"
                raise WireError(message)
            value, position = data[position : position + size], position + size
        yield number, value


def _varint(data: bytes, position: int) -> tuple[int, int]:
    found = 0
    for index in range(_MOST_VARINT_BYTES):
        if position >= len(data):
            message = "a number is cut off"
            raise WireError(message)
        byte = data[position]
        position += 1
        found |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:  # noqa: PLR2004 - the last byte of a number
            return found & 0xFFFF_FFFF_FFFF_FFFF, position
    message = "a number is too long"
    raise WireError(message)


def varint(value: int) -> bytes:
    """Return a number in as few bytes as it takes; a negative one takes ten."""
    value &= 0xFFFF_FFFF_FFFF_FFFF
    found = bytearray()
    while value > 0x7F:  # noqa: PLR2004 - seven bits a byte
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found.append(value)
    return bytes(found)


def signed(value: int) -> int:
    """Return a number of 64 bits as one with a sign."""
    return value - (1 << 64) if value >> 63 else value


def number_field(number: int, value: int) -> bytes:
    """Return a field that holds a whole number."""
    return varint(number << 3 | VARINT) + varint(value)


def bytes_field(number: int, value: bytes) -> bytes:
    """Return a field that holds bytes: a text, or another message."""
    return varint(number << 3 | BYTES) + varint(len(value)) + value


def double_field(number: int, value: float) -> bytes:
    """Return a field that holds a number with a fraction."""
    return varint(number << 3 | FIXED64) + struct.pack("<d", value)


def double(value: bytes) -> float:
    """Return the number with a fraction that eight bytes hold. Raises WireError."""
    if len(value) != _WIDTHS[FIXED64]:
        message = "a number with a fraction has not 8 bytes"
        raise WireError(message)
    found: float = struct.unpack("<d", value)[0]
    return found
