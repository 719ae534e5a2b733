"""Tests lie where what they test lies, modules where they belong, and what is private stays so."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

from simarena.cli._commands import COMMANDS

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
TESTS, SOURCE = ROOT / "tests", ROOT / "src" / "simarena"
OF_NO_PACKAGE = {"distributed/chaos", "fuzz"}
"""Folders of tests that look at many packages at once."""


def test_every_folder_of_tests_is_named_as_a_package() -> None:
    folders = {path.parent.relative_to(TESTS).as_posix() for path in TESTS.rglob("test_*.py")}
    packages = {path.parent.relative_to(SOURCE).as_posix() for path in SOURCE.rglob("__init__.py")}
    assert folders - packages == OF_NO_PACKAGE


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def intrusions(text: str, package: str) -> Iterator[str]:
    """Yield each import, in a module of `package`, of what another package keeps for itself."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom):
            imported = [f"{node.module}.{each.name}" for each in node.names]
        elif isinstance(node, ast.Import):
            imported = [each.name for each in node.names]
        else:
            continue
        for path in imported:
            parts = path.split(".")
            for number, part in enumerate(parts):
                owner = ".".join(parts[:number])
                if is_private(part) and not f"{package}.".startswith(f"{owner}."):
                    yield path


def test_what_is_private_is_imported_by_its_own_package_only() -> None:
    for path in SOURCE.rglob("*.py"):
        package = ".".join(("simarena", *path.parent.relative_to(SOURCE).parts))
        found = intrusions(path.read_text("utf-8"), package)
        assert [each for each in found if each.startswith("simarena.")] == [], path


def test_an_intrusion_is_one_into_another_package_or_another_module() -> None:
    text = "from a.b._c import d\nfrom a.b import _e\nimport a._f.g\nfrom a.b.h import _i"
    assert list(intrusions(text, "a.b")) == ["a.b.h._i"]
    assert list(intrusions(text, "a.x")) == ["a.b._c.d", "a.b._e", "a.b.h._i"]
    assert list(intrusions(text, "other")) == ["a.b._c.d", "a.b._e", "a._f.g", "a.b.h._i"]


def test_a_module_of_the_command_line_without_underscore_is_a_command() -> None:
    modules = {path.stem for path in (SOURCE / "cli").glob("*.py") if not path.stem.startswith("_")}
    assert modules == set(COMMANDS)


def test_elsewhere_no_module_is_private_but_the_one_that_inspect_looks_for() -> None:
    private = {
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("_*.py")
        if is_private(path.stem) and path.parent != SOURCE / "cli"
    }
    assert private == {"benchmark/_registry.py"}


def test_a_folder_has_at_most_25_modules() -> None:
    crowded = {
        folder.relative_to(SOURCE).as_posix()
        for folder in SOURCE.rglob("*/")
        if len(list(folder.glob("*.py"))) > 25 + 1  # and its `__init__`
    }
    assert crowded == set()
