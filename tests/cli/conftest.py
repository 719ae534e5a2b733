"""What the tests of commands share: being refused, and standing in an empty folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import pytest

from simarena.cli import main

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Refused(Protocol):
    """Carries out a command that is to be refused."""

    def __call__(self, *command: str) -> str:
        """Return the one line on stderr; the status is to be 1, and no traceback is to be seen."""


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str]) -> Refused:
    def carry_out(*command: str) -> str:
        capsys.readouterr()
        assert main(list(command)) == 1
        error = capsys.readouterr().err
        assert error.startswith("simarena: ")
        assert error.count("\n") == 1
        return error

    return carry_out


@pytest.fixture
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give an empty folder to stand in, which has to be empty afterwards as well."""
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    assert list(tmp_path.rglob("*")) == []
