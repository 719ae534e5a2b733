"""Stores that tests of jobs run on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests._s3_server import empty_bucket, s3_application, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    """Serve S3 on loopback."""
    with serving(s3_application()) as url:
        yield url


@pytest.fixture
def s3(endpoint: str) -> Iterator[str]:
    """Return an empty bucket's URI, in the environment that reaches it."""
    with empty_bucket(endpoint) as uri:
        yield uri


@pytest.fixture(params=["file", "memory", "s3"])
def store_uri(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URI of an empty store of each kind that can be had here."""
    if request.param == "s3":
        bucket: str = request.getfixturevalue("s3")
        return f"{bucket}/a folder"
    return "memory://" if request.param == "memory" else f"file://{tmp_path}/store"
