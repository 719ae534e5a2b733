"""What holds in any life of a cluster, however it is edited."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cluster._objects import digest, world_of
from tests.cluster.scenario import live
from tests.examples import examples

ROOT = Path(__file__).parents[2]
SEEDS = ("1", "2", "3", "4", "5", "6")


@given(st.integers(0, 1 << 32))
@examples(15)
def test_nothing_is_over_committed_lost_or_counted_twice(seed: int) -> None:
    first, again = live(seed, 20), live(seed, 20)
    assert digest(world_of(first)) == digest(world_of(again))
    assert first.events() == again.events()


def test_snapshots_taken_anywhere_continue_as_the_original() -> None:
    cluster = live(11, 15)
    saved = cluster.snapshot()
    cluster.advance(400)
    after = digest(world_of(cluster)), cluster.list("Pod"), cluster.events()
    cluster.restore(saved)
    cluster.advance(400)
    assert (digest(world_of(cluster)), cluster.list("Pod"), cluster.events()) == after


def told(*, interpreted: bool) -> dict[str, list[object]]:
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1" if interpreted else "0"}
    result = subprocess.run(
        [sys.executable, "-m", "tests.cluster.scenario", *SEEDS],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    found: dict[str, list[object]] = json.loads(result.stdout)
    return found


@pytest.mark.jit
def test_interpreted_and_compiled_kernels_agree_bit_by_bit() -> None:
    compiled = told(interpreted=False)
    assert set(compiled) == set(SEEDS)
    assert told(interpreted=True) == compiled
