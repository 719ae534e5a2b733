"""Schedules of CronJobs: what the API's parser says of those that it cannot read."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_DESCRIPTORS: Final = frozenset(
    {"@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"}
)
_EVERY: Final = "@every "
_DURATION: Final = re.compile(
    r"[-+]?(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+"
).fullmatch
_INTEGER: Final = re.compile(r"[+-]?[0-9]+", re.ASCII).fullmatch
_NUM_FIELDS: Final = 5


class _Field(NamedTuple):
    least: int
    most: int
    names: tuple[str, ...] = ()
    """Names of its numbers, from the least on."""


_MONTHS: Final = (
    "jan",
    "feb",
    "mar",
    "apr",
    "may",
    "jun",
    "jul",
    "aug",
    "sep",
    "oct",
    "nov",
    "dec",
)
_DAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_FIELDS: Final = (
    _Field(0, 59),
    _Field(0, 23),
    _Field(1, 31),
    _Field(1, 12, _MONTHS),
    _Field(0, 6, _DAYS),
)


def schedule_error(text: str) -> str:
    """Return what is wrong with a schedule, empty if nothing is."""
    if text.startswith(("TZ=", "CRON_TZ=")):
        text = text.partition(" ")[2].strip()
    if text.startswith("@"):
        return _descriptor_error(text)
    fields = text.split()
    if len(fields) != _NUM_FIELDS:
        shown = " ".join(fields)
        return f"expected exactly {_NUM_FIELDS} fields, found {len(fields)}: [{shown}]"
    for given, field in zip(fields, _FIELDS, strict=True):
        for part in given.split(","):
            error = _range_error(part, field) if part else ""
            if error:
                return error
    return ""


def _descriptor_error(text: str) -> str:
    if text in _DESCRIPTORS:
        return ""
    if not text.startswith(_EVERY):
        return f"unrecognized descriptor: {text}"
    duration = text.removeprefix(_EVERY)
    if duration == "0" or _DURATION(duration):
        return ""
    return f'failed to parse duration {text}: time: invalid duration "{duration}"'


def _range_error(part: str, field: _Field) -> str:
    span, *steps = part.split("/")
    ends = span.split("-")
    if ends[0] in {"*", "?"}:
        first, last = field.least, field.most
    else:
        numbers = []
        for each in ends[:2]:
            number, error = _number(each, field)
            if error:
                return error
            numbers.append(number)
        first, last = numbers[0], numbers[-1]
        if len(ends) > 2:  # noqa: PLR2004 - from and to
            return f"too many hyphens: {part}"
    step = 1
    if len(steps) > 1:
        return f"too many slashes: {part}"
    if steps:
        step, error = _number(steps[0], _Field(0, 0))
        if error:
            return error
        if len(ends) == 1:
            last = field.most
    return _bounds_error(part, field, first, last, step)


def _bounds_error(part: str, field: _Field, first: int, last: int, step: int) -> str:
    if first < field.least:
        return f"beginning of range ({first}) below minimum ({field.least}): {part}"
    if last > field.most:
        return f"end of range ({last}) above maximum ({field.most}): {part}"
    if first > last:
        return f"beginning of range ({first}) beyond end of range ({last}): {part}"
    if step == 0:
        return f"step of range should be a positive number: {part}"
    return ""


def _number(text: str, field: _Field) -> tuple[int, str]:
    if text.lower() in field.names:
        return field.least + field.names.index(text.lower()), ""
    if not _INTEGER(text):
        reason = f'strconv.Atoi: parsing "{text}": invalid syntax'
        return 0, f"failed to parse int from {text}: {reason}"
    number = int(text)
    if number < 0:
        return 0, f"negative number ({number}) not allowed: {text}"
    return number, ""
