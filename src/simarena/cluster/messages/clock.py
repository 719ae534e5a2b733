"""Virtual time as the API writes times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

from simarena.errors import ConfigError, shown

EPOCH: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""When virtual time begins."""


UNIX_MINUTES: Final = int(EPOCH.timestamp()) // 60
"""The same in minutes of Unix time, which CronJobs name their Jobs after."""


def timestamp(time_ms: int) -> str:
    """Return a virtual time as RFC 3339 in whole seconds, as `metadata.creationTimestamp` is."""
    return _timestamp(time_ms // 1000)


@lru_cache(maxsize=1 << 12)
def _timestamp(time_s: int) -> str:
    return (EPOCH + timedelta(seconds=time_s)).strftime("%Y-%m-%dT%H:%M:%SZ")


def virtual_ms(moment: datetime) -> int:
    """Return a moment as virtual time, in whole seconds. Raises ConfigError if it is before it."""
    if not isinstance(moment, datetime) or moment.tzinfo is None or moment < EPOCH:
        message = (
            f"begin must be a datetime with a time zone, not before {timestamp(0)}, "
            f"got {shown(moment)}"
        )
        raise ConfigError(message)
    return (moment - EPOCH) // timedelta(seconds=1) * 1_000


def present() -> datetime:
    """Return the present second of UTC; the beginning of virtual time where the clock is behind."""
    return max(datetime.now(UTC).replace(microsecond=0), EPOCH)
