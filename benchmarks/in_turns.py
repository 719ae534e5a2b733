"""Compares the speed of this checkout with another's, round by round in turns.

    git worktree add ../before COMMIT
    python benchmarks/in_turns.py ../before                # all benchmarks that both have
    python benchmarks/in_turns.py ../before -k batch       # options of pytest

Two processes run the same benchmarks, each with its own sources. Of each benchmark one plays a
round while the other waits, then they change places; so whatever else the machine does meets both
alike. Where memory happens to lie makes some processes faster than others by as much as a tenth,
so all of it is done with several pairs of processes. What is printed for each benchmark is this
checkout's time over the other's: the median of the pairs' medians, and their range.
"""

from __future__ import annotations

import functools
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import pytest
    from pytest_benchmark.fixture import BenchmarkFixture

HERE = Path(__file__).resolve().parents[1]
PIPES = "SIMARENA_TURNS"
"""Names, in a process that benchmarks, the file descriptors to read turns from and answer to."""

PYTEST = (sys.executable, "-m", "pytest", "benchmarks", "-q", "-p", "in_turns", "-p", "no:simarena")
UNUSED = ("-W", "ignore::pytest_benchmark.logger.PytestBenchmarkWarning")  # times are taken here

PAIRS = 3
LEAST_ROUNDS, MOST_ROUNDS, SECONDS = 5, 41, 4.0
"""Rounds of a benchmark in a process: as many as fit into the time, within limits."""


class Line:
    """Two pipes that carry a JSON value a line."""

    def __init__(self, read: int, write: int) -> None:
        self._in = os.fdopen(read, "r")
        self._out = os.fdopen(write, "w")

    def say(self, value: Any) -> None:
        self._out.write(json.dumps(value) + "\n")
        self._out.flush()

    def hear(self) -> Any:
        """Return what the other says next; None once it has ended."""
        line = self._in.readline()
        return json.loads(line) if line else None


class InTurns:
    """The plugin of pytest in a process that benchmarks: a round only when it is told to."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        found = {item.nodeid: item for item in items}
        self._line.say(list(found))
        items[:] = [found[name] for name in self._line.hear()]

    def pedantic(
        self,
        benchmark: BenchmarkFixture,
        function: Callable[..., Any],
        args: Sequence[Any] = (),
        **options: Any,
    ) -> Any:
        """Run a function each time that it is this process's turn; return its last result."""
        for _ in range(options.get("warmup_rounds", 0)):
            function(*args)
        self._line.say(benchmark.fullname)
        result = None
        while self._line.hear() == "go":
            started = time.perf_counter()
            result = function(*args)
            self._line.say(time.perf_counter() - started)
        return function(*args) if result is None else result


def pytest_configure(config: pytest.Config) -> None:
    from pytest_benchmark.fixture import BenchmarkFixture

    read, write = map(int, os.environ[PIPES].split(","))
    turns = InTurns(Line(read, write))
    config.pluginmanager.register(turns)
    BenchmarkFixture.pedantic = functools.partialmethod(_pedantic, turns)  # type: ignore[assignment]


def _pedantic(
    benchmark: BenchmarkFixture, turns: InTurns, function: Callable[..., Any], **options: Any
) -> Any:
    return turns.pedantic(benchmark, function, **options)


def started(checkout: Path, options: Sequence[str]) -> tuple[subprocess.Popen[bytes], Line]:
    """Return pytest in a checkout, waiting for turns, and the line to it."""
    to_child, to_us = os.pipe(), os.pipe()
    paths = [checkout / "src", Path(__file__).parent]
    process = subprocess.Popen(
        [*PYTEST, *UNUSED, *options],
        cwd=checkout,
        env=os.environ
        | {"PYTHONPATH": os.pathsep.join(map(str, paths)), PIPES: f"{to_child[0]},{to_us[1]}"},
        pass_fds=(to_child[0], to_us[1]),
        stdout=sys.stderr,
    )
    os.close(to_child[0])
    os.close(to_us[1])
    return process, Line(to_us[0], to_child[1])


def compared(lines: tuple[Line, Line]) -> Iterator[tuple[str, float, float]]:
    """Yield each benchmark's name, the first process's median time, and the median ratio."""
    names = [line.hear() or [] for line in lines]
    both = [name for name in names[0] if name in names[1]]
    for line in lines:
        line.say(both)
    at: list[Any] = [line.hear() for line in lines]
    while None not in at:
        if at[0] != at[1]:  # one of them skips what the other plays
            behind = int(both.index(at[1]) < both.index(at[0]))
            lines[behind].say("stop")
            at[behind] = lines[behind].hear()
            continue
        rounds: list[tuple[float, float]] = []
        until = time.monotonic() + SECONDS
        while len(rounds) < LEAST_ROUNDS or (
            len(rounds) < MOST_ROUNDS and time.monotonic() < until
        ):
            seconds = [0.0, 0.0]
            for turn in (0, 1) if len(rounds) % 2 else (1, 0):
                lines[turn].say("go")
                seconds[turn] = lines[turn].hear()
            rounds.append((seconds[0], seconds[1]))
        ours = statistics.median(ours for ours, _ in rounds)
        yield at[0], ours, statistics.median(ours / theirs for ours, theirs in rounds)
        for line in lines:
            line.say("stop")
        at = [line.hear() for line in lines]


def main(words: Sequence[str]) -> int:
    if not words or words[0].startswith("-"):
        print(__doc__, file=sys.stderr)
        return 2
    other = Path(words[0]).resolve()
    if not (other / "benchmarks").is_dir():
        print(f"{other}: is not a checkout of SimArena; see git worktree add", file=sys.stderr)
        return 2
    times_s: dict[str, list[float]] = {}
    ratios: dict[str, list[float]] = {}
    for _ in range(PAIRS):
        (ours, our_line), (theirs, their_line) = (
            started(checkout, words[1:]) for checkout in (HERE, other)
        )
        for name, seconds, ratio in compared((our_line, their_line)):
            times_s.setdefault(name, []).append(seconds)
            ratios.setdefault(name, []).append(ratio)
        if status := ours.wait() or theirs.wait():
            return status
    print("| benchmark | now, ms | × before | range |\n| --- | ---: | ---: | --- |")
    for name, found in ratios.items():
        print(
            f"| `{Path(name).name.replace('.py', '')}` | "
            f"{1_000 * statistics.median(times_s[name]):,.3f} | {statistics.median(found):.3f} | "
            f"{min(found):.3f} to {max(found):.3f} |"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
