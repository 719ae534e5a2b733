"""A short run of the fuzzer at every door; `make fuzz` is the long one."""

from __future__ import annotations

import os
import random
from typing import TYPE_CHECKING

import pytest
from tests.fuzz.doors import DOORS, shares

if TYPE_CHECKING:
    from pathlib import Path

_INTERPRETED = os.environ.get("NUMBA_DISABLE_JIT") == "1"
_NUM_INPUTS = shares(1_000 if _INTERPRETED else 10_000)


@pytest.mark.parametrize("name", list(DOORS))
def test_nothing_but_errors_of_our_own_comes_out_of(name: str, tmp_path: Path) -> None:
    door = DOORS[name].open(tmp_path)
    for number in range(_NUM_INPUTS[name]):
        door(random.Random(f"{name}/0/{number}"))
