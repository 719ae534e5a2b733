"""A short run of the fuzzer at every door; `make fuzz` is the long one."""

from __future__ import annotations

import os
import random
from typing import TYPE_CHECKING

import pytest
from tests.fuzz.doors import DOORS

if TYPE_CHECKING:
    from pathlib import Path

_INTERPRETED = os.environ.get("NUMBA_DISABLE_JIT") == "1"
_NUM_INPUTS = {
    "words": 200,
    "node-shapes": 1_000,
    "settings": 2_000,
    "setting-texts": 1_000,
    "kubeconfigs": 300,
    "environments": 12,
}
"""Of doors that are quick, or slow; of the others some, as what they accept is simulated."""
_OTHERS = 20 if _INTERPRETED else 100


@pytest.mark.parametrize("name", list(DOORS))
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_nothing_but_errors_of_our_own_comes_out_of(name: str, tmp_path: Path) -> None:
    door = DOORS[name](tmp_path)
    for number in range(_NUM_INPUTS.get(name, _OTHERS)):
        door(random.Random(f"{name}/0/{number}"))
