"""What a manifest may be made of: what JSON has, and a limit on how much of it."""

# ruff: noqa: ANN401 (values from outside have no type until they are checked)
from __future__ import annotations

import math
from typing import Any, Final

from simarena.errors import shown

MAX_DEPTH: Final = 128
"""Containers within each other."""


def foreign(value: Any) -> tuple[str, str] | None:
    """Return the path of the first thing that JSON does not have, and what it is; None without one.

    JSON has text, numbers that are finite (whole ones of at most 64 bits, so that every reader
    finds the same), true, false, null, lists, and maps from text.
    """
    return _foreign(value, MAX_DEPTH)


def field_step(name: str) -> str:
    """Return a field name fit for a path in a message."""
    return name if name.replace("-", "").isalnum() and name.isascii() else f"[{shown(name)}]"


def _foreign(value: Any, depth: int) -> tuple[str, str] | None:
    kind = type(value)
    if kind is not dict and kind is not list:
        reason = _foreign_scalar(value, kind)
        return ("", reason) if reason else None
    if depth < 0:
        return "", f"is nested more than {MAX_DEPTH} deep"
    for key, item in enumerate(value) if kind is list else value.items():
        if kind is dict and not (type(key) is str and _is_text(key)):
            return "", f"has a key that is not text: {shown(key)}"
        if type(item) is str and item.isascii():
            continue
        found = _foreign(item, depth - 1)
        if found is not None:
            step = f"[{key}]" if kind is list else f".{field_step(str(key))}"
            return f"{step}{found[0]}", found[1]
    return None


def _foreign_scalar(value: Any, kind: type) -> str:
    if value is None or kind is bool:
        return ""
    if kind is str:
        return "" if _is_text(value) else f"has half a character: {shown(value)}"
    if kind is int:
        return "" if -(2**63) <= value < 2**64 else "is an integer of more than 64 bits"
    if kind is float:
        return "" if math.isfinite(value) else "is not a finite number"
    return f"is a {kind.__name__}, which a manifest cannot hold"


def _is_text(text: str) -> bool:
    """Return whether text has no lone surrogates, which no encoding has."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
