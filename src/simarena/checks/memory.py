"""How much memory there is, so that what would not fit is refused before it begins."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

_MEMINFO: Final = Path("/proc/meminfo")
_GROUP: Final = Path("/sys/fs/cgroup")
GIB: Final = 1 << 30


def free_bytes() -> int:
    """Return how many more bytes this process may use, as far as the system says so."""
    bounds = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    for line in _lines(_MEMINFO):
        name, _, amount = line.partition(":")
        if name == "MemAvailable":
            bounds.append(1024 * int(amount.split()[0]))
    limit, used = _lines(_GROUP / "memory.max"), _lines(_GROUP / "memory.current")
    if limit and used and limit[0].isdigit() and used[0].isdigit():
        bounds.append(max(0, int(limit[0]) - int(used[0])))
    return min(bounds)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        return []


def gibibytes(num_bytes: int) -> str:
    """Return a number of bytes for a message."""
    number = num_bytes / GIB
    return f"{number:,.0f} GiB" if number >= 10 else f"{number:.1f} GiB"  # noqa: PLR2004
