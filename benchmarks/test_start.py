"""How long a newcomer waits: imports, the first compilation, the first step, `--help`."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_benchmark.fixture import BenchmarkFixture

FIRST_STEP = """
import gymnasium, simarena
env = gymnasium.make("SimArena/Deployment-v0")
env.reset(seed=0)
env.step(0)
"""


def seconds(code: list[str], cache: Path) -> float:
    started = time.perf_counter()
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(cache), "XDG_CACHE_HOME": str(cache)}
    subprocess.run([sys.executable, *code], env=environment, check=True, capture_output=True)
    return time.perf_counter() - started


def test_import_to_first_step_cold(
    benchmark: BenchmarkFixture, tmp_path_factory: pytest.TempPathFactory
) -> None:
    def run() -> None:
        seconds(["-c", FIRST_STEP], tmp_path_factory.mktemp("cold"))

    benchmark.pedantic(run, rounds=2, iterations=1)


def test_import_to_first_step_warm(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    seconds(["-c", FIRST_STEP], tmp_path)
    benchmark.pedantic(lambda: seconds(["-c", FIRST_STEP], tmp_path), rounds=5, iterations=1)


@pytest.mark.parametrize("package", ["simarena", "simarena.trace", "simarena.cluster"])
def test_import_alone(benchmark: BenchmarkFixture, tmp_path: Path, package: str) -> None:
    benchmark.pedantic(
        lambda: seconds(["-c", f"import {package}"], tmp_path), rounds=5, iterations=1
    )


def test_help_of_the_command_line(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    benchmark.pedantic(
        lambda: seconds(["-m", "simarena", "--help"], tmp_path), rounds=5, iterations=1
    )
