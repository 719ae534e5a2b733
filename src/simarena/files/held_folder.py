"""Folders that a process holds while it lives, so that others know which ones nobody needs."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_STALE_S: Final = 60.0  # long after a folder is made and held


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold a folder: `clear` leaves it alone until the `with` block or the process has ended.

    Raises:
        OSError: it cannot be held.
    """
    lock = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


@contextmanager
def temporary_folder(prefix: str, parent: Path | None = None) -> Iterator[Path]:
    """Give a new folder that only its owner can read, and that is gone afterwards.

    Its name begins with `prefix`; it is in `parent`, which is made where there is none, or where
    the system keeps what is temporary. Folders of the same beginning that were left by processes
    which have been killed are cleared away.

    Raises:
        OSError: it cannot be made.
    """
    if parent is not None:
        parent.mkdir(parents=True, exist_ok=True)
    clear(parent or Path(tempfile.gettempdir()), prefix)
    with tempfile.TemporaryDirectory(prefix=prefix, dir=parent) as name, held(Path(name)):
        yield Path(name)


def clear(parent: Path, prefix: str) -> None:
    """Remove the temporary folders of this user that begin so and that no process holds."""
    made = re.compile(rf"{re.escape(prefix)}[a-z0-9_]{{8}}")
    try:
        found = [each for each in parent.iterdir() if made.fullmatch(each.name)]
    except OSError:  # what is wrong with it is told when something is made there
        return
    for each in found:
        _remove_stale(each)


def _remove_stale(folder: Path) -> None:
    try:
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return
    try:
        about = os.fstat(lock)
        if about.st_uid == os.geteuid() and time.time() - about.st_mtime > _STALE_S:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
    except OSError:  # somebody is at it
        return
    finally:
        os.close(lock)
