"""Inputs fed to a door one after the other, and the account of what became of them."""

from __future__ import annotations

import random
import tempfile
import time
import traceback
import warnings
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tests.fuzz.doors import DOORS

if TYPE_CHECKING:
    from collections.abc import Iterator


class Piece(NamedTuple):
    """Some inputs of a door, fed one after the other."""

    door: str
    seed: int
    numbers: range
    until: float
    """When feeding ends even so, by the monotonic clock."""


@dataclass(slots=True)
class Account:
    """What became of some inputs of a door."""

    inputs: int = 0
    accepted: int = 0
    seconds: float = 0.0
    """Of a core."""
    surprises: Counter[str] = field(default_factory=Counter)
    """How often each came."""
    firsts: dict[str, str] = field(default_factory=dict)
    """The options that make the first input again which brought each."""

    def add(self, other: Account) -> None:
        """Take another one in."""
        self.inputs += other.inputs
        self.accepted += other.accepted
        self.seconds += other.seconds
        self.surprises += other.surprises
        self.firsts = other.firsts | self.firsts


def feed(piece: Piece) -> Account:
    """Feed a door in a folder of its own; return what became of it."""
    account = Account()
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("error")
        door = DOORS[piece.door].open(Path(folder))
        start = time.process_time()
        for number in piece.numbers:
            if time.monotonic() > piece.until:
                break
            account.inputs += 1
            try:
                account.accepted += door(random.Random(f"{piece.door}/{piece.seed}/{number}"))
            except Exception as error:  # noqa: BLE001 - that is what is looked for
                what = _described(error)
                again = f"--door {piece.door} --seed {piece.seed} --first {number}"
                account.firsts.setdefault(what, again)
                account.surprises[what] += 1
        account.seconds = time.process_time() - start
    return account


def _described(error: Exception) -> str:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{frame.filename.rpartition('src/')[2]}:{frame.lineno}"
    return f"{type(error).__name__} at {where}: {str(error)[:160]!a}"


def cut(numbers: range, most: int) -> Iterator[range]:
    """Yield a range in pieces of nearly the same length, none of them empty."""
    length = -(-len(numbers) // most)
    for first in range(0, len(numbers), length):
        yield numbers[first : first + length]
