"""A binary heap of ENTRY records, ordered by (first, second, sequence)."""

from __future__ import annotations

from simarena.cluster.kernel._jit import inner
from simarena.cluster.records import Rows


@inner
def _precedes(rows: Rows, a: int, b: int) -> bool:
    if rows[a]["first"] != rows[b]["first"]:
        return rows[a]["first"] < rows[b]["first"]
    if rows[a]["second"] != rows[b]["second"]:
        return rows[a]["second"] < rows[b]["second"]
    return rows[a]["sequence"] < rows[b]["sequence"]


@inner
def _copy(rows: Rows, source: int, target: int) -> None:
    rows[target]["first"] = rows[source]["first"]
    rows[target]["second"] = rows[source]["second"]
    rows[target]["sequence"] = rows[source]["sequence"]
    rows[target]["kind"] = rows[source]["kind"]
    rows[target]["subject"] = rows[source]["subject"]


@inner
def heap_push(
    rows: Rows, size: int, first: int, second: int, sequence: int, kind: int, subject: int
) -> int:
    """Add an entry to the heap in rows[:size]; return the new size. The caller checks for room."""
    hole = size
    while hole > 0:
        parent = (hole - 1) >> 1
        row = rows[parent]
        if row["first"] < first or (
            row["first"] == first
            and (row["second"] < second or (row["second"] == second and row["sequence"] < sequence))
        ):
            break
        _copy(rows, parent, hole)
        hole = parent
    rows[hole]["first"] = first
    rows[hole]["second"] = second
    rows[hole]["sequence"] = sequence
    rows[hole]["kind"] = kind
    rows[hole]["subject"] = subject
    return size + 1


@inner
def heap_pop(rows: Rows, size: int) -> int:
    """Remove the entry at rows[0], which the caller has read; return the new size."""
    last = size - 1
    hole = 0
    while True:
        child = 2 * hole + 1
        if child >= last:
            break
        if child + 1 < last and _precedes(rows, child + 1, child):
            child += 1
        if not _precedes(rows, child, last):
            break
        _copy(rows, child, hole)
        hole = child
    if hole != last:
        _copy(rows, last, hole)
    return last
