"""What the machine code of the cluster's kernels is made from, and where it is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from simarena.jit.cache import cache_folder, sources

SOURCES: Final = sources(
    Path(__file__).parents[2],
    "cluster/codes/*.py",
    "cluster/records/*.py",
    "cluster/kernel/**/*.py",
    "trace/limits.py",
)
CACHE_FOLDER: Final = cache_folder(SOURCES)
