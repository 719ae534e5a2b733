"""Arrays in one file beside settings in JSON: written whole, and read without running code."""

from __future__ import annotations

import json
import zipfile
import zlib
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from simarena.errors import CheckpointError, StorageError
from simarena.files.bounded import bound, how_to_raise, require_file

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

MAX_BYTES: Final = 4 << 30
"""More than checkpoints hold: what a file may take, or unpack to, before it is refused."""

_META: Final = "meta"
_UNREADABLE: Final = (
    OSError,
    ValueError,
    KeyError,
    EOFError,
    MemoryError,
    NotImplementedError,
    RecursionError,
    zipfile.BadZipFile,
    zlib.error,
)
"""What damaged files make the readers raise."""


def save_arrays(path: Path, arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> None:
    """Write `arrays` and `meta` to `path` as `.npz`, all of it or nothing.

    Raises:
        StorageError: the file cannot be written.
    """
    text = np.frombuffer(json.dumps(meta, sort_keys=True).encode(), dtype=np.uint8)
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as file:
            np.savez(file, allow_pickle=False, **{_META: text}, **arrays)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        message = f"{path}: cannot be written: {error.strerror}; free some space or choose another"
        raise StorageError(message) from error


class ArrayFile:
    """A file of arrays, opened; an array is read when it is asked for."""

    def __init__(self, path: Path) -> None:
        """Open `path` and read its settings.

        Raises:
            CheckpointError: it is missing, damaged, or no such file.
        """
        self.path = path
        if not path.exists():
            message = f"{path}: no such checkpoint; give the folder or file of a finished run"
            raise CheckpointError(message)
        try:
            require_file(path, MAX_BYTES)
            with zipfile.ZipFile(path) as archive:
                size = sum(entry.file_size for entry in archive.infolist())
            if size > bound(MAX_BYTES):
                message = (
                    f"{path}: unpacks to {size:,} bytes, the limit is {bound(MAX_BYTES):,}; "
                    f"{how_to_raise(size, MAX_BYTES)} if it is yours"
                )
                raise CheckpointError(message)
            self._file = np.load(path, allow_pickle=False)
            meta = json.loads(bytes(self._file[_META]))
        except StorageError as error:
            raise CheckpointError(str(error)) from error
        except _UNREADABLE as error:
            raise _damaged(path, error) from error
        if not isinstance(meta, dict):
            raise _damaged(path, TypeError("its settings are no JSON object"))
        self.meta: dict[str, Any] = meta

    def names(self) -> list[str]:
        """Return the names of the arrays."""
        return [name for name in self._file.files if name != _META]

    def read(self, name: str) -> NDArray[Any]:
        """Return one array.

        Raises:
            CheckpointError: there is none of that name, or it is damaged.
        """
        try:
            array: NDArray[Any] = self._file[name]
        except _UNREADABLE as error:
            raise _damaged(self.path, error) from error
        if not isinstance(array, np.ndarray):
            raise _damaged(self.path, TypeError(f"{name} is no array"))
        return array

    def read_all(self, prefix: str) -> dict[str, NDArray[Any]]:
        """Return all arrays whose names start with `prefix`, under names without it."""
        names = [name for name in self.names() if name.startswith(prefix)]
        return {name.removeprefix(prefix): self.read(name) for name in names}


def _damaged(path: Path, error: Exception) -> CheckpointError:
    reason = " ".join(str(error).split()) or type(error).__name__
    return CheckpointError(f"{path}: not a readable checkpoint ({reason}); use another one")
