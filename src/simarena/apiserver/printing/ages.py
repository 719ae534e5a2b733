"""Times and spans of time in the words of kubectl and of tables."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

_MINUTE: Final = 60
_HOUR: Final = 3_600
_DAY: Final = 86_400
_YEAR: Final = 365 * _DAY


def read_time(text: object) -> datetime | None:
    """Return a time of the API, None where there is none."""
    if isinstance(text, datetime):
        return text if text.tzinfo else text.replace(tzinfo=UTC)
    if not isinstance(text, str) or not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def seconds_since(text: object, now: datetime) -> int | None:
    """Return how many seconds ago a time of the API was, not below 0; None where there is none."""
    found = read_time(text)
    return None if found is None else max(0, int((now - found).total_seconds()))


def age(text: object, now: datetime) -> str:
    """Return how long ago a time of the API was, as kubectl shows it."""
    seconds = seconds_since(text, now)
    return "<unknown>" if seconds is None else duration(seconds)


_UNITS: Final = (
    (2 * _MINUTE, 1, "s", 0, ""),
    (10 * _MINUTE, _MINUTE, "m", 1, "s"),
    (3 * _HOUR, _MINUTE, "m", 0, ""),
    (8 * _HOUR, _HOUR, "h", _MINUTE, "m"),
    (2 * _DAY, _HOUR, "h", 0, ""),
    (8 * _DAY, _DAY, "d", _HOUR, "h"),
    (2 * _YEAR, _DAY, "d", 0, ""),
    (8 * _YEAR, _YEAR, "y", _DAY, "d"),
)
"""Below how many seconds which units are shown: the large one, and the small one for the rest."""


def duration(seconds: int) -> str:
    """Return a span of time in at most two units (HumanDuration of k8s.io/apimachinery)."""
    for below, large, large_unit, small, small_unit in _UNITS:
        if seconds < below:
            rest = seconds % large // small if small else 0
            return f"{seconds // large}{large_unit}" + (f"{rest}{small_unit}" if rest else "")
    return f"{seconds // _YEAR}y"
