"""The heap of entries: always the smallest first."""

from __future__ import annotations

import heapq

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from simarena.cluster.kernel.ground.heap import heap_pop, heap_push, heap_replace
from simarena.cluster.records import ENTRY

keys = st.tuples(st.integers(0, 4), st.integers(-2, 2))


@given(st.lists(st.one_of(keys, st.none()), max_size=60))
def test_entries_come_out_as_from_an_ordinary_heap(steps: list[tuple[int, int] | None]) -> None:
    rows = np.zeros(64, ENTRY)
    size = 0
    plain: list[tuple[int, int, int]] = []
    for sequence, key in enumerate(steps):
        if key is not None:
            size = heap_push(rows, size, *key, sequence, 7, 100 + sequence)
            heapq.heappush(plain, (*key, sequence))
        elif plain:
            first = rows[0].copy()
            size = heap_pop(rows, size)
            expected = heapq.heappop(plain)
            assert (first["first"], first["second"], first["sequence"]) == expected
            assert (first["kind"], first["subject"]) == (7, 100 + expected[2])
        assert size == len(plain)
        if plain:
            assert rows[0]["sequence"] == plain[0][2]


@given(st.lists(keys, min_size=1, max_size=30), st.lists(keys, max_size=30))
def test_an_entry_may_take_the_place_of_the_first(
    pushed: list[tuple[int, int]], others: list[tuple[int, int]]
) -> None:
    rows = np.zeros(32, ENTRY)
    size = 0
    plain: list[tuple[int, int, int]] = []
    for sequence, key in enumerate(pushed):
        size = heap_push(rows, size, *key, sequence, 7, 100 + sequence)
        heapq.heappush(plain, (*key, sequence))
    for sequence, key in enumerate(others, start=len(pushed)):
        heap_replace(rows, size, *key, sequence, 7, 100 + sequence)
        heapq.heapreplace(plain, (*key, sequence))
        assert rows[0]["sequence"] == plain[0][2]
        assert rows[0]["subject"] == 100 + plain[0][2]
    while plain:
        assert rows[0]["sequence"] == heapq.heappop(plain)[2]
        size = heap_pop(rows, size)
    assert size == 0


def test_equal_keys_keep_their_order() -> None:
    rows = np.zeros(8, ENTRY)
    size = 0
    for sequence in range(5):
        size = heap_push(rows, size, 1, 1, sequence, 0, sequence)
    taken = []
    while size:
        taken.append(int(rows[0]["subject"]))
        size = heap_pop(rows, size)
    assert taken == [0, 1, 2, 3, 4]
