"""How large answers are: texts, data and both together, cut where they are larger."""

from __future__ import annotations

import json
from typing import Any, Final

MAX_BYTES: Final = 15_000
"""Most bytes of an answer, text and data together; clients cut off what is longer than 16 KB."""

MAX_ROW_BYTES: Final = 4_000
"""Most bytes of one row, text and data together, where others have to have room beside it."""

MAX_CELL_CHARS: Final = 1_000
"""Most characters of one cell of a table."""

_LEAST_DATA_BYTES: Final = 5_000
"""What data may take however long the text beside it is."""

_CUTS: Final = ((1_000, 100), (300, 50), (100, 20), (60, 8), (30, 2))
"""Most characters of a text and most entries of a list in data, tried from left to right."""

_MAX_FIELDS: Final = 64
"""A mapping with more entries than this is no record but one of somebody's names."""


def size(data: object) -> int:
    """Return how many bytes data takes as JSON."""
    return len(json.dumps(data, ensure_ascii=False).encode(errors="replace"))


def shortened(text: str, most_chars: int) -> str:
    """Return a text, or its beginning and how many characters are left out."""
    if len(text) <= most_chars:
        return text
    kept = text[: max(0, most_chars - 24)]
    return f"{kept}...({len(text) - len(kept)} left out)"


def clipped(text: str, most_bytes: int = MAX_BYTES) -> str:
    """Return a text, or its beginning and a line that says how much is left out."""
    encoded = text.encode(errors="replace")
    if len(encoded) <= most_bytes:
        return text
    kept = encoded[: max(0, most_bytes - 80)].decode(errors="ignore")
    return f"{kept}\n... {len(encoded) - len(kept.encode())} bytes left out"


def clipped_start(text: str, most_bytes: int = MAX_BYTES) -> str:
    """Return a text, or its last whole lines below a line that says how much is left out."""
    encoded = text.encode(errors="replace")
    if len(encoded) <= most_bytes:
        return text
    tail = encoded[-(most_bytes - 80) :].decode(errors="ignore")
    kept = tail.partition("\n")[2] or tail
    return f"... {len(encoded) - len(kept.encode())} bytes left out\n{kept}"


def shrunk(data: Any, most_bytes: int) -> Any:  # noqa: ANN401 - JSON
    """Return data in the same shape that takes so many bytes: texts and lists are cut."""
    if size(data) <= most_bytes:
        return data
    cut = data
    for chars, entries in _CUTS:
        cut = _cut(data, chars, entries)
        if size(cut) <= most_bytes:
            break
    return cut


def within_bounds(text: str, data: Any) -> tuple[str, Any]:  # noqa: ANN401 - JSON
    """Return text and data of an answer that take at most MAX_BYTES together."""
    data = shrunk(data, max(_LEAST_DATA_BYTES, MAX_BYTES - len(text.encode())))
    return clipped(text, MAX_BYTES - size(data)), data


def _cut(data: Any, chars: int, entries: int) -> Any:  # noqa: ANN401
    if isinstance(data, str):
        return shortened(data, chars)
    if isinstance(data, list | tuple):
        return [_cut(each, chars, entries) for each in data[:entries]]
    if isinstance(data, dict):
        most = len(data) if len(data) <= _MAX_FIELDS else entries
        return {
            shortened(name, max(chars, _MAX_FIELDS)): _cut(value, chars, entries)
            for name, value in list(data.items())[:most]
        }
    return data
