"""A folder that is there whole or not at all: filled beside its place, then renamed."""

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

_STALE_S: Final = 60.0  # long after a folder is made and locked


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Give an empty folder to fill, which is called `path` once the `with` block has ended.

    If the block fails, the folder is gone. What a process that was killed has left of the same
    folder is cleared away. The folder that is given has an absolute path: others may be handed it.

    Raises:
        OSError: it cannot be made, or there is something at `path`.
    """
    parent = path.parent.absolute()
    parent.mkdir(parents=True, exist_ok=True)
    _clear(parent, path.name)
    part = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=parent))
    lock = os.open(part, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        part.chmod(0o755)
        yield part
        part.rename(parent / path.name)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    finally:
        os.close(lock)


def _clear(parent: Path, name: str) -> None:
    """Remove folders that were to become `name` and that no process holds any more."""
    made = re.compile(rf"\.{re.escape(name)}\.[a-z0-9_]{{8}}")
    for each in parent.iterdir():
        if made.fullmatch(each.name) and each.is_dir() and not each.is_symlink():
            _remove_stale(each)


def _remove_stale(folder: Path) -> None:
    try:
        lock = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        if time.time() - folder.stat().st_mtime > _STALE_S:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
    except OSError:  # somebody is at it
        return
    finally:
        os.close(lock)
