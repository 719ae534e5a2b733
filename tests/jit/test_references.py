"""Tuples of tables, made of other tuples' tables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from simarena.jit.cache import cache_folder
from simarena.jit.decorators import inner, kernel
from simarena.jit.references import by_reference, tables_at

if TYPE_CHECKING:
    from numpy.typing import NDArray

CACHE_FOLDER = cache_folder([Path(__file__)])
NUMBER = np.dtype([("number", np.int32)])


class Whole(NamedTuple):
    left: NDArray[np.int64]
    middle: Any
    right: NDArray[np.int64]


class First(NamedTuple):
    right: NDArray[np.int64]
    middle: Any


class Second(NamedTuple):
    left: NDArray[np.int64]
    right: NDArray[np.int64]


class Alone(NamedTuple):
    right: NDArray[np.int64]


@inner
def whole_of(first: First, second: Second, row: int, other: int) -> Whole:
    return tables_at(Whole, first, row, second, other)


@inner
def other_of(first: First, second: Second, row: int, other: int) -> Whole:
    return tables_at(Whole, Alone(second.right), other, first, row, second, other)


@kernel(cached_in=CACHE_FOLDER)
def mark(first: First, second: Second, row: int, other: int) -> None:
    """Write a number into each table of both kinds of wholes."""
    first = by_reference(first)
    second = by_reference(second)
    whole = by_reference(whole_of(first, second, row, other))
    whole.left[0] += 1
    whole.middle[1]["number"] += 2
    whole.right[2] += 3
    by_reference(other_of(first, second, row, other)).right[2] += 40


def test_tables_are_elements_of_the_first_that_have_them() -> None:
    first = First(np.zeros((3, 4), np.int64), np.zeros((3, 2), NUMBER))
    second = Second(np.zeros((2, 3), np.int64), np.zeros((2, 4), np.int64))
    mark(first, second, 2, 1)
    assert second.left.tolist() == [[0, 0, 0], [1, 0, 0]]
    assert first.middle["number"].tolist() == [[0, 0], [0, 0], [0, 2]]
    assert first.right[2].tolist() == [0, 0, 3, 0]
    assert second.right[1].tolist() == [0, 0, 40, 0]
    assert first.right[:2].sum() == second.right[0].sum() == 0
