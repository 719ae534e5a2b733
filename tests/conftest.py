"""What all tests share."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from tests.examples import INTERPRETED, tried

if TYPE_CHECKING:
    from collections.abc import Iterator

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


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    """Serve S3 on loopback, one request at a time (its checks are not atomic otherwise)."""
    from tests._s3_server import s3_application, serving

    with serving(s3_application()) as url:
        yield url


@pytest.fixture
def s3(endpoint: str) -> Iterator[str]:
    """Return an empty bucket's URI, in the environment that reaches it."""
    from tests._s3_server import empty_bucket

    with empty_bucket(endpoint) as uri:
        yield uri
