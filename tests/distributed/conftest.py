"""Stores that tests of jobs run on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.distributed._fakes import WarmCrew

    from simarena.training.job import Prepared


@pytest.fixture(scope="session")
def crew(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WarmCrew]:
    """Return two processes that do orders; each takes seconds to start."""
    from tests.distributed._fakes import WarmCrew

    made = WarmCrew(tmp_path_factory.mktemp("crew"), 2)
    yield made
    made.end()


@pytest.fixture(params=["file", "memory", "s3"])
def store_uri(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URI of an empty store of each kind that can be had here."""
    if request.param == "s3":
        bucket: str = request.getfixturevalue("s3")
        return f"{bucket}/a folder"
    return "memory://" if request.param == "memory" else f"file://{tmp_path}/store"


@pytest.fixture(scope="session", params=["dqn", "ppo"])
def undisturbed(request: pytest.FixtureRequest) -> tuple[Prepared, dict[str, Any]]:
    """Return a training, and its last weights if it is done in the plainest way."""
    from tests.distributed._trainings import plainly, settings_of

    from simarena.training.job import prepare

    prepared = prepare(settings_of(request.param))
    return prepared, plainly(prepared.settings)
