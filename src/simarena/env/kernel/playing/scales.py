"""Amounts brought between bounds, so that what is learned on one cluster holds on another."""

from __future__ import annotations

from simarena.jit.decorators import inner


@inner
def squashed(value: float) -> float:
    """Return 0 at 0, a half at 1, towards 1 for large values; the same below 0."""
    return value / (1.0 + abs(value))


@inner
def capped(value: float, cap: float) -> float:
    """Return the share of `cap` that a value from 0 on is, at most 1."""
    return min(value, cap) / cap


@inner
def ratio(part: float, whole: float) -> float:
    """Return the quotient, 0 where there is nothing to divide by."""
    return part / whole if whole > 0.0 else 0.0
