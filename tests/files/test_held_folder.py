from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tests.files.test_whole_folder import names, old

from simarena.files.held_folder import held, temporary_folder

if TYPE_CHECKING:
    from pathlib import Path


def test_a_temporary_folder_is_its_owners_alone_and_goes_at_the_end(tmp_path: Path) -> None:
    with temporary_folder("mine-", tmp_path) as folder:
        assert folder.name.startswith("mine-")
        assert folder.stat().st_mode & 0o077 == 0
        (folder / "file").write_text("x")
    assert names(tmp_path) == []


def test_what_a_killed_process_left_goes_with_the_next_of_its_kind(tmp_path: Path) -> None:
    for name in ("mine-12345678", "other-12345678", "mine-notes"):
        old(tmp_path / name)
    (tmp_path / "mine-abcdefgh").symlink_to(tmp_path / "mine-notes")
    with temporary_folder("mine-", tmp_path):
        pass
    assert names(tmp_path) == ["mine-abcdefgh", "mine-notes", "other-12345678"]
    assert names(tmp_path / "mine-notes") == ["inside"]


def test_what_somebody_is_at_stays_however_old(tmp_path: Path) -> None:
    with held(old(tmp_path / "mine-12345678")):
        os.utime(tmp_path / "mine-12345678", (0, 0))
        with temporary_folder("mine-", tmp_path):
            pass
        assert names(tmp_path) == ["mine-12345678"]
