"""Each library that is declared is tried in its lowest release, by a test that uses it."""

from __future__ import annotations

import ast
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests._ci_scripts import script

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

ROOT = Path(__file__).parents[1]
IMPORTED_AS = {
    "pyyaml": "yaml",
    "sb3-contrib": "sb3_contrib",
    "stable-baselines3": "stable_baselines3",
    "google-genai": "google.genai",
    "inspect-ai": "inspect_ai",
    "kubernetes-validate": "kubernetes_validate",
}
"""What libraries are imported as, where it is not their name."""

BY_ITSELF = {
    "httptools": "imported by uvicorn",
    "pytest-timeout": "an option of pytest",
    "pytest-xdist": "an option of pytest",
    "tensorboard": "imported by PyTorch",
}
"""Libraries that no code of ours imports, and who uses them."""


@pytest.fixture(scope="module")
def floors() -> ModuleType:
    return script("floors")


@cache
def imports(path: Path) -> frozenset[str]:
    """Return the modules that a file imports or asks for, with what it takes from them."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found.update(each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found.update(f"{node.module}.{each.name}" for each in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.importorskip":
            found.add(str(ast.literal_eval(node.args[0])))
        elif isinstance(node, ast.Constant) and str(node.value).startswith("simarena."):
            found.add(str(node.value))  # what is imported when it is needed
    return frozenset(found)


def files_of(test: str) -> Iterator[Path]:
    """Yield the files of a test, and the fixtures of its folders."""
    path = ROOT / test.partition("::")[0]
    yield from path.rglob("*.py") if path.is_dir() else [path]
    for folder in path.parents:
        if folder != ROOT and folder.is_relative_to(ROOT) and (folder / "conftest.py").exists():
            yield folder / "conftest.py"


def reached(test: str) -> set[str]:
    """Return all modules that a test imports, or that what it imports does."""
    seen: set[str] = set()
    files = list(files_of(test))
    read: set[Path] = set()
    while files:
        path = files.pop()
        if path in read:
            continue
        read.add(path)
        for module in imports(path) - seen:
            seen.add(module)
            base = ROOT / ("src" if module.startswith("simarena") else "")
            place = base / module.replace(".", "/")
            files += [
                each
                for each in (place.with_suffix(".py"), place / "__init__.py")
                if module.startswith(("simarena", "tests")) and each.is_file()
            ]
    return seen


def test_a_test_is_there_for_each_library_that_is_declared(floors: ModuleType) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    declared = {requirement.name for requirement in floors.declared(project)}
    assert {name for names in floors.TESTS.values() for name in names} == declared


def test_that_test_is_there_and_imports_the_library(floors: ModuleType) -> None:
    for test, names in floors.TESTS.items():
        path, _, function = test.partition("::")
        assert (ROOT / path).exists(), test
        assert not function or f"def {function}(" in (ROOT / path).read_text("utf-8"), test
        modules = reached(test)
        for name in set(names) - BY_ITSELF.keys():
            module = IMPORTED_AS.get(name, name)
            assert any(f"{each}.".startswith(f"{module}.") for each in modules), (test, name)
