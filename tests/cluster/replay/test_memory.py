"""Replays that memory has no room for are refused before they begin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.cluster._objects import deployment, node

from simarena.checks.memory import free_bytes, gibibytes
from simarena.cluster import Cluster
from simarena.cluster.replay import memory
from simarena.cluster.replay.replayed import replay_trace
from simarena.cluster.rows import tables
from simarena.cluster.rows.tables import Capacities, bytes_of, empty_world
from simarena.errors import SimulationError
from simarena.trace import new_trace

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def unread() -> Iterable[dict[str, object]]:
    """Yield a node that is no node, and would be refused if anybody read it."""
    yield {"kind": "Node"}


def test_a_replay_that_does_not_fit_says_what_it_needs_before_anything_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(memory, "free_bytes", lambda: 1 << 30)
    trace = new_trace([deployment("web", 1_000_000), deployment("api", 20, kind="DaemonSet")])
    with pytest.raises(SimulationError) as error:
        replay_trace(trace, unread())
    text = str(error.value)
    assert text.startswith("new trace: needs about ")
    assert "1 nodes × " in text
    assert "2 workloads × " in text
    assert "1,000,001 pods × " in text
    assert "1.0 GiB are free" in text
    assert "\n" not in text


def test_a_cluster_that_cannot_replay_is_unchanged(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = Cluster([node()])
    monkeypatch.setattr(memory, "free_bytes", lambda: 0)
    with pytest.raises(SimulationError, match="needs about"):
        cluster.replay(new_trace([deployment()]))
    assert cluster.list("Deployment") == []
    monkeypatch.undo()
    cluster.replay(new_trace([deployment()]), duration=5)
    assert len(cluster.list("Deployment")) == 1


def test_tables_that_do_not_fit_are_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "_UNCHECKED_BYTES", 0)
    monkeypatch.setattr(tables, "free_bytes", lambda: 1 << 20)
    world = empty_world(Capacities(asks=10, sorts=10))
    message = "need about 0.1 GiB more: 10 kinds of templates × 400,000 kinds of nodes; 0.0 GiB"
    with pytest.raises(SimulationError, match=message):
        tables.room_for(world, sorts=400_000)
    assert tables.room_for(world, sorts=11).verdicts.shape == (10, 20)


def test_what_tables_take_is_told_to_the_byte() -> None:
    capacities = Capacities(nodes=200, templates=30, pods=50, log=7, counters=3, domains=9)
    world = empty_world(capacities)
    assert bytes_of(capacities) == sum(table.nbytes for table in world)


def test_free_memory_is_asked_of_the_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simarena.checks.memory._MEMINFO", tmp_path / "meminfo")
    monkeypatch.setattr("simarena.checks.memory._GROUP", tmp_path)
    whole = free_bytes()
    assert whole > 0
    (tmp_path / "meminfo").write_text("MemTotal: 10 kB\nMemAvailable:     3 kB\n")
    assert free_bytes() == 3 * 1024
    (tmp_path / "memory.max").write_text("2000\n")
    (tmp_path / "memory.current").write_text("500\n")
    assert free_bytes() == 1500
    (tmp_path / "memory.max").write_text("max\n")
    assert free_bytes() == 3 * 1024
    assert [gibibytes(number) for number in (1 << 29, 40 << 30)] == ["0.5 GiB", "40 GiB"]
