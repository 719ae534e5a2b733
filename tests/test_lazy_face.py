"""Faces of packages: what they offer, and that they load nothing before it is used."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from types import ModuleType

SOURCE = Path(__file__).parents[1] / "src" / "simarena"
FACES = [
    ".".join(("simarena", *path.parent.relative_to(SOURCE).parts))
    for path in sorted(SOURCE.rglob("__init__.py"))
    if "lazy_face(" in path.read_text("utf-8")
]


@pytest.fixture(params=FACES)
def face(request: pytest.FixtureRequest) -> ModuleType:
    return import_module(request.param)


def test_there_are_faces() -> None:
    assert {"simarena", "simarena.env", "simarena.mcp"} < set(FACES)


def test_it_offers_what_it_says_it_does_and_type_checkers_see_the_same(face: ModuleType) -> None:
    (block,) = (
        node
        for node in ast.parse(Path(str(face.__file__)).read_text("utf-8")).body
        if isinstance(node, ast.If)
    )
    seen = {
        each.name: node.module
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for each in node.names
    }
    assert sorted(seen) == sorted(face.__all__) == dir(face)
    for name, module in seen.items():
        assert getattr(face, name) is getattr(import_module(str(module)), name)


def test_a_name_that_is_not_there_is_an_attribute_error_as_of_any_module(face: ModuleType) -> None:
    with pytest.raises(
        AttributeError, match=f"^module '{face.__name__}' has no attribute 'nobody'$"
    ):
        _ = face.nobody
    with pytest.raises(ImportError, match="nobody"):
        exec(f"from {face.__name__} import nobody")


@pytest.mark.parametrize("name", FACES)
def test_it_loads_nothing_by_itself(name: str) -> None:
    code = f"import sys, {name}; print(*(m for m in sys.modules if m.startswith('simarena')))"
    loaded = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60
    ).stdout.split()
    allowed = {"simarena", "simarena.lazy_face", "simarena.env", "simarena.env.registration", name}
    assert set(loaded) <= allowed
