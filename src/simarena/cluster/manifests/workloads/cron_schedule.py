"""When CronJobs are due: schedules as Kubernetes reads them, in virtual time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

from simarena.cluster.manifests.validation.cron import schedule_error
from simarena.cluster.messages.clock import EPOCH
from simarena.errors import ManifestError, SimulationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_MACROS: Final = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_NUM_FIELDS: Final = 5
_DAY_OF_MONTH, _DAY_OF_WEEK = 2, 4
_LAST_DAY_OF_WEEK: Final = 6
_FIELD: Final = re.compile(r"[0-9*/,-]+|[0-9*/,A-Z-]*(?:[A-Z]{3})[0-9*/,A-Z-]*")
_EVERY: Final = re.compile(r"@every (?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")
_OFFSET_CHANGE: Final = timedelta(hours=3)
"""More than clocks are ever put forward or back."""
_SEARCHED_YEARS: Final = 8
_MINUTE_MS: Final = 60_000


@dataclass(frozen=True, slots=True)
class Schedule:
    """When something is due, again and again. Times are virtual milliseconds."""

    expression: str
    """Five fields; empty where `every_ms` says it, or where it is never due."""
    zone: tzinfo
    every_ms: int = 0

    def after(self, time_ms: int) -> int | None:
        """Return the first time after `time_ms`, None if there is none for years."""
        if self.every_ms:
            return (time_ms + self.every_ms) // 1_000 * 1_000
        if not self.expression:
            return None
        now = EPOCH + timedelta(milliseconds=time_ms)
        due = self._after(now)
        return None if due is None else (due - EPOCH) // timedelta(milliseconds=1)

    def between(self, start_ms: int, end_ms: int) -> Iterator[int]:
        """Yield the times after `start_ms`, up to and including `end_ms`."""
        due = self.after(start_ms)
        while due is not None and due <= end_ms:
            yield due
            due = self.after(due)

    def num_between(self, start_ms: int, end_ms: int) -> int:
        """Return about how many times `between` yields, without a look at each of them.

        Days on which clocks are put forward or back may have a few more or fewer.
        """
        if end_ms <= start_ms:
            return 0
        if self.every_ms:
            return (end_ms - start_ms) // self.every_ms
        if not self.expression:
            return 0
        cron = CronSim(self.expression, EPOCH.replace(tzinfo=None))
        per_day = len(cron.minutes) * len(cron.hours)
        day_fields = self.expression.split()[_DAY_OF_MONTH:]
        days = Schedule(" ".join(("0", "0", *day_fields)), self.zone)
        whole_days = sum(1 for _ in days.between(start_ms, end_ms))
        return min(per_day * (whole_days + 1), (end_ms - start_ms) // _MINUTE_MS + 1)

    def latest(self, time_ms: int) -> int | None:
        """Return the last time up to and including `time_ms`, None if it was long ago."""
        if self.every_ms:
            return None
        for back in (timedelta(hours=2), timedelta(days=2), timedelta(days=62)):
            start_ms = time_ms - back // timedelta(milliseconds=1)
            found = list(self.between(start_ms, time_ms))
            if found:
                return found[-1]
        return None

    def _after(self, now: datetime) -> datetime | None:
        local = now.astimezone(self.zone)
        due = self._next(local.replace(tzinfo=None))
        if due is None:
            return None
        instant = due.replace(tzinfo=self.zone).astimezone(UTC)
        offsets = {
            each.astimezone(self.zone).utcoffset()
            for each in (now, now + 2 * _OFFSET_CHANGE, instant)
        }
        if len(offsets) == 1:
            return instant
        return self._after_change(now, local.replace(tzinfo=None))

    def _after_change(self, now: datetime, local: datetime) -> datetime | None:
        """Return the next time where clocks are about to change.

        As in Kubernetes, what is due in the hour that they leave out is not run, and what is due
        in the hour that comes twice is run twice.
        """
        best: datetime | None = None
        due = self._next(local - _OFFSET_CHANGE)
        while due is not None and (best is None or due <= _naive(best, self.zone) + _OFFSET_CHANGE):
            for fold in (0, 1):
                instant = due.replace(tzinfo=self.zone, fold=fold).astimezone(UTC)
                exists = _naive(instant, self.zone) == due
                if exists and instant > now and (best is None or instant < best):
                    best = instant
            due = self._next(due)
        return best

    def _next(self, local: datetime) -> datetime | None:
        """Return the next time on a wall clock that is never put forward or back."""
        due = next(CronSim(self.expression, local), None)
        limit = local + timedelta(days=366 * _SEARCHED_YEARS)
        return None if due is None or due > limit else due


@lru_cache(maxsize=1_024)
def parse_schedule(text: str, zone: str, where: str) -> Schedule:
    """Return the schedule that a CronJob's `schedule` and `timeZone` describe; "" is UTC.

    Raises ManifestError where Kubernetes would refuse it.
    """
    try:
        place: tzinfo = ZoneInfo(zone) if zone and zone != "UTC" else UTC
    except (ZoneInfoNotFoundError, ValueError, OSError):
        message = f"{where}.timeZone {zone!r} is not a time zone of the IANA database"
        raise ManifestError(message) from None
    every = _EVERY.fullmatch(text)
    if every and any(every.groups()):
        hours, minutes, seconds = (int(part or 0) for part in every.groups())
        every_ms = 1_000 * (3_600 * hours + 60 * minutes + seconds)
        if every_ms:
            return Schedule("", place, every_ms)
    fields = _MACROS.get(text, text).upper().replace("?", "*").split()
    fields = [",".join(part for part in field.split(",") if part) for field in fields]
    message = f"{where}.schedule {text!r} is not a cron expression of five fields"
    if len(fields) != _NUM_FIELDS or not all(map(_FIELD.fullmatch, fields)):
        raise ManifestError(message)
    if any(day > _LAST_DAY_OF_WEEK for day in _numbers(fields[_DAY_OF_WEEK])):
        raise ManifestError(message)
    # "*/2" restricts a day to some, as a list would; only "*" leaves it to the other field.
    for index, days in ((_DAY_OF_MONTH, "1-31"), (_DAY_OF_WEEK, "0-6")):
        fields[index] = re.sub(r"^\*/(?!1$)", f"{days}/", fields[index])
    expression = " ".join(fields)
    try:
        CronSim(expression, EPOCH.replace(tzinfo=None))
    except CronSimError as error:
        if not schedule_error(text):  # no month has such a day
            return Schedule("", place)
        message = f"{message}: {error}"
        raise ManifestError(message) from None
    return Schedule(expression, place)


def _numbers(field: str) -> list[int]:
    """Return the numbers of a field, those after a slash apart."""
    ranges = [term.partition("/")[0] for term in field.split(",")]
    return [int(part) for each in ranges for part in each.split("-") if part.isdigit()]


def _naive(instant: datetime, zone: tzinfo) -> datetime:
    return instant.astimezone(zone).replace(tzinfo=None)


def check_num_runs(
    spans: Iterable[tuple[Schedule, int, int]], limit: int, remedy: str = "advance less at once"
) -> None:
    """Raise SimulationError if schedules are due more than `limit` times in their spans together.

    A span is a schedule with the times after and until which it is in force.
    """
    number = sum(schedule.num_between(start_ms, end_ms) for schedule, start_ms, end_ms in spans)
    if number > limit:
        message = (
            f"CronJobs would be due about {number} times, more than {limit}; {remedy}, or raise "
            "max_cronjob_runs in ClusterConfig"
        )
        raise SimulationError(message)
