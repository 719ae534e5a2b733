"""What all benchmarks share: recordings, rates, and what the machine is."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_benchmark.fixture import BenchmarkFixture

SHARED = Path(__file__).resolve().parents[2] / "shared"


class Rate(Protocol):
    """Runs a function several times and notes how much of what it does a second."""

    def __call__(
        self, function: Callable[[], None], *, number: int, unit: str, rounds: int = 5
    ) -> None: ...


@pytest.fixture(scope="session")
def shared() -> Path:
    if not SHARED.is_dir():
        pytest.skip(f"no folder of recorded traces at {SHARED}")
    return SHARED


@pytest.fixture
def rate(benchmark: BenchmarkFixture) -> Rate:
    def run(function: Callable[[], None], *, number: int, unit: str, rounds: int = 5) -> None:
        benchmark.pedantic(function, rounds=rounds, iterations=1, warmup_rounds=1)
        benchmark.extra_info["unit"] = f"{unit}/s"
        benchmark.extra_info["number"] = number

    return run


def pytest_benchmark_update_machine_info(machine_info: dict[str, Any]) -> None:
    machine_info["cores"] = os.cpu_count()
