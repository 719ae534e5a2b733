"""What all tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from tests.examples import INTERPRETED, tried

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"

# The first example may compile a kernel, which takes longer than any deadline would allow.
settings.register_profile(
    "default",
    deadline=None,
    max_examples=tried(50),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("ci", settings.get_profile("default"), derandomize=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip tests of compilation where nothing is compiled."""
    if not INTERPRETED:
        return
    skip = pytest.mark.skip(reason="kernels are interpreted (NUMBA_DISABLE_JIT=1)")
    for item in items:
        if item.get_closest_marker("jit") is not None:
            item.add_marker(skip)


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of recorded traces and conformance cases beside the repository."""
    if not SHARED.is_dir():
        pytest.skip(f"no folder of recordings at {SHARED}")
    return SHARED
