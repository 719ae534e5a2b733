"""A folder that is there whole or not at all: filled beside its place, then renamed."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
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
