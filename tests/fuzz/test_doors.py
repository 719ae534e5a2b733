"""A short run of the fuzzer at every door; `make fuzz` is the long one."""

from __future__ import annotations

import math
import os
import random
import warnings
from typing import TYPE_CHECKING

import pytest
from tests.fuzz.doors import DOORS, Entrance, shares
from tests.fuzz.feeding import Piece, feed
from tests.fuzz.surprises import SurpriseError, told

if TYPE_CHECKING:
    from pathlib import Path

_INTERPRETED = os.environ.get("NUMBA_DISABLE_JIT") == "1"
_NUM_INPUTS = shares(1_000 if _INTERPRETED else 10_000)


@pytest.mark.parametrize("name", list(DOORS))
def test_nothing_but_errors_of_our_own_comes_out_of(name: str, tmp_path: Path) -> None:
    door = DOORS[name].open(tmp_path)
    for number in range(_NUM_INPUTS[name]):
        door(random.Random(f"{name}/0/{number}"))


def test_a_million_inputs_are_shared_so_that_each_door_gets_thousands() -> None:
    given = shares(1_000_000)
    assert sum(given.values()) == 1_000_000
    assert min(given.values()) >= 5_000
    assert shares(100, ["nodes"]) == {"nodes": 100}


def test_a_warning_of_ours_in_a_line_is_no_surprise() -> None:
    with told():
        warnings.warn("not simulated: Gadget g", category=UserWarning, stacklevel=1)
    with pytest.raises(SurpriseError, match="no printable line"), told():
        warnings.warn("two\nlines", category=UserWarning, stacklevel=1)
    with pytest.raises(RuntimeWarning, match="overflow"), told():
        warnings.warn("overflow", category=RuntimeWarning, stacklevel=1)


def test_surprises_are_counted_with_what_makes_the_first_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def door(chance: random.Random) -> bool:
        if chance.random() < 0.5:
            raise KeyError
        return True

    monkeypatch.setitem(DOORS, "nodes", Entrance(lambda _: door, 1))
    account = feed(Piece("nodes", 3, range(10, 60), until=math.inf))
    (what,) = account.surprises
    odd = [n for n in range(10, 60) if random.Random(f"nodes/3/{n}").random() < 0.5]
    assert account.firsts[what] == f"--door nodes --seed 3 --first {odd[0]}"
    assert (account.inputs, account.accepted) == (50, 50 - len(odd))
    assert account.surprises[what] == len(odd)
    assert feed(Piece("nodes", 3, range(10, 60), until=0.0)).inputs == 0
