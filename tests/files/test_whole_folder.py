from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from simarena.files.whole_folder import whole_folder


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def old(folder: Path) -> Path:
    """Return a folder, made, which was left an hour ago."""
    folder.mkdir(parents=True)
    (folder / "inside").write_text("x")
    os.utime(folder, (0, 0))
    return folder


def test_it_appears_once_it_is_filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with whole_folder(Path("a/b c")) as folder:
        assert folder.is_absolute()
        (folder / "file").write_text("x")
        assert not Path("a/b c").exists()
    assert (tmp_path / "a" / "b c" / "file").read_text() == "x"
    assert names(tmp_path / "a") == ["b c"]


def test_what_fails_leaves_nothing(tmp_path: Path) -> None:
    def interrupted() -> None:
        with whole_folder(tmp_path / "a") as folder:
            (folder / "file").write_text("x")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert names(tmp_path) == []


def test_what_is_there_stays(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "mine").write_text("x")
    with pytest.raises(OSError, match="not empty"), whole_folder(tmp_path / "a"):
        pass
    assert names(tmp_path) == ["a"]
    assert names(tmp_path / "a") == ["mine"]


def test_what_killed_processes_left_of_it_is_cleared_away(tmp_path: Path) -> None:
    old(tmp_path / ".a.12345678")
    old(tmp_path / ".b.12345678")
    old(tmp_path / ".a.notes")
    with whole_folder(tmp_path / "a"):
        pass
    assert names(tmp_path) == [".a.notes", ".b.12345678", "a"]


def test_what_another_process_fills_is_left_to_it(tmp_path: Path) -> None:
    lock = os.open(old(tmp_path / ".a.12345678"), os.O_RDONLY)
    (tmp_path / ".a.abcdefgh").mkdir()  # made this moment, and not locked yet
    fcntl.flock(lock, fcntl.LOCK_EX)
    with whole_folder(tmp_path / "a"):
        pass
    os.close(lock)
    assert names(tmp_path) == [".a.12345678", ".a.abcdefgh", "a"]
