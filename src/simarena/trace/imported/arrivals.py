"""Pods that come and go, put in order of time whatever order they are listed in."""

from __future__ import annotations

import heapq
import math
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter, itemgetter
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Final

import msgspec

from simarena.trace.model import TraceEvent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import BinaryIO

    from simarena.trace.kinds import Manifest

_RUN: Final = 20_000
"""Stays that are in memory at once to be put in order."""
_LENGTH_BYTES: Final = 4


@dataclass(frozen=True, slots=True)
class Stay:
    """A pod, and from when to when it was there."""

    start_s: int
    end_s: int | None
    """None: to the end."""
    manifest: Manifest


def events(stays: Iterable[Stay], until_s: int | None = None) -> Iterator[TraceEvent]:
    """Yield what happens, in order of time; nothing later than `until_s` does.

    In memory are the pods that are there at one time, and some ten thousand to be put in order.
    """
    for time_s, changes in groupby(_changes(stays, until_s), key=itemgetter(0)):
        event = TraceEvent(time_s)
        for _, manifest, comes in changes:
            (event.applied_objs if comes else event.deleted_objs).append(manifest)
        yield event


def _changes(stays: Iterable[Stay], until_s: int | None) -> Iterator[tuple[int, Manifest, bool]]:
    """Yield when each pod comes (True) or goes, in order."""
    last_s = math.inf if until_s is None else until_s
    leaving: list[tuple[int, int, Manifest]] = []
    for number, stay in enumerate(in_order(stays)):
        if stay.start_s > last_s:
            break
        yield from _gone(leaving, stay.start_s)
        yield stay.start_s, stay.manifest, True
        if stay.end_s is not None and stay.end_s <= last_s:
            heapq.heappush(leaving, (stay.end_s, number, stay.manifest))
    yield from _gone(leaving, math.inf)


def _gone(
    leaving: list[tuple[int, int, Manifest]], before_s: float
) -> Iterator[tuple[int, Manifest, bool]]:
    while leaving and leaving[0][0] < before_s:
        end_s, _, manifest = heapq.heappop(leaving)
        yield end_s, manifest, False


def in_order(stays: Iterable[Stay]) -> Iterator[Stay]:
    """Yield stays by their start, those of equal starts as they came."""
    by_start = attrgetter("start_s")
    with ExitStack() as files:
        runs: list[Iterator[Stay]] = []
        run: list[Stay] = []
        for stay in stays:
            run.append(stay)
            if len(run) == _RUN:
                runs.append(_kept(sorted(run, key=by_start), files))
                run = []
        run.sort(key=by_start)
        yield from heapq.merge(*runs, run, key=by_start)


def _kept(run: list[Stay], files: ExitStack) -> Iterator[Stay]:
    """Write stays to a file that nobody else sees; return them, read one by one."""
    file: BinaryIO = TemporaryFile()  # noqa: SIM115 - closed with the others
    files.callback(file.close)
    for stay in run:
        data = msgspec.msgpack.encode((stay.start_s, stay.end_s, stay.manifest))
        file.write(len(data).to_bytes(_LENGTH_BYTES, "big"))
        file.write(data)
    file.seek(0)
    return _read(file)


def _read(file: BinaryIO) -> Iterator[Stay]:
    decoder = msgspec.msgpack.Decoder()
    while length := file.read(_LENGTH_BYTES):
        yield Stay(*decoder.decode(file.read(int.from_bytes(length, "big"))))
