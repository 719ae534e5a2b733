"""Step functions as columns that read like lists."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simarena.cluster.objects.steps import Steps, no_steps, sum_of


class Pair(NamedTuple):
    """What holds for a while."""

    left: int = 0
    right: int = 0


def steps(*given: tuple[int, int, int]) -> Steps[Pair]:
    table = np.array(given, np.int64).reshape(-1, 3)
    return Steps(Pair, table[:, 0], table[:, 1:])


def test_steps_read_like_a_list_of_times_and_values() -> None:
    found = steps((0, 1, 2), (5, 3, 4), (9, 0, 0))
    listed = [(0, Pair(1, 2)), (5, Pair(3, 4)), (9, Pair())]
    assert found == listed
    assert listed == found
    assert found[-1] == (9, Pair())
    assert found[1:] == steps((5, 3, 4), (9, 0, 0))
    assert (len(found), list(reversed(found)), repr(found)) == (3, listed[::-1], repr(listed))
    assert type(found[0][0]) is int
    assert all(type(number) is int for _, value in found for number in value)


def test_other_times_or_values_are_not_equal() -> None:
    found = steps((0, 1, 2))
    assert found != steps((1, 1, 2))
    assert found != steps((0, 1, 3))
    assert found != steps((0, 1, 2), (3, 1, 2))
    assert found != [(0, Pair(1, 3))]
    assert found != "steps"


def test_nothing_has_no_steps() -> None:
    assert no_steps(Pair) == []
    assert not no_steps(Pair)
    assert sum_of(Pair, []) == []


def test_a_sum_has_a_step_wherever_one_of_its_parts_has() -> None:
    parts = [steps((0, 1, 0), (4, 2, 0)), steps((2, 10, 1), (4, 0, 1)), no_steps(Pair)]
    assert sum_of(Pair, parts) == [(0, Pair(1, 0)), (2, Pair(11, 1)), (4, Pair(2, 1))]
    assert sum_of(Pair, [steps((0, 1, 1)), steps((0, -1, -1))]) == [(0, Pair())]
