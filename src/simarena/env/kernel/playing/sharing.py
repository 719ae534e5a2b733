"""How threads share the environments of a batch among them.

Each has a slice of its own, whose environments stay in its processor's cache, and takes a few of
them at a time; with none left it takes those of others. So all are busy to the end, also if one
began late. `progress` has a row for each slice and one for all; no two share a cache line, so that
threads do not wait for each other's.

To wake a thread takes as long as a hundred steps. So one that is done with a turn looks out for
the next one for a moment, about a tenth of a millisecond, before it sleeps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.cluster.codes import NONE
from simarena.jit.atomics import PATIENCE, add_atomically, swap_atomically
from simarena.jit.decorators import inner

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NEXT = 0
"""Column of a slice: the next environment to take, and above 32 bits the turn."""
HIGH = 1
"""Column of a slice: where it ends."""
AWAKE = 2
"""Column of a slice: its thread looks out for the next turn; nobody has to wake it."""
FINISHED = 0
"""Column of the last row: environments that are finished."""
FULL = 1
"""Column of the last row: those of them that found a table full."""
SHARE = 2
"""Column of the last row: how many environments are taken at a time."""
CALL = 3
"""Column of the last row: what this turn is for."""
NUM_COLUMNS = 16
ALONE = 0
"""Turn in which there is one thread."""


@inner
def _take_from(slice_row: NDArray[np.int64], turn: int, number: int) -> int:
    """Take environments from a slice; return the first of them, or NONE.

    A thread that comes so late that the next turn has begun takes nothing.
    """
    while True:
        next_one = slice_row[NEXT]
        low = next_one - (turn << 32)
        if low < 0 or low >= slice_row[HIGH]:
            return NONE
        if swap_atomically(slice_row, NEXT, next_one, next_one + number) == next_one:
            return int(low)


@inner
def _take(progress: NDArray[np.int64], turn: int, part: int) -> int:
    num_parts = progress.shape[0] - 1
    number = progress[num_parts, SHARE]
    for distance in range(num_parts):
        low = _take_from(progress[(part + distance) % num_parts], turn, number)
        if low != NONE:
            return low
    return NONE


@inner
def first_taken(progress: NDArray[np.int64], turn: int, part: int) -> int:
    """Take some environments, all of them where ALONE; return the first, or NONE: all are taken."""
    return 0 if turn == ALONE else _take(progress, turn, part)


@inner
def next_taken(
    progress: NDArray[np.int64], turn: int, part: int, number: int, num_full: int
) -> int:
    """Take some more, after so many are finished, some of which found a table full.

    Return the first of them, or NONE.
    """
    if turn == ALONE:
        return NONE
    all_row = progress[progress.shape[0] - 1]
    if num_full > 0:
        add_atomically(all_row, FULL, num_full)
    add_atomically(all_row, FINISHED, number)
    return _take(progress, turn, part)


@inner
def end_of(progress: NDArray[np.int64], turn: int, low: int) -> int:
    """Return where the environments end that were taken from `low` on."""
    if turn == ALONE:
        return int(progress[progress.shape[0] - 2, HIGH])
    part = 0
    while progress[part, HIGH] <= low:
        part += 1
    return min(low + int(progress[progress.shape[0] - 1, SHARE]), int(progress[part, HIGH]))


@inner
def total_full(progress: NDArray[np.int64]) -> int:
    """Return how many environments found a table full, NONE if not all are finished.

    It waits a moment for other threads: to sleep and be woken up would take longer than they are
    likely to need.
    """
    num_parts = progress.shape[0] - 1
    for _ in range(PATIENCE):
        if add_atomically(progress[num_parts], FINISHED, 0) >= progress[num_parts - 1, HIGH]:
            return int(progress[num_parts, FULL])
    return NONE


@inner
def call_of(progress: NDArray[np.int64]) -> int:
    """Return what the turn is for that began last."""
    return int(progress[progress.shape[0] - 1, CALL])


@inner
def next_turn(progress: NDArray[np.int64], turn: int, part: int) -> int:
    """Return the turn after this one if it begins soon, else ALONE: the thread may sleep.

    One that follows later has a greater number, and so has one for which tables were replaced.
    """
    row = progress[part]
    row[AWAKE] = 1
    begun = turn
    spins = 0
    while begun == turn and spins < PATIENCE:
        begun = add_atomically(row, NEXT, 0) >> 32
        spins += 1
    row[AWAKE] = 0
    if begun == turn:  # who began one just now may have seen that this thread was awake
        begun = add_atomically(row, NEXT, 0) >> 32
    return begun if begun == turn + 1 else ALONE
