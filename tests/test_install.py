"""uv looks for packages where pip would."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests._ci_scripts import script

if TYPE_CHECKING:
    from types import ModuleType

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def install() -> ModuleType:
    return script("install")


def test_places_that_pip_is_told_of_are_told_to_uv(install: ModuleType, tmp_path: Path) -> None:
    wheels, index = tmp_path / "wheels", tmp_path / "an index"
    wheels.mkdir()
    index.mkdir()
    listed = (
        f":env:.find-links='{wheels}'\n"
        f"global.find-links='{wheels} {tmp_path}/gone'\n"
        f"global.extra-index-url='{index.as_uri()} file:///gone/too https://example.org/cpu'\n"
        "global.timeout='60'\n"
    )
    assert install.places(listed) == [
        *("--find-links", str(wheels)),
        *("--index", index.as_uri()),
        *("--index", "https://example.org/cpu"),
    ]
    assert install.places("") == []


def test_uv_is_pinned_as_everything_else() -> None:
    pins = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    assert len([pin for pin in pins if pin.startswith("uv==")]) == 1
