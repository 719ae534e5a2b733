from __future__ import annotations

import json
from typing import TYPE_CHECKING

from simarena.cli import main

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def run(*arguments: str) -> int:
    return main(list(arguments))


def test_suites_are_listed_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("scenarios", "list", "--json") == 0
    suites = {row["suite"]: row["scenarios"] for row in json.loads(capsys.readouterr().out)}
    assert suites["arena-v1"] == 100
    assert suites["train"] == 1_000


def test_the_scenarios_of_a_suite_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("scenarios", "list", "--suite", "arena-v1/held-out", "--json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert len(rows) == 50
    assert {row["split"] for row in rows} == {"held-out"}
    assert run("scenarios", "list", "--suite", "classic") == 0
    assert "classic-14" in capsys.readouterr().out


def test_one_is_shown_with_its_shortest_solution(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("scenarios", "show", "arena-v1-003", "--json") == 0
    shown = json.loads(capsys.readouterr().out)
    assert len(shown["solution"]) == shown["optimal_steps"] == 2
    assert (shown["erratum"], shown["harmless"]) == (None, False)
    assert run("scenarios", "show", "arena-v1-019", "--json") == 0
    assert "neighbours evicted" in json.loads(capsys.readouterr().out)["erratum"]
    assert run("scenarios", "show", "classic-05", "--suite", "classic") == 0
    assert "decrease-replicas" in capsys.readouterr().out


def test_what_is_exported_can_be_played(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "one"
    assert run("scenarios", "export", "mixed:7:1", str(folder)) == 0
    assert {path.name for path in folder.iterdir()} == {
        "trace.sktrace",
        "nodes.yaml",
        "scenario.yaml",
    }
    capsys.readouterr()
    assert run("scenarios", "list", "--suite", str(folder / "scenario.yaml"), "--json") == 0
    assert json.loads(capsys.readouterr().out)[0]["family"] == "mixed"


def test_unknown_names_offer_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("scenarios", "show", "arena-v1-0033") == 1
    assert "did you mean 'arena-v1-033'?" in capsys.readouterr().err
    assert run("scenarios", "show", "classic-99", "--suite", "classic") == 1
    assert "there is no scenario of classic 'classic-99'" in capsys.readouterr().err
    assert run("scenarios", "list", "--suite", "arena-v11") == 1
    assert "did you mean 'arena-v1'?" in capsys.readouterr().err
