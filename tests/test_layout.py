"""Tests lie where what they test lies."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[1]
TESTS, SOURCE = ROOT / "tests", ROOT / "src" / "simarena"
OF_NO_PACKAGE = {"fuzz"}
"""Folders of tests that look at many packages at once."""


def test_every_folder_of_tests_is_named_as_a_package() -> None:
    folders = {path.parent.relative_to(TESTS).as_posix() for path in TESTS.rglob("test_*.py")}
    packages = {path.parent.relative_to(SOURCE).as_posix() for path in SOURCE.rglob("__init__.py")}
    assert folders - packages == OF_NO_PACKAGE
