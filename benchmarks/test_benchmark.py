"""The benchmark with a model that answers at once: what everything around a model costs.

In a process of its own: what Inspect leaves in one makes every later call of a kernel slower.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

PROGRAM = Path(__file__).with_name("mock_model.py")


def test_100_scenarios_5_times_with_a_mock_model(
    benchmark: BenchmarkFixture, tmp_path: Path
) -> None:
    """Two looks and five steps an episode; start, Inspect's logs, report and pictures included."""
    pytest.importorskip("inspect_ai")
    command = [sys.executable, str(PROGRAM), str(tmp_path / "run")]
    benchmark.pedantic(
        lambda: subprocess.run(command, check=True, capture_output=True), rounds=1, iterations=1
    )
    benchmark.extra_info.update(unit="episodes/s", number=500)
