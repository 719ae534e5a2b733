"""The hash that SimKube's index keeps of an object's spec.

SimKube feeds a serde_json value to Rust's DefaultHasher, which is SipHash-1-3 with a zero key:
map entries in byte order of their keys, text ended by 0xFF, numbers as 8 little-endian bytes.
Checked against the index of traces that SimKube recorded.
"""

from __future__ import annotations

import struct

_MASK = 2**64 - 1


def spec_hash(spec: object) -> int:
    """Return SimKube's 64-bit hash of a manifest's `spec`; None stands for a missing one."""
    data = bytearray()
    _feed(spec, data)
    return siphash13(bytes(data))


def siphash13(data: bytes) -> int:
    """Return SipHash-1-3 of `data` under the zero key."""
    state = (0x736F6D6570736575, 0x646F72616E646F6D, 0x6C7967656E657261, 0x7465646279746573)
    tail_at = len(data) - len(data) % 8
    blocks = [block for (block,) in struct.iter_unpack("<Q", data[:tail_at])]
    blocks.append((len(data) & 0xFF) << 56 | int.from_bytes(data[tail_at:], "little"))
    for block in blocks:
        v0, v1, v2, v3 = _round(state[0], state[1], state[2], state[3] ^ block)
        state = (v0 ^ block, v1, v2, v3)
    v0, v1, v2, v3 = state
    v2 ^= 0xFF
    for _ in range(3):
        v0, v1, v2, v3 = _round(v0, v1, v2, v3)
    return v0 ^ v1 ^ v2 ^ v3


def _round(v0: int, v1: int, v2: int, v3: int) -> tuple[int, int, int, int]:
    v0 = (v0 + v1) & _MASK
    v2 = (v2 + v3) & _MASK
    v1 = ((v1 << 13 | v1 >> 51) & _MASK) ^ v0
    v3 = ((v3 << 16 | v3 >> 48) & _MASK) ^ v2
    v0 = (v0 << 32 | v0 >> 32) & _MASK
    v2 = (v2 + v1) & _MASK
    v0 = (v0 + v3) & _MASK
    v1 = ((v1 << 17 | v1 >> 47) & _MASK) ^ v2
    v3 = ((v3 << 21 | v3 >> 43) & _MASK) ^ v0
    return v0, v1, (v2 << 32 | v2 >> 32) & _MASK, v3


def _feed(value: object, data: bytearray) -> None:
    if value is None:
        data += bytes(8)
    elif isinstance(value, bool):
        data.append(value)
    elif isinstance(value, int):
        data += struct.pack("<Q", value & _MASK)
    elif isinstance(value, float):
        data += struct.pack("<d", value or 0.0)
    elif isinstance(value, str):
        data += value.encode() + b"\xff"
    elif isinstance(value, list):
        for item in value:
            _feed(item, data)
    elif isinstance(value, dict):
        for key in sorted(value, key=str.encode):
            _feed(key, data)
            _feed(value[key], data)
    else:
        message = f"a manifest cannot hold a {type(value).__name__}"
        raise TypeError(message)
