"""Seeded chance: the same as in plain Python, and even."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simarena.cluster.kernel.ground.random import draw_below, mix
from simarena.cluster.messages.naming import uid_order
from simarena.cluster.rows.tables import Capacities, empty_world


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**42))
def test_uids_are_those_of_plain_python(seed: int, number: int) -> None:
    assert int(mix(np.uint64(seed), number)) == uid_order(seed, number)


def test_draws_follow_from_the_state_alone() -> None:
    world = empty_world(Capacities())
    world.state[0]["random"] = 99
    first = [int(draw_below(world, 10)) for _ in range(50)]
    world.state[0]["random"] = 99
    assert [int(draw_below(world, 10)) for _ in range(50)] == first


@given(st.integers(1, 2**64 - 1), st.integers(1, 1_000))
def test_a_draw_is_below_its_bound_and_the_state_never_gets_stuck(state: int, bound: int) -> None:
    world = empty_world(Capacities())
    world.state[0]["random"] = state
    assert 0 <= draw_below(world, bound) < bound
    shifted = state ^ (state << 7) % 2**64
    assert world.state[0]["random"] == shifted ^ (shifted >> 9) != 0


@pytest.mark.parametrize("bound", [2, 3, 7])
def test_draws_are_even(bound: int) -> None:
    world = empty_world(Capacities())
    world.state[0]["random"] = 12_345
    number = 3_000 * bound
    counts = Counter(int(draw_below(world, bound)) for _ in range(number))
    # Five standard deviations of a binomial count.
    margin = 5 * (number / bound * (1 - 1 / bound)) ** 0.5
    assert sorted(counts) == list(range(bound))
    assert all(abs(count - 3_000) < margin for count in counts.values())
