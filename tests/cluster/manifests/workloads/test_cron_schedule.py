"""Schedules of CronJobs, worked out by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from simarena.cluster.manifests.workloads.cron_schedule import parse_schedule
from simarena.cluster.messages.clock import EPOCH
from simarena.errors import ManifestError


def ms(text: str) -> int:
    moment = datetime.fromisoformat(text).replace(tzinfo=UTC)
    return (moment - EPOCH) // timedelta(milliseconds=1)


def times(schedule: str, start: str, number: int, zone: str = "") -> list[str]:
    """Return the next times in UTC, the year and the seconds left out."""
    found: list[str] = []
    time_ms: int | None = ms(start)
    for _ in range(number):
        assert time_ms is not None
        time_ms = parse_schedule(schedule, zone, "spec").after(time_ms)
        assert time_ms is not None
        found.append((EPOCH + timedelta(milliseconds=time_ms)).strftime("%m-%d %H:%M"))
    return found


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ("*/20 * * * *", ["01-01 00:20", "01-01 00:40", "01-01 01:00"]),
        ("5,50 * * * *", ["01-01 00:05", "01-01 00:50", "01-01 01:05"]),
        ("0 9-17/4 * * *", ["01-01 09:00", "01-01 13:00", "01-01 17:00"]),
        ("10/25 3 * * *", ["01-01 03:10", "01-01 03:35", "01-02 03:10"]),
        ("0 0 * FEB mon", ["02-02 00:00", "02-09 00:00", "02-16 00:00"]),
        ("@hourly", ["01-01 01:00", "01-01 02:00", "01-01 03:00"]),
        ("@weekly", ["01-04 00:00", "01-11 00:00", "01-18 00:00"]),
        ("@monthly", ["02-01 00:00", "03-01 00:00", "04-01 00:00"]),
        ("@every 1h30m", ["01-01 01:30", "01-01 03:00", "01-01 04:30"]),
        ("0 12 ? * 6", ["01-03 12:00", "01-10 12:00", "01-17 12:00"]),
    ],
)
def test_fields_are_read_as_kubernetes_reads_them(schedule: str, expected: list[str]) -> None:
    assert times(schedule, "2026-01-01T00:00", 3) == expected


def test_two_restricted_day_fields_are_alternatives() -> None:
    assert times("0 0 13 * 5", "2026-02-01T00:00", 4) == [
        "02-06 00:00",
        "02-13 00:00",
        "02-20 00:00",
        "02-27 00:00",
    ]
    assert times("0 0 */10 * 1", "2026-01-01T00:00", 3) == [
        "01-05 00:00",
        "01-11 00:00",
        "01-12 00:00",
    ]


def test_a_time_zone_moves_the_wall_clock() -> None:
    assert times("30 8 * * *", "2026-06-01T00:00", 2, "America/New_York") == [
        "06-01 12:30",
        "06-02 12:30",
    ]


def test_what_is_due_in_the_hour_that_is_left_out_is_not_run() -> None:
    # Berlin, 29 March 2026: 02:00 becomes 03:00.
    assert times("30 2 * * *", "2026-03-28T12:00", 2, "Europe/Berlin") == [
        "03-30 00:30",
        "03-31 00:30",
    ]


def test_what_is_due_in_the_hour_that_comes_twice_is_run_twice() -> None:
    # Berlin, 25 October 2026: 03:00 becomes 02:00.
    assert times("30 2 * * *", "2026-10-24T12:00", 3, "Europe/Berlin") == [
        "10-25 00:30",
        "10-25 01:30",
        "10-26 01:30",
    ]


def test_the_latest_time_is_the_last_that_has_come() -> None:
    hourly = parse_schedule("0 * * * *", "", "spec")
    assert hourly.latest(ms("2026-01-05T10:30")) == ms("2026-01-05T10:00")
    assert hourly.latest(ms("2026-01-05T10:00")) == ms("2026-01-05T10:00")
    monthly = parse_schedule("@monthly", "", "spec")
    assert monthly.latest(ms("2026-03-20T10:30")) == ms("2026-03-01T00:00")


@pytest.mark.parametrize(
    "schedule", ["0 0 * * 7", "0 0 L * *", "0 0 * * 1#2", "@daly", "a b c d e"]
)
def test_what_kubernetes_refuses_is_refused(schedule: str) -> None:
    with pytest.raises(ManifestError, match="is not a cron expression of five fields"):
        parse_schedule(schedule, "", "spec")
