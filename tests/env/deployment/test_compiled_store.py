"""Suites that are kept compiled on disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from simarena.env import load_suite
from simarena.env.deployment import compiled_store
from simarena.env.deployment.compiled import Scenarios, compile_scenarios
from simarena.env.records.bank import Bank

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "cache" / "classic.npz"
    monkeypatch.setattr(compiled_store, "_path", lambda _suite: path)
    return path


@pytest.fixture(scope="module")
def compiled() -> Scenarios:
    return compile_scenarios(tuple(load_suite("classic")))


def write(compiled: Scenarios) -> None:
    compiled_store.write_bank("classic", compiled.bank, compiled.tasks, compiled.extremes)


def test_what_is_read_is_what_was_written(stored: Path, compiled: Scenarios) -> None:
    write(compiled)
    found = compiled_store.read_bank("classic")
    assert found is not None
    bank, tasks, extremes = found
    assert extremes == compiled.extremes
    assert tasks.tolist() == compiled.tasks.tolist()
    for name in Bank._fields:
        ours, theirs = getattr(bank, name), getattr(compiled.bank, name)
        assert ours.dtype == theirs.dtype
        assert ours.dtype.isalignedstruct == theirs.dtype.isalignedstruct
        assert np.array_equal(ours, theirs)


def test_nothing_is_found_before_it_was_written(stored: Path) -> None:
    assert compiled_store.read_bank("classic") is None


@pytest.mark.parametrize("keep", [0, 100, 5_000])
def test_a_damaged_file_counts_as_none(stored: Path, compiled: Scenarios, keep: int) -> None:
    write(compiled)
    stored.write_bytes(stored.read_bytes()[:keep])
    assert compiled_store.read_bank("classic") is None


def test_a_folder_that_cannot_be_made_is_no_error(stored: Path, compiled: Scenarios) -> None:
    stored.parent.parent.joinpath("cache").write_text("in the way")
    write(compiled)
    assert compiled_store.read_bank("classic") is None


def test_nothing_half_written_is_left(stored: Path, compiled: Scenarios) -> None:
    write(compiled)
    assert [path.name for path in stored.parent.iterdir()] == ["classic.npz"]


def test_a_suite_plays_as_its_scenarios_do() -> None:
    by_name = compile_scenarios(load_suite("classic"))
    one_by_one = compile_scenarios(tuple(load_suite("classic")))
    for name in Bank._fields:
        assert np.array_equal(getattr(by_name.bank, name), getattr(one_by_one.bank, name))
