"""Memory by its address, from Python and from machine code."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from simarena.jit.cache import cache_folder
from simarena.jit.decorators import kernel
from simarena.jit.memory import (
    address_of,
    copy_record,
    copy_row,
    copy_shared,
    store_number,
    store_truth,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

PAIR = np.dtype([("number", np.int64), ("truth", np.bool_)], align=True)

MANY = np.dtype(
    [
        ("before", np.int8),
        ("truth", np.bool_),
        ("pairs", PAIR, (20,)),
        ("pair", PAIR),
        ("numbers", np.int32, (3,)),
        ("after", np.int64),
    ],
    align=True,
)
BLANK = np.zeros(1, MANY)
BLANK["before"] = BLANK["numbers"] = -1

CACHE_FOLDER = cache_folder([Path(__file__)])


@kernel(cached_in=CACHE_FOLDER)
def hand_over(pairs: Any, vectors: NDArray[np.float32], row: int, addresses: Any) -> int:
    """Copy a row of each table, a number and a truth value to four addresses; return the row."""
    copy_row(pairs, row, addresses[0])
    copy_row(vectors, row, addresses[1])
    store_number(pairs[row]["number"] / 2.0, row, addresses[2])
    store_truth(pairs[row]["truth"], row, addresses[3])
    return row


@kernel(cached_in=CACHE_FOLDER)
def where(vectors: NDArray[np.float32]) -> int:
    """Return the address of a table."""
    return address_of(vectors)


OTHER = np.dtype(
    [
        ("numbers", np.int32, (3,)),
        ("more", np.int16),
        ("truth", np.bool_),
        ("after", np.int64),
        ("before", np.int8),
    ],
    align=True,
)


@kernel(cached_in=CACHE_FOLDER)
def copy_to_another(many: Any, others: Any) -> None:
    """Copy what two kinds of records have in common."""
    copy_shared(many[1], others[0])


def test_fields_of_the_same_names_are_copied_wherever_they_stand() -> None:
    many, others = np.zeros(2, MANY), np.zeros(2, OTHER)
    many["before"], many["numbers"], many["after"] = [1, 2], [[3, 4, 5], [6, 7, 8]], [9, 10]
    others["more"], many["truth"] = 11, [False, True]
    copy_to_another(many, others)
    assert others[0].item()[1:] == (11, True, 10, 2)
    assert others[0]["numbers"].tolist() == [6, 7, 8]
    assert not others[1]["numbers"].any()
    assert others[1].item()[1:] == (11, False, 0, 0)


@kernel(cached_in=CACHE_FOLDER)
def copy_some(rows: Any) -> None:
    """Copy row 0 to row 1, a blank one to row 2, and of row 0 one record within to row 3."""
    copy_record(rows[0], rows[1])
    copy_record(BLANK[0], rows[2])
    copy_record(rows[0]["pair"], rows[3]["pair"])


def test_a_record_is_copied_with_all_that_it_holds() -> None:
    rows = np.zeros(5, MANY)
    for row in range(5):
        rows[row]["before"] = row + 1
        rows[row]["pairs"]["number"] = np.arange(20) + row
        rows[row]["pair"] = (70 + row, row % 2)
        rows[row]["numbers"] = row
        rows[row]["after"] = 900 + row
    before = rows.copy()
    copy_some(rows)
    assert rows[0] == rows[1] == before[0]
    assert rows[2] == BLANK[0]
    assert rows[3]["pair"] == before[0]["pair"]
    rows[3]["pair"] = before[3]["pair"]
    assert (rows[3:] == before[3:]).all()


@pytest.mark.parametrize("row", [0, 2])
def test_rows_and_values_arrive_where_the_addresses_say(row: int) -> None:
    pairs = np.array([(5, True), (6, False), (7, True)], PAIR)
    vectors = np.arange(9, dtype=np.float32).reshape(3, 3)
    told = [np.zeros_like(pairs), np.zeros_like(vectors), np.zeros(3), np.zeros(3, np.bool_)]
    addresses = np.array([table.ctypes.data for table in told])
    assert hand_over(pairs, vectors, row, addresses) == row
    assert told[0][row] == pairs[row]
    assert told[1][row].tolist() == vectors[row].tolist()
    assert told[2][row] == pairs[row]["number"] / 2
    assert told[3][row]
    assert told[0][1]["number"] == told[1][1].sum() == told[2][1] == told[3][1] == 0


def test_an_address_is_that_of_the_first_element() -> None:
    vectors = np.zeros((2, 3), np.float32)
    assert where(vectors) == vectors.ctypes.data
    assert where(vectors[1:]) == vectors.ctypes.data + 12
