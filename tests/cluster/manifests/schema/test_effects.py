"""The table of what becomes of each field is of the fields that the API has."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from simarena.cluster.manifests.schema.effects import effects, named
from simarena.cluster.manifests.schema.published import field_names

ROOT = Path(__file__).parents[4]


@pytest.mark.parametrize(("name", "field"), sorted(set(named())))
def test_a_listed_field_is_one_of_the_schema(name: str, field: str) -> None:
    assert field in field_names(name)


def test_every_field_of_a_type_has_one_place() -> None:
    for each in effects():
        places = [*each.simulated, *each.kept, *each.refused]
        assert sorted(places) == sorted(field_names(each.name))


def test_types_below_a_kept_field_are_not_listed() -> None:
    names = {each.name for each in effects()}
    assert "core.v1.Container" in names
    assert "core.v1.Lifecycle" not in names


def test_the_page_is_as_the_list_has_it() -> None:
    subprocess.run([sys.executable, ".ci/field_effects.py", "--check"], cwd=ROOT, check=True)
