"""Names of many objects at once are those that each gets by itself."""

from __future__ import annotations

import numpy as np
import pytest

from simarena.cluster.messages.many_names import suffixes, uids
from simarena.cluster.messages.naming import NUM_SUFFIXES, suffix, uid

SEEDS = (0, 1, 0x9E3779B97F4A7C15, (1 << 64) - 1)
NUMBERS = (0, 1, 2, 77, NUM_SUFFIXES - 1, NUM_SUFFIXES, (1 << 40) + 5)


@pytest.mark.parametrize("seed", SEEDS)
def test_names_of_many_are_those_of_each(seed: int) -> None:
    numbers = np.array(NUMBERS, np.int64)
    assert uids(seed, numbers) == [uid(seed, number) for number in NUMBERS]
    assert suffixes(seed, numbers) == [suffix(seed, number) for number in NUMBERS]


def test_nobody_has_no_names() -> None:
    none = np.zeros(0, np.int64)
    assert (uids(7, none), suffixes(7, none)) == ([], [])
