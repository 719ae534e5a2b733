from __future__ import annotations

from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import numpy as np
import pytest

from simarena.jit.atomics import add_atomically, swap_atomically
from simarena.jit.cache import cache_folder
from simarena.jit.decorators import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

CACHE_FOLDER = cache_folder([Path(__file__)])


@kernel(cached_in=CACHE_FOLDER)
def count_up(numbers: NDArray[np.int64], times: int) -> int:
    """Add 2 to a number so many times, one half by swaps; return what it was at some moment."""
    for _ in range(times):
        add_atomically(numbers, 1, 1)
        before = numbers[1]
        while swap_atomically(numbers, 1, before, before + 1) != before:
            before = numbers[1]
    return add_atomically(numbers, 1, 0)


def test_a_number_is_added_to_and_what_it_was_comes_back() -> None:
    numbers = np.array([0, 5])
    assert add_atomically(numbers, 1, 3) == 5
    assert numbers.tolist() == [0, 8]


def test_a_number_is_swapped_only_if_it_is_the_expected_one() -> None:
    numbers = np.array([4, 5])
    assert swap_atomically(numbers, 0, 9, 1) == 4
    assert swap_atomically(numbers, 1, 5, 1) == 5
    assert numbers.tolist() == [4, 1]


@pytest.mark.jit
def test_threads_lose_no_change() -> None:
    numbers = np.zeros(2, np.int64)
    threads = [Thread(target=count_up, args=(numbers, 50_000)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert numbers.tolist() == [0, 300_000]
    assert count_up(numbers, 0) == 300_000
