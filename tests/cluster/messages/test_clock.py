"""Virtual time and moments of the world."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from simarena.cluster.messages.clock import EPOCH, present, timestamp, virtual_ms
from simarena.errors import ConfigError


def test_a_moment_is_the_virtual_time_that_is_written_like_it() -> None:
    moment = datetime(2026, 3, 1, 12, 30, 1, 999_999, UTC)
    assert virtual_ms(EPOCH) == 0
    assert timestamp(virtual_ms(moment)) == "2026-03-01T12:30:01Z"
    there = moment.astimezone(timezone(timedelta(hours=5)))
    assert virtual_ms(there) == virtual_ms(moment)


@pytest.mark.parametrize(
    "moment", [datetime(2025, 12, 31, tzinfo=UTC), EPOCH.replace(tzinfo=None), "2026"]
)
def test_what_is_no_moment_of_virtual_time_is_refused(moment: datetime) -> None:
    with pytest.raises(ConfigError, match="begin must be a datetime with a time zone"):
        virtual_ms(moment)


def test_the_present_is_a_whole_second_of_virtual_time() -> None:
    assert virtual_ms(present()) >= 0
    assert present().microsecond == 0
