"""A binary heap of ENTRY records, ordered by (first, second, sequence)."""

from __future__ import annotations

from simarena.cluster.records import Rows
from simarena.jit.decorators import inner


@inner
def _precedes(rows: Rows, row: int, first: int, second: int, sequence: int) -> bool:
    """Return whether the entry in a row comes before one with these keys."""
    entry = rows[row]
    if entry["first"] != first:
        return bool(entry["first"] < first)
    if entry["second"] != second:
        return bool(entry["second"] < second)
    return bool(entry["sequence"] < sequence)


@inner
def _copy(rows: Rows, source: int, target: int) -> None:
    """Copy an entry field by field: compiled, a whole row may become a copy byte by byte."""
    entry = rows[source]
    copied = rows[target]
    copied["first"] = entry["first"]
    copied["second"] = entry["second"]
    copied["sequence"] = entry["sequence"]
    copied["kind"] = entry["kind"]
    copied["subject"] = entry["subject"]


@inner
def _write(
    rows: Rows, row: int, first: int, second: int, sequence: int, kind: int, subject: int
) -> None:
    entry = rows[row]
    entry["first"] = first
    entry["second"] = second
    entry["sequence"] = sequence
    entry["kind"] = kind
    entry["subject"] = subject


@inner
def heap_push(
    rows: Rows, size: int, first: int, second: int, sequence: int, kind: int, subject: int
) -> int:
    """Add an entry to the heap in rows[:size]; return the new size. The caller checks for room."""
    hole = size
    while hole > 0:
        parent = (hole - 1) >> 1
        if _precedes(rows, parent, first, second, sequence):
            break
        _copy(rows, parent, hole)
        hole = parent
    _write(rows, hole, first, second, sequence, kind, subject)
    return size + 1


@inner
def heap_replace(
    rows: Rows, size: int, first: int, second: int, sequence: int, kind: int, subject: int
) -> None:
    """Put another entry in the place of rows[0]: in half the time of a pop and a push."""
    hole = 0
    child = 1
    while child < size:
        if child + 1 < size:
            entry = rows[child]
            if _precedes(rows, child + 1, entry["first"], entry["second"], entry["sequence"]):
                child += 1
        if not _precedes(rows, child, first, second, sequence):
            break
        _copy(rows, child, hole)
        hole = child
        child = 2 * hole + 1
    _write(rows, hole, first, second, sequence, kind, subject)


@inner
def heap_pop(rows: Rows, size: int) -> int:
    """Remove the entry at rows[0], which the caller has read; return the new size."""
    last = size - 1
    if last > 0:
        entry = rows[last]
        heap_replace(
            rows,
            last,
            entry["first"],
            entry["second"],
            entry["sequence"],
            entry["kind"],
            entry["subject"],
        )
    return last
