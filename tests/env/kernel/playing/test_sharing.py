"""Slices of a batch that threads share, on one thread that plays all of them."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from simarena.cluster.codes import NONE
from simarena.env.kernel.playing.sharing import (
    ALONE,
    AWAKE,
    CALL,
    FINISHED,
    FULL,
    HIGH,
    NEXT,
    SHARE,
    call_of,
    end_of,
    first_taken,
    next_taken,
    next_turn,
    total_full,
)
from simarena.env.playing.batch import new_progress

TURN = 7


def begun(num_envs: int, num_threads: int, share: int) -> np.ndarray[tuple[int, int], np.dtype]:
    progress = new_progress(num_envs, num_threads)
    progress[-1, SHARE] = share
    progress[:-1, NEXT] = np.append(0, progress[:-2, HIGH]) + (TURN << 32)
    return progress


@given(st.integers(1, 40), st.integers(1, 5), st.integers(1, 9), st.randoms())
def test_every_environment_is_taken_once_whoever_is_faster(
    num_envs: int, num_threads: int, share: int, random: object
) -> None:
    progress = begun(num_envs, num_threads, share)
    lows = {part: first_taken(progress, TURN, part) for part in range(num_threads)}
    taken: list[int] = []
    while any(low != NONE for low in lows.values()):
        part = random.choice([part for part, low in lows.items() if low != NONE])  # type: ignore[attr-defined]
        low = lows[part]
        high = end_of(progress, TURN, low)
        taken.extend(range(low, high))
        lows[part] = next_taken(progress, TURN, part, high - low, int(low == 0))
    assert sorted(taken) == list(range(num_envs))
    assert progress[-1, FINISHED] == num_envs
    assert total_full(progress) == progress[-1, FULL] == 1


def test_a_thread_takes_its_own_slice_first() -> None:
    progress = begun(10, 2, 5)
    assert first_taken(progress, TURN, 1) == 5
    assert next_taken(progress, TURN, 1, 5, 0) == 0
    assert next_taken(progress, TURN, 1, 5, 0) == NONE


def test_a_thread_of_another_turn_takes_nothing() -> None:
    progress = begun(10, 2, 5)
    before = progress.copy()
    for turn in (TURN - 1, TURN + 1):
        assert first_taken(progress, turn, 0) == NONE
    np.testing.assert_array_equal(progress, before)


def test_as_long_as_some_are_not_finished_it_says_so() -> None:
    progress = begun(10, 2, 5)
    assert first_taken(progress, TURN, 0) == 0
    assert total_full(progress) == NONE


def test_one_thread_alone_takes_all_at_once() -> None:
    progress = new_progress(10, 1)
    assert first_taken(progress, ALONE, 0) == 0
    assert end_of(progress, ALONE, 0) == 10
    assert next_taken(progress, ALONE, 0, 10, 3) == NONE


def test_a_thread_that_helps_goes_on_with_the_next_turn_if_that_has_begun() -> None:
    progress = begun(10, 2, 5)
    progress[-1, CALL] = 2
    assert next_turn(progress, TURN - 1, 1) == TURN
    assert call_of(progress) == 2
    assert progress[1, AWAKE] == 0


def test_it_sleeps_where_it_missed_one_or_none_begins() -> None:
    progress = begun(10, 2, 5)
    assert next_turn(progress, TURN - 2, 1) == ALONE
    assert next_turn(progress, TURN, 1) == ALONE
    assert progress[1, AWAKE] == 0
