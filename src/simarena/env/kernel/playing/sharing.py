"""How threads share the environments of a batch among them.

Each has a slice of its own, whose environments stay in its processor's cache, and takes a few of
them at a time; with none left it takes those of others. So all are busy to the end, also if one
began late. `progress` has a row for each slice and one for all; no two share a cache line, so that
threads do not wait for each other's.

Where a thread stands is in its own row, too, so that the loop over its environments is three calls
(`begin_turn`, `next_env`, `end_turn`), whatever is played.

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
TURN = 8
"""Column of a slice, from here on its thread's own cache line: the turn that it takes part in."""
ASKED = 9
"""Column of a slice: what that turn is for."""
ENV = 10
"""Column of a slice: the environment that its thread plays."""
END = 11
"""Column of a slice: where the environments end that its thread has taken."""
FOUND_FULL = 12
"""Column of a slice: how many of them found a table full."""
TAKEN = 13
"""Column of a slice: how many were taken at once."""
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
def _end_of(progress: NDArray[np.int64], low: int) -> int:
    """Return where the environments end that were taken from `low` on."""
    part = 0
    while progress[part, HIGH] <= low:
        part += 1
    return min(low + int(progress[progress.shape[0] - 1, SHARE]), int(progress[part, HIGH]))


@inner
def _hold(progress: NDArray[np.int64], part: int, low: int) -> int:
    """Write down that a thread has taken environments from `low` on; return `low`."""
    row = progress[part]
    row[ENV] = low
    row[FOUND_FULL] = 0
    if low != NONE:
        row[END] = _end_of(progress, low)
        row[TAKEN] = row[END] - low
    return low


@inner
def begin_turn(progress: NDArray[np.int64], call: int, turn: int, part: int) -> int:
    """Take environments, all where the thread is ALONE; return the first, or NONE: all are taken.

    `part` is the thread's own slice, `call` what the turn is for.
    """
    row = progress[part]
    row[TURN] = turn
    row[ASKED] = call
    if turn != ALONE:
        return _hold(progress, part, _take(progress, turn, part))
    row[ENV] = 0
    row[END] = progress[progress.shape[0] - 2, HIGH]
    row[FOUND_FULL] = 0
    return 0


@inner
def call_of(progress: NDArray[np.int64], part: int) -> int:
    """Return what the turn is for that a thread takes part in."""
    return int(progress[part, ASKED])


@inner
def next_env(progress: NDArray[np.int64], part: int, is_full: bool) -> int:  # noqa: FBT001
    """Return the environment that a thread plays next, NONE if there is none.

    `is_full` says whether the last one found a table full. A thread but the first goes on with the
    turns that follow soon.
    """
    row = progress[part]
    if is_full:
        row[FOUND_FULL] += 1
    row[ENV] += 1
    if row[ENV] < row[END]:
        return int(row[ENV])
    return NONE if row[TURN] == ALONE else _take_more(progress, part)


@inner
def _take_more(progress: NDArray[np.int64], part: int) -> int:
    """Say what is finished and take some more, of this turn or the next; return the first."""
    row = progress[part]
    all_row = progress[progress.shape[0] - 1]
    if row[FOUND_FULL] > 0:
        add_atomically(all_row, FULL, row[FOUND_FULL])
    add_atomically(all_row, FINISHED, row[TAKEN])
    low = _take(progress, row[TURN], part)
    while low == NONE and part > 0 and row[TURN] != ALONE:
        row[TURN] = _next_turn(progress, row[TURN], part)
        row[ASKED] = all_row[CALL]
        if row[TURN] != ALONE:
            low = _take(progress, row[TURN], part)
    return _hold(progress, part, low)


@inner
def end_turn(progress: NDArray[np.int64], part: int) -> int:
    """Return how many environments found a table full, which must be resumed once it has grown.

    NONE if not all are finished. It waits a moment for other threads: to sleep and be woken up
    would take longer than they are likely to need.
    """
    num_parts = progress.shape[0] - 1
    if num_parts == 1:
        return int(progress[part, FOUND_FULL])
    for _ in range(PATIENCE):
        if add_atomically(progress[num_parts], FINISHED, 0) >= progress[num_parts - 1, HIGH]:
            return int(progress[num_parts, FULL])
    return NONE


@inner
def _next_turn(progress: NDArray[np.int64], turn: int, part: int) -> int:
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
