"""Where machine code is kept: a folder named after the sources it was made from."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

from numba.core import config
from platformdirs import user_cache_path

if TYPE_CHECKING:
    from collections.abc import Iterable

_OWN: Final = Path(__file__).parent


def sources(package: Path, *patterns: str) -> tuple[Path, ...]:
    """Return the files of a package's folder that match any of the patterns, in order."""
    return tuple(sorted(path for pattern in patterns for path in package.glob(pattern)))


def cache_folder(paths: Iterable[Path]) -> Path:
    """Return the folder for machine code that is made from files with just this text.

    Numba does not notice a change in a file from which another one imports (numba/numba#1833), so
    a kernel's cache depends on all that the kernel may reach, and on how kernels are made.
    """
    digest = hashlib.sha256()
    for path in (*sorted(paths), *sources(_OWN, "*.py")):
        digest.update(path.read_bytes())
    root = Path(config.CACHE_DIR or user_cache_path("simarena") / "numba")
    return root / digest.hexdigest()[:16]
