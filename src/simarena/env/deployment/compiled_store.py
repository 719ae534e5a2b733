"""Compiled suites on disk, so that only the first environment ever made has to wait for them.

The file is a cache: it is named after the sources that made it, holds nothing but arrays, and is
made again when it cannot be read.
"""

from __future__ import annotations

import contextlib
import hashlib
import zipfile
from functools import cache
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING

import numpy as np
from platformdirs import user_cache_path

from simarena.cluster.rows.tables import Capacities, empty_world
from simarena.env.deployment.spaces import Extremes
from simarena.env.records.bank import Bank
from simarena.env.records.deployment import TASK
from simarena.errors import StorageError
from simarena.files.bounded import open_file

if TYPE_CHECKING:
    from simarena.cluster.records import Rows

_PACKAGE = Path(__file__).parents[2]
_SOURCES = ("errors.py", "trace/*.py", "cluster/**/*.py", "env/**/*.py", "env/scenarios/**/*.jsonl")


def read_bank(suite: str) -> tuple[Bank, Rows, Extremes] | None:
    """Return what `write_bank` kept of a suite, None if these sources have not compiled it yet."""
    try:
        with open_file(_path(suite)) as file, np.load(file, allow_pickle=False) as arrays:
            # A file does not say that records are aligned, which kernels count on.
            world = empty_world(Capacities())
            bank = Bank(*(arrays[name].view(getattr(world, name).dtype) for name in Bank._fields))
            tasks = arrays["tasks"].view(TASK)
            return bank, tasks, Extremes(*(int(value) for value in arrays["extremes"]))
    except (StorageError, OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile):
        return None


def write_bank(suite: str, bank: Bank, tasks: Rows, extremes: Extremes) -> None:
    """Keep a compiled suite. A folder that cannot be written to only costs the next start time."""
    path = _path(suite)
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=path.parent, suffix=".tmp", delete=False) as file:
            np.savez(file, tasks=tasks, extremes=np.array(extremes), **bank._asdict())
        Path(file.name).replace(path)


@cache
def _path(suite: str) -> Path:
    sources = sorted(source for pattern in _SOURCES for source in _PACKAGE.glob(pattern))
    text = b"".join(source.read_bytes() for source in sources)
    fingerprint = hashlib.sha256(text).hexdigest()[:16]
    return user_cache_path("simarena") / "suites" / fingerprint / f"{suite.replace('/', '-')}.npz"
