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
    begin_turn,
    call_of,
    end_turn,
    next_env,
)
from simarena.env.playing.batch import new_progress

TURN = 7
STEP, RESET = 0, 1


def begun(num_envs: int, num_threads: int, share: int) -> np.ndarray[tuple[int, int], np.dtype]:
    progress = new_progress(num_envs, num_threads)
    progress[-1, SHARE] = share
    lay_out(progress, TURN)
    return progress


def lay_out(progress: np.ndarray[tuple[int, int], np.dtype], turn: int) -> None:
    progress[:-1, NEXT] = np.append(0, progress[:-2, HIGH]) + (turn << 32)


@given(st.integers(1, 40), st.integers(2, 5), st.integers(1, 9), st.randoms())
def test_every_environment_is_played_once_whoever_is_faster(
    num_envs: int, num_threads: int, share: int, random: object
) -> None:
    progress = begun(num_envs, num_threads, share)
    envs = {part: begin_turn(progress, STEP, TURN, part) for part in range(num_threads)}
    played: list[int] = []
    while any(env != NONE for env in envs.values()):
        part = random.choice([part for part, env in envs.items() if env != NONE])  # type: ignore[attr-defined]
        played.append(envs[part])
        envs[part] = next_env(progress, part, envs[part] in {0, num_envs - 1})
    assert sorted(played) == list(range(num_envs))
    assert progress[-1, FINISHED] == num_envs
    assert end_turn(progress, 0) == progress[-1, FULL] == len({0, num_envs - 1})


def test_a_thread_plays_its_own_slice_first_and_then_helps() -> None:
    progress = begun(4, 2, 2)
    env = begin_turn(progress, STEP, TURN, 1)
    played = []
    while env != NONE:
        played.append(env)
        env = next_env(progress, 1, False)
    assert played == [2, 3, 0, 1]


def test_a_thread_of_another_turn_takes_nothing() -> None:
    progress = begun(10, 2, 5)
    before = progress[:, : CALL + 1].copy()
    for turn in (TURN - 1, TURN + 1):
        assert begin_turn(progress, STEP, turn, 0) == NONE
    np.testing.assert_array_equal(progress[:, : CALL + 1], before)


def test_as_long_as_some_are_not_finished_it_says_so() -> None:
    progress = begun(10, 2, 5)
    assert begin_turn(progress, STEP, TURN, 0) == 0
    assert end_turn(progress, 0) == NONE


@given(st.lists(st.booleans(), min_size=1, max_size=20))
def test_one_thread_alone_plays_all_in_order_and_counts_who_found_a_table_full(
    full: list[bool],
) -> None:
    progress = new_progress(len(full), 1)
    env = begin_turn(progress, RESET, ALONE, 0)
    for row, is_full in enumerate(full):
        assert (env, call_of(progress, 0)) == (row, RESET)
        env = next_env(progress, 0, is_full)
    assert env == NONE
    assert end_turn(progress, 0) == sum(full)


def test_a_thread_that_helps_goes_on_with_the_next_turn_if_that_has_begun() -> None:
    progress = begun(2, 2, 1)
    assert begin_turn(progress, STEP, TURN, 1) == 1
    assert next_env(progress, 1, False) == 0
    lay_out(progress, TURN + 1)
    progress[-1, CALL] = RESET
    assert next_env(progress, 1, True) == 1
    assert call_of(progress, 1) == RESET
    assert progress[1, AWAKE] == 0


def test_it_sleeps_where_it_missed_one_or_none_begins() -> None:
    for turn in (TURN, TURN + 2):
        progress = begun(2, 2, 1)
        assert begin_turn(progress, STEP, TURN, 1) == 1
        assert next_env(progress, 1, False) == 0
        if turn != TURN:
            lay_out(progress, turn)
        assert next_env(progress, 1, False) == NONE
        assert progress[1, AWAKE] == 0


def test_the_first_thread_never_goes_on_by_itself() -> None:
    progress = begun(1, 2, 1)
    part = int(begin_turn(progress, STEP, TURN, 0) == NONE)
    assert part == 0
    lay_out(progress, TURN + 1)
    assert next_env(progress, 0, False) == NONE
