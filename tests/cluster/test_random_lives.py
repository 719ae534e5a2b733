"""What holds in any life of a cluster, however it is edited."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cluster._objects import digest, world_of
from tests.cluster.scenario import live
from tests.examples import examples

from simarena.cluster.rows.new_world import new_catalogue
from simarena.cluster.rows.tables import Capacities

if TYPE_CHECKING:
    from simarena.cluster import ClusterConfig
    from simarena.cluster.rows.catalogue import Catalogue

ROOT = Path(__file__).parents[2]
SEEDS = ("1", "2", "3", "4", "5", "6")
LARGE: Final = Capacities(
    nodes=64, templates=128, specs=128, workloads=256, pods=1_024, heap=8_192, queue=4_096,
    log=16_384, keys=16, domains=64, counters=64, terms=256,
)  # fmt: skip


@given(st.integers(0, 1 << 32))
@examples(15)
def test_nothing_is_over_committed_lost_or_counted_twice(seed: int) -> None:
    first, again = live(seed, 20), live(seed, 20)
    assert digest(world_of(first)) == digest(world_of(again))
    assert first.events() == again.events()


def lived_with(capacities: Capacities, seed: int) -> tuple[object, ...]:
    """Return what a life comes to in a cluster whose tables have so many rows at first."""

    def with_rows(config: ClusterConfig, seed: int, _: Capacities) -> Catalogue:
        return new_catalogue(config, seed, capacities)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("simarena.cluster.cluster.new_catalogue", with_rows)
        cluster = live(seed, 20)
    shown = [cluster.list(kind) for kind in ("Node", "Deployment", "ReplicaSet", "Pod")]
    return cluster.now_ms, shown, cluster.events()


@given(
    st.integers(0, 1 << 32),
    st.builds(
        Capacities,
        nodes=st.integers(1, 8),
        templates=st.integers(1, 4),
        specs=st.integers(1, 8),
        workloads=st.integers(1, 16),
        pods=st.integers(1, 64),
        heap=st.integers(1, 256),
        queue=st.integers(1, 192),
        log=st.integers(1, 2_000),
        keys=st.integers(1, 4),
        domains=st.integers(1, 8),
        counters=st.integers(1, 8),
        terms=st.integers(1, 32),
    ),
)
@examples(15)
def test_a_life_is_the_same_in_tables_of_any_size(seed: int, small: Capacities) -> None:
    assert lived_with(small, seed) == lived_with(LARGE, seed)


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
