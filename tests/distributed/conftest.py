"""Stores that tests of jobs run on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(params=["file", "memory", "s3"])
def store_uri(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URI of an empty store of each kind that can be had here."""
    if request.param == "s3":
        bucket: str = request.getfixturevalue("s3")
        return f"{bucket}/a folder"
    return "memory://" if request.param == "memory" else f"file://{tmp_path}/store"
