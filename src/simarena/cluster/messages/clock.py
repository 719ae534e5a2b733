"""Virtual time as the API writes times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

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
