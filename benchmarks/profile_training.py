"""Where the time of the main job goes: the table of docs/performance.md.

    python benchmarks/profile_training.py [options of `simarena train`]

Runs `simarena train` under Python's profiler and adds up the time spent in the code of each
library, all it calls in C included (compiled kernels count as SimArena's). The profiler makes
Python slower than it is, and C not, so shares of small functions come out too high.
"""

from __future__ import annotations

import cProfile
import pstats
import sys
import tempfile
import time
from collections import Counter

from simarena.cli import main

OWNERS = {
    "simarena": "SimArena",
    "stable_baselines3": "Stable-Baselines3",
    "torch": "PyTorch",
    "matplotlib": "matplotlib",
    "numpy": "NumPy",
    "gymnasium": "Gymnasium",
    "importlib": "imports",
    "numba": "Numba",
}
MOST = 12


def owner_of(path: str) -> str:
    """Return whose code is in a file."""
    parts = path.replace("\\", "/").split("/")
    known = (OWNERS[part] for part in reversed(parts) if part in OWNERS)
    return next(known, "imports" if path.startswith("<frozen importlib") else "Python itself")


def shares(stats: pstats.Stats) -> tuple[Counter[str], Counter[str]]:
    """Return seconds by owner, and by function of SimArena; C code counts for who calls it."""
    owners: Counter[str] = Counter()
    functions: Counter[str] = Counter()
    for (path, _, name), (_, _, own_s, _, callers) in stats.stats.items():  # type: ignore[attr-defined]
        spent = [((path, name), own_s)]
        if path == "~":
            spent = [((caller[0], caller[2]), times[2]) for caller, times in callers.items()]
        for (where, function), seconds in spent:
            owners[owner_of(where)] += seconds
            if owner_of(where) == "SimArena":
                module = where.replace("\\", "/").rsplit("simarena/", 1)[-1]
                functions[f"{module}: {function}"] += seconds
    return owners, functions


def report(options: list[str]) -> None:
    """Run the job and print two tables."""
    profiler = cProfile.Profile()
    with tempfile.TemporaryDirectory() as runs:
        started = time.perf_counter()
        profiler.enable()
        status = main(["train", "--runs", runs, "--name", "profiled", *options])
        profiler.disable()
        took_s = time.perf_counter() - started
    if status != 0:
        raise SystemExit(status)
    owners, functions = shares(pstats.Stats(profiler))
    total = owners.total()
    print(f"\n{took_s:.1f} s under the profiler\n\n| code of | share |\n| --- | --- |")
    for owner, seconds in owners.most_common():
        if seconds > total / 1_000:
            print(f"| {owner} | {seconds / total:.1%} |")
    print("\n| function of SimArena | share |\n| --- | --- |")
    for name, seconds in functions.most_common(MOST):
        print(f"| `{name}` | {seconds / total:.1%} |")


if __name__ == "__main__":
    report(sys.argv[1:])
