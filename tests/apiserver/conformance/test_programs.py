from __future__ import annotations

import json
from typing import TYPE_CHECKING

from simarena.apiserver.conformance.programs import kubectl_programs

if TYPE_CHECKING:
    from pathlib import Path


def program(path: Path, minor: str) -> Path:
    told = json.dumps({"clientVersion": {"major": "1", "minor": minor}})
    path.write_text(f"#!/bin/sh\necho '{told}'\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def test_programs_of_several_versions_are_found_side_by_side(tmp_path: Path) -> None:
    first = program(tmp_path / "kubectl", "33")
    second = program(tmp_path / "kubectl.1.32", "32")
    assert kubectl_programs(str(tmp_path)) == {"1.33": first, "1.32": second}


def test_of_one_version_the_first_on_the_search_path_is_taken(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    first = program(tmp_path / "a" / "kubectl", "32")
    program(tmp_path / "b" / "kubectl", "32")
    assert kubectl_programs(f"{tmp_path}/a:{tmp_path}/b") == {"1.32": first}


def test_a_program_that_cannot_be_asked_is_none(tmp_path: Path) -> None:
    path = tmp_path / "kubectl"
    path.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    path.chmod(0o755)
    assert kubectl_programs(str(tmp_path)) == {}
