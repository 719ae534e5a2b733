"""The recipes of CONTRIBUTING.md: what they name is there, and they are short."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
RECIPES = dict(
    re.findall(r"^### (.*?)\n(.*?)(?=^### |^A change comes)", TEXT, re.MULTILINE | re.DOTALL)
)

MOST_FILES = {"A field of the pod spec": 8, "A workload kind": 8, "A field of a workload": 3}
"""Source files and folders that a recipe names; of a folder, one module is written."""


def paths(recipe: str) -> list[str]:
    return re.findall(r"`((?:src|tests)/[\w./-]+)`", recipe)


@pytest.mark.parametrize("name", sorted(RECIPES))
def test_what_a_recipe_names_is_there(name: str) -> None:
    named = paths(RECIPES[name])
    assert named
    assert [each for each in named if not (ROOT / each).exists()] == []


@pytest.mark.parametrize("name", sorted(RECIPES))
def test_steps_are_numbered_in_order(name: str) -> None:
    numbers = [int(number) for number in re.findall(r"^(\d+)\. ", RECIPES[name], re.MULTILINE)]
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("name", sorted(MOST_FILES))
def test_a_recipe_takes_few_source_files(name: str) -> None:
    sources = {each for each in paths(RECIPES[name]) if each.startswith("src/")}
    assert len(sources) <= MOST_FILES[name]
