"""Figures of `report.json` as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    IntervalJson = Mapping[str, float | None]

UNKNOWN: Final = "–"
"""What stands where a figure is not known."""


def percent(interval: IntervalJson) -> str:
    """Return a rate with its interval in per cent, from JSON."""
    return with_bounds(interval, lambda rate: f"{100 * rate:.1f}", " %")


def rate_of(interval: IntervalJson | None) -> str:
    """Return the same of a rate that an agent may not have."""
    return UNKNOWN if interval is None else percent(interval)


def figure(interval: IntervalJson) -> str:
    """Return a figure with its interval, from JSON."""
    return with_bounds(interval, two_digits)


def money(usd: float) -> str:
    """Return an amount in dollars with as many digits as say something."""
    return f"{usd:,.2f}" if usd >= 1 else f"{usd:.4f}"


def cents(usd: float) -> str:
    """Return an amount in dollars with its cents."""
    return f"{usd:,.2f}"


def two_digits(value: float) -> str:
    """Return a number with two digits after the point."""
    return f"{value:.2f}"


def whole(value: float) -> str:
    """Return a number without what is after the point, in groups of three digits."""
    return f"{value:,.0f}"


def with_bounds(interval: IntervalJson, text: Callable[[float], str], unit: str = "") -> str:
    """Return a figure, from JSON, with its interval if it has one; the unknown is a dash."""
    value, low, high = (interval[key] for key in ("value", "low", "high"))
    if value is None:
        return UNKNOWN
    bounds = "" if low is None or high is None else f" [{text(low)}, {text(high)}]"
    return f"{text(value)}{unit}{bounds}"
