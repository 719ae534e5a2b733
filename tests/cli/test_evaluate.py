"""`simarena evaluate`: tables for people, JSON for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from simarena.cli import main

if TYPE_CHECKING:
    from pathlib import Path


def test_agents_are_measured_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--agent", "rules", "--agent", "noop", "--suite", "classic", "--seeds", "2"]
    assert main(["evaluate", *options, "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["suite"], result["seeds"]) == ("classic", 2)
    rates = {each["agent"]: each["solve_rate"]["value"] for each in result["agents"]}
    assert rates == {"rules": 1.0, "noop": pytest.approx(2 / 14)}
    assert main(["evaluate", *options]) == 0
    shown = capsys.readouterr().out
    assert "100.0%" in shown
    assert "healthy: rules 100%, noop 100%" in shown


def test_a_runs_agent_plays_the_game_it_was_trained_in(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--suite", "classic", "--eval-suite", "classic", "--agent", "greedy"]
    options += ["--observation", "base", "--num-actions", "4", "--steps", "640", "--num-envs", "64"]
    assert main(["train", *options, "--runs", str(tmp_path), "--name", "run"]) == 0
    before = sorted(path.stat().st_mtime_ns for path in tmp_path.rglob("*"))
    capsys.readouterr()
    run = str(tmp_path / "run")
    assert main(["evaluate", run, "--suite", "classic", "--seeds", "1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["agents"][0]["agent"] == "greedy"
    assert sorted(path.stat().st_mtime_ns for path in tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "nobody to evaluate"),
        (["--agent", "rulez"], "did you mean 'rules'"),
        (["nowhere"], "is no run folder"),
        (["--agent", "nowhere"], "no agent 'nowhere'"),
        (["--agent", "dqn"], "has to be trained"),
        (["."], "is no run folder"),
        (["--agent", "rules", "--suite", "clasic"], "did you mean 'classic'"),
    ],
)
def test_what_cannot_be_measured_is_one_line(
    arguments: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["evaluate", *arguments]) == 1
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
