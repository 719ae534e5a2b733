from __future__ import annotations

from datetime import UTC, datetime

import pytest

from simarena.apiserver.printing.ages import age, duration, read_time

HOUR, DAY, YEAR = 3_600, 86_400, 365 * 86_400


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"),
        (119, "119s"),
        (120, "2m"),
        (125, "2m5s"),
        (600, "10m"),
        (3 * HOUR - 1, "179m"),
        (3 * HOUR, "3h"),
        (5 * HOUR + 60, "5h1m"),
        (47 * HOUR, "47h"),
        (49 * HOUR, "2d1h"),
        (9 * DAY + 5 * HOUR, "9d"),
        (2 * YEAR + 3 * DAY, "2y3d"),
        (9 * YEAR, "9y"),
    ],
)
def test_spans_of_time_are_written_as_kubectl_writes_them(seconds: int, text: str) -> None:
    assert duration(seconds) == text


def test_ages_are_counted_from_texts_and_from_times() -> None:
    now = datetime(2026, 1, 1, 0, 1, tzinfo=UTC)
    assert age("2026-01-01T00:00:00Z", now) == "60s"
    assert age(datetime(2026, 1, 1, 0, 0, 30), now) == "30s"  # noqa: DTZ001 - read as UTC
    assert age(None, now) == age("yesterday", now) == "<unknown>"
    assert age("2026-01-02T00:00:00Z", now) == "0s"
    assert read_time("2026-01-01T00:00:00") == datetime(2026, 1, 1, tzinfo=UTC)
