"""Checks of values that come from outside: numbers within bounds, and values of a kind.

All raise an error of `errors.py`, by default ConfigError, that names the value, says what it may be
and shows what it was, whatever it was.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from simarena.errors import ConfigError, shown

if TYPE_CHECKING:
    from simarena.errors import SimArenaError

MAX_INT32: Final = 2**31 - 1
MAX_INT64: Final = 2**63 - 1


def is_whole(value: object) -> bool:
    """Return whether a value is a whole number; True and False are none."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_finite(value: object) -> bool:
    """Return whether a value is a number that a float can hold."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def check_whole(
    what: str,
    value: object,
    low: int,
    high: int = MAX_INT64,
    *,
    error: type[SimArenaError] = ConfigError,
) -> None:
    """Raise `error` unless a value is a whole number from `low` to `high`."""
    if not (is_whole(value) and low <= value <= high):  # type: ignore[operator]
        message = f"{what} must be a whole number from {low} to {high}, got {shown(value)}"
        raise error(message)


def check_number(
    what: str,
    value: object,
    low: float,
    high: float = math.inf,
    *,
    error: type[SimArenaError] = ConfigError,
) -> None:
    """Raise `error` unless a value is a finite number from `low` to `high`."""
    if not (is_finite(value) and low <= value <= high):  # type: ignore[operator]
        bounds = f"from {low:g} on" if high == math.inf else f"from {low:g} to {high:g}"
        message = f"{what} must be a finite number {bounds}, got {shown(value)}"
        raise error(message)


def check_kind(
    what: str,
    value: object,
    kinds: type | tuple[type, ...],
    words: str,
    *,
    error: type[SimArenaError] = ConfigError,
) -> None:
    """Raise `error` unless a value is of one of these kinds, which `words` tells."""
    if not isinstance(value, kinds):
        message = f"{what} must be {words}, got {shown(value)}"
        raise error(message)


def check_words(*, or_none: bool = False, **words: object) -> None:
    """Raise ConfigError unless arguments, called as they are in messages, are text."""
    for what, word in words.items():
        if not (or_none and word is None):
            check_kind(what, word, str, "text")
