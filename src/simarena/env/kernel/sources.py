"""Where the machine code of the environments' kernels is kept, which holds the cluster's, too."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from simarena.cluster.kernel import sources as cluster
from simarena.jit.cache import cache_folder, sources

CACHE_FOLDER: Final = cache_folder(
    (
        *cluster.SOURCES,
        *sources(Path(__file__).parents[1], "codes.py", "records/*.py", "kernel/**/*.py"),
        *sources(Path(__file__).parents[2], "trace/edit.py"),  # actions and their steps
    )
)
