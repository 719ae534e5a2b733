"""Each environment is laid out as the others are, so that who knows one finds the way in all."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

import simarena.env

ENV = Path(simarena.env.__file__).parent
FACES = {"batch", "env", "options", "rendering", "spaces", "vector_env"}
KERNELS = {"components", "observing", "rewards", "stepping"}


def names_in(folder: Path) -> set[str]:
    return {path.stem for path in folder.glob("*.py")}


@pytest.mark.parametrize("name", ["deployment", "online", "fleet"])
def test_an_environment_has_files_of_the_usual_names(name: str) -> None:
    assert names_in(ENV / name) >= FACES
    assert names_in(ENV / "kernel" / name) >= KERNELS
    assert name in names_in(ENV / "records")


@pytest.mark.parametrize("name", ["deployment", "online", "fleet"])
def test_its_rows_and_its_kernel_have_the_usual_names(name: str) -> None:
    records = import_module(f"simarena.env.records.{name}")
    assert records.EPISODE.names[:5] == ("seed", "num_episodes", "num_noise", "scenario", "step")
    assert (records.INFO_KEYS[0], records.INFO_KEYS[-1]) == ("scenario", "solved")
    assert {"rules", "actions", "mask", "progress", "episodes", "finals"} <= {*records.Seat._fields}
    assert callable(import_module(f"simarena.env.kernel.{name}.stepping").play)


def test_an_environment_does_not_know_another_ones_rows() -> None:
    own = {"deployment", "online", "fleet"}
    for name in own:
        for path in [*(ENV / name).glob("*.py"), *(ENV / "kernel" / name).glob("*.py")]:
            text = path.read_text("utf-8")
            for other in own - {name}:
                assert f"records.{other}" not in text, path
                assert f"kernel.{other}" not in text, path
