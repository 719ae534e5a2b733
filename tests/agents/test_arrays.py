"""Files of arrays: whole or not at all, and nothing in them is ever run."""

from __future__ import annotations

import pickle
import zipfile
from typing import TYPE_CHECKING

import numpy as np
import pytest

from simarena.agents.arrays import ArrayFile, save_arrays
from simarena.errors import CheckpointError, StorageError

if TYPE_CHECKING:
    from pathlib import Path


class Trap:
    """Runs code when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return open, (str(self.path), "w")


def test_what_is_saved_comes_back(tmp_path: Path) -> None:
    arrays = {"weights/a": np.arange(6.0).reshape(2, 3), "weights/b": np.array(3), "c": np.ones(1)}
    save_arrays(tmp_path / "x.npz", arrays, {"step": 7})
    file = ArrayFile(tmp_path / "x.npz")
    assert file.meta == {"step": 7}
    assert sorted(file.names()) == ["c", "weights/a", "weights/b"]
    assert file.read_all("weights/")["a"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert [each.name for each in tmp_path.iterdir()] == ["x.npz"]


def test_a_pickle_in_it_is_refused_and_not_run(tmp_path: Path) -> None:
    sprung = tmp_path / "sprung"
    trap = np.array([Trap(sprung)], dtype=object)
    np.savez(tmp_path / "x.npz", meta=np.frombuffer(b"{}", dtype=np.uint8), trap=trap)
    with pytest.raises(CheckpointError, match="not a readable checkpoint"):
        ArrayFile(tmp_path / "x.npz").read("trap")
    (tmp_path / "y.npz").write_bytes(pickle.dumps(Trap(sprung)))
    with pytest.raises(CheckpointError, match="not a readable checkpoint"):
        ArrayFile(tmp_path / "y.npz")
    assert not sprung.exists()


@pytest.mark.parametrize("kept", [0, 1, 100, 400])
def test_a_truncated_file_is_refused(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "x.npz"
    save_arrays(path, {"a": np.ones(100)}, {})
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(CheckpointError, match=r"x\.npz: not a readable checkpoint"):
        ArrayFile(path)


def test_a_flipped_byte_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    save_arrays(path, {"a": np.ones(100)}, {})
    data = bytearray(path.read_bytes())
    data[data.index(np.ones(100).tobytes()) + 300] ^= 1
    path.write_bytes(data)
    with pytest.raises(CheckpointError, match="not a readable checkpoint"):
        ArrayFile(path).read("a")


def test_a_bomb_is_refused_before_it_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("meta.npy", bytes(10_000))
    monkeypatch.setattr("simarena.agents.arrays.MAX_BYTES", 9_999)
    with pytest.raises(CheckpointError, match="unpacks to 10,000 bytes"):
        ArrayFile(path)


def test_a_member_that_is_no_array_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("meta.npy", b"[]")
        archive.writestr("a.npy", b"{}")
    with pytest.raises(CheckpointError, match="not a readable checkpoint"):
        ArrayFile(path)


def test_a_missing_file_and_a_missing_array_are_said_in_a_line(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="no such checkpoint"):
        ArrayFile(tmp_path / "x.npz")
    save_arrays(tmp_path / "x.npz", {}, {})
    with pytest.raises(CheckpointError, match="not a readable checkpoint"):
        ArrayFile(tmp_path / "x.npz").read("a")


def test_a_folder_that_is_gone_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be written"):
        save_arrays(tmp_path / "gone" / "x.npz", {}, {})
    assert list(tmp_path.iterdir()) == []
