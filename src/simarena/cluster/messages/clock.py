"""Virtual time as the API writes times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

EPOCH: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""When virtual time begins."""


UNIX_MINUTES: Final = int(EPOCH.timestamp()) // 60
"""The same in minutes of Unix time, which CronJobs name their Jobs after."""


def timestamp(time_ms: int) -> str:
    """Return a virtual time as RFC 3339 in whole seconds, as `metadata.creationTimestamp` is."""
    return (EPOCH + timedelta(seconds=time_ms // 1000)).strftime("%Y-%m-%dT%H:%M:%SZ")
