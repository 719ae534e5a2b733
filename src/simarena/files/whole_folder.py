"""Folders that are there whole or not at all."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from simarena.files.held_folder import clear, held

if TYPE_CHECKING:
    from collections.abc import Iterator


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
    prefix = f".{path.name}."
    clear(parent, prefix)
    part = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
    try:
        with held(part):
            part.chmod(0o755)
            yield part
            part.rename(parent / path.name)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise


@contextmanager
def folder_to_fill(path: Path) -> Iterator[Path]:
    """Give the folder at `path`, which may be there, with whatever is in it.

    If the block fails, folders that were made for it are gone again, unless something is in them.

    Raises:
        OSError: it cannot be made.
    """
    made = [each for each in (path, *path.parents) if not each.exists()]
    try:
        path.mkdir(parents=True, exist_ok=True)
        yield path
    except BaseException:
        with suppress(OSError):
            for each in made:
                each.rmdir()
        raise
