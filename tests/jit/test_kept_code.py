from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from simarena.jit.decorators import kernel

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray


def total(numbers: NDArray[np.int64]) -> int:
    found = 0
    for number in numbers:
        found += number
    return found


@pytest.fixture
def compiled(tmp_path: Path) -> Callable[[], bool]:
    """Return what calls `total` as a new process would, and tells whether it was on disk."""

    def call() -> bool:
        again: Any = kernel(cached_in=tmp_path)(total)
        assert again(np.array([2, 3, 5])) == 10
        return bool(sum(again.stats.cache_hits.values()) == 1)

    return call


def only(folder: Path, suffix: str) -> Path:
    (path,) = folder.rglob(f"*{suffix}")
    return path


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def garbage(path: Path) -> None:
    path.write_bytes(b"\x93 no pickle " * 100)


def another_pickle(path: Path) -> None:
    path.write_bytes(pickle.dumps([1, 2, 3]))


def one_bit_flipped(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def a_folder(path: Path) -> None:
    path.unlink()
    (path / "inside").mkdir(parents=True)


def unreadable(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.name)  # a link to itself opens for nobody, root included


DAMAGES = [
    *(truncated, emptied, garbage, another_pickle, one_bit_flipped, a_folder, unreadable),
]


@pytest.mark.jit
@pytest.mark.parametrize("suffix", [".nbi", ".nbc"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_entry_is_compiled_and_kept_anew(
    compiled: Callable[[], bool], tmp_path: Path, damage: Callable[[Path], None], suffix: str
) -> None:
    assert not compiled()
    damage(only(tmp_path, suffix))
    assert not compiled()
    assert compiled()


@pytest.mark.jit
def test_an_index_of_another_release_of_numba_is_replaced(
    compiled: Callable[[], bool], tmp_path: Path
) -> None:
    assert not compiled()
    index = only(tmp_path, ".nbi")
    index.write_bytes(pickle.dumps("0.1") + index.read_bytes())
    assert not compiled()
    assert compiled()


@pytest.mark.jit
def test_code_whose_file_is_gone_is_compiled_anew(
    compiled: Callable[[], bool], tmp_path: Path
) -> None:
    assert not compiled()
    only(tmp_path, ".nbc").unlink()
    assert not compiled()
    assert compiled()


@pytest.mark.jit
def test_where_no_cache_can_be_written_kernels_are_compiled_each_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder can be made in here")
    for _ in range(2):
        again: Any = kernel(cached_in=tmp_path / "file")(total)
        assert again(np.array([2, 3, 5])) == 10
        assert not again.stats.cache_hits
