"""The package as a whole: what it promises before anything in it is called."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version
from importlib.resources import files

import pytest

import simarena

HEAVY = ("gymnasium", "matplotlib", "numba", "numpy", "obstore", "stable_baselines3", "torch")


@pytest.mark.parametrize("module", ["simarena", "simarena.cli", "simarena.errors"])
def test_importing_the_surface_loads_nothing_heavy(module: str) -> None:
    code = f"import sys, {module}; print(*sorted(set(sys.modules) & set({HEAVY!r})))"
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.split() == []
    assert done.stderr == ""


def test_it_is_installed_under_its_name_with_a_version() -> None:
    assert version("simarena").count(".") == 2


def test_type_checkers_of_users_see_its_annotations() -> None:
    assert files("simarena").joinpath("py.typed").is_file()


def test_every_public_name_can_be_imported() -> None:
    assert dir(simarena) == sorted(simarena.__all__)
    for name in simarena.__all__:
        assert getattr(simarena, name).__module__.startswith("simarena."), name


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="Clutser"):
        _ = simarena.Clutser
