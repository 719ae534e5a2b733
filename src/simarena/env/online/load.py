"""Loads: how many requests a second come, as time passes."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from simarena.checks.bounds import check_kind, check_number, check_whole
from simarena.checks.plain_fields import check_plain_fields
from simarena.errors import ConfigError, NotFoundError, StorageError, UnknownNameError, shown
from simarena.files.bounded import read_text
from simarena.files.storage import text_of
from simarena.trace import replicas_of

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from simarena.trace import Trace, WorkloadRef

PROFILES: Final = ("steps", "ramp", "daily", "spikes")
"""Profiles that `load_profile` knows by name."""

_MAX_BYTES: Final = 64 << 20
_MAX_SECONDS: Final = 7 * 86_400
_MAX_RPS: Final = 1e9


@dataclass(frozen=True, slots=True)
class LoadProfile:
    """A load that begins again when it has ended. ConfigError for one that cannot be."""

    name: str
    """For reports and `infos`."""

    rps: tuple[float, ...]
    """Requests a second, of each `every_s` seconds in turn."""

    every_s: int = 1
    """How long each value holds."""

    def __post_init__(self) -> None:
        """Refuse what no environment could play."""
        where = f"load profile {shown(self.name)}"
        check_plain_fields(self, f"{where}: ")
        check_whole(f"{where}: every_s", self.every_s, 1)
        if not 1 <= len(self.rps) * self.every_s <= _MAX_SECONDS:
            message = (
                f"{where}: it lasts {len(self.rps) * self.every_s} seconds; "
                f"give it between 1 and {_MAX_SECONDS}"
            )
            raise ConfigError(message)
        for second, value in enumerate(self.rps):
            check_number(f"{where}: value {second}", value, 0, _MAX_RPS)

    def seconds(self) -> NDArray[np.float64]:
        """Return the load of each second: (num_seconds,)."""
        return np.repeat(np.array(self.rps, np.float64), self.every_s)

    def scaled(self, factor: float) -> LoadProfile:
        """Return the same profile with every value multiplied."""
        return LoadProfile(self.name, tuple(factor * value for value in self.rps), self.every_s)


def steps_load(
    levels_rps: Sequence[float] = (120, 360, 240, 600, 480, 120), *, every_s: int = 600
) -> LoadProfile:
    """Return a load that stays at each level for `every_s` and then jumps to the next."""
    return LoadProfile("steps", tuple(levels_rps), every_s)


def ramp_load(
    low_rps: float = 80.0, high_rps: float = 600.0, *, rise_s: int = 1_500, hold_s: int = 600
) -> LoadProfile:
    """Return a load that rises evenly, holds, and falls as evenly as it rose."""
    rise = np.linspace(low_rps, high_rps, rise_s, endpoint=False).tolist()
    return LoadProfile("ramp", (*rise, *[high_rps] * hold_s, *reversed(rise)))


def daily_load(
    low_rps: float = 80.0, high_rps: float = 600.0, *, day_s: int = 3_600
) -> LoadProfile:
    """Return a day from midnight on: least at 4 o'clock, most at 16, between them a sine.

    A day lasts `day_s` seconds, an hour unless given.
    """
    middle, half = (high_rps + low_rps) / 2, (high_rps - low_rps) / 2
    hours = (24.0 * second / day_s for second in range(day_s))
    return LoadProfile(
        "daily",
        tuple(middle - half * math.cos(2 * math.pi * (hour - 4.0) / 24.0) for hour in hours),
    )


def spikes_load(
    base_rps: float = 200.0, spike_rps: float = 600.0, *, every_s: int = 900, spike_s: int = 120
) -> LoadProfile:
    """Return a level load that jumps up for `spike_s` at the end of each `every_s`."""
    return LoadProfile("spikes", (*[base_rps] * (every_s - spike_s), *[spike_rps] * spike_s))


def load_from_csv(
    path: str | os.PathLike[str], column: str | None = None, *, every_s: int = 60
) -> LoadProfile:
    """Return a recorded load: one row each `every_s` seconds.

    `column` is a name from the first line; without it the last of each line is taken. Raises
    StorageError if the file cannot be read, ConfigError if a row holds no number.
    """
    path = Path(text_of(path))
    text = read_text(path, _MAX_BYTES)
    try:
        rows = list(csv.reader(StringIO(text, newline="")))
    except csv.Error as error:
        message = f"{path}: cannot be read as CSV: {error}; name another file"
        raise StorageError(message) from error
    index = -1
    first = 0
    if column is not None:
        if not rows or column not in rows[0]:
            known = rows[0] if rows else []
            kind = "column"
            raise UnknownNameError(kind, column, known)
        index = rows[0].index(column)
        first = 1
    values = []
    for number, row in enumerate(rows[first:], start=first + 1):
        try:
            values.append(float(row[index]))
        except (ValueError, IndexError):
            if number == 1:
                continue  # a line of headings
            message = f"{path}:{number}: {row!r} holds no number of requests a second"
            raise ConfigError(message) from None
    return LoadProfile(path.stem, tuple(values), every_s)


def load_of_trace(trace: Trace, ref: WorkloadRef, rps_per_replica: float) -> LoadProfile:
    """Return the load to which a recorded workload was scaled: so much for each replica it had.

    It begins when the workload appears and ends with the trace. Raises NotFoundError if nothing in
    the trace applies the workload.
    """
    marks = [
        (event.ts, rps_per_replica * replicas_of(manifest))
        for event in trace.events
        for manifest in event.applied_objs
        if ref.is_ref_of(manifest)
    ]
    if not marks:
        message = f"{trace.source}: no event applies {ref.key}"
        raise NotFoundError(message)
    end = max(trace.events[-1].ts, marks[-1][0] + 1)
    seconds = [int(b[0] - a[0]) for a, b in zip(marks, [*marks[1:], (end, 0.0)], strict=True)]
    values = [rps for (_, rps), number in zip(marks, seconds, strict=True) for _ in range(number)]
    return LoadProfile("trace", tuple(values))


def load_profile(name: str) -> LoadProfile:
    """Return one of PROFILES: an hour or less, with a peak of 600 requests a second."""
    if name == "steps":
        return steps_load()
    if name == "ramp":
        return ramp_load()
    if name == "daily":
        return daily_load()
    if name == "spikes":
        return spikes_load()
    kind = "load profile"
    raise UnknownNameError(kind, name, PROFILES)


def named_profiles(
    names: str | LoadProfile | Sequence[str | LoadProfile],
) -> tuple[LoadProfile, ...]:
    """Return profiles given as themselves or by name, one or several; "all" are PROFILES."""
    if isinstance(names, str):
        names = PROFILES if names == "all" else (names,)
    if isinstance(names, LoadProfile):
        names = (names,)
    check_kind("profile", names, (list, tuple), "a load profile, its name, or a list of them")
    return tuple(one if isinstance(one, LoadProfile) else load_profile(one) for one in names)
