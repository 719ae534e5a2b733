"""`simarena evaluate`: tables for people, JSON for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.cli._small import CLASSIC

from simarena.cli import main
from simarena.env import load_suite

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
    options = ["--agent", "greedy", "--observation", "base", "--num-actions", "4", "--steps", "64"]
    assert main(["train", *CLASSIC, *options, "--runs", str(tmp_path), "--name", "run"]) == 0
    before = sorted(path.stat().st_mtime_ns for path in tmp_path.rglob("*"))
    capsys.readouterr()
    run = str(tmp_path / "run")
    assert main(["evaluate", run, "--suite", "classic", "--seeds", "1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["agents"][0]["agent"] == "greedy"
    assert sorted(path.stat().st_mtime_ns for path in tmp_path.rglob("*")) == before


def test_scenarios_and_traces_are_measured_on_as_well(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--scenario", "classic-02", "--scenario", "classic-05", "--seeds", "1"]
    assert main(["evaluate", "--agent", "rules", *options, "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["suite"], result["num_scenarios"]) == ("classic-02, classic-05", 2)
    load_suite("classic")[5].trace.save(tmp_path / "a.sktrace")
    options = ["--trace", str(tmp_path / "a.sktrace"), "--deploy", "web", "--target", "3"]
    assert main(["evaluate", "--agent", "rules", *options, "--seeds", "1", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["agents"][0]["solve_rate"]["value"] == 1.0
    assert result["agents"][0]["steps"]["value"] == 2.0


def test_a_trace_whose_containers_run_out_of_memory_is_not_solved_by_doing_nothing(
    shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = json.loads((shared / "cases" / "50-crashing-trace.json").read_text("utf-8"))
    path = tmp_path / "crashing.json"
    path.write_text(json.dumps(case["input"]), "utf-8")
    options = ["--trace", str(path), "--deploy", "web", "--target", "2", "--seeds", "1", "--json"]
    assert main(["evaluate", "--agent", "noop", *options]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["agents"][0]["solve_rate"]["value"] == 0.0
    assert main(["evaluate", "--agent", "noop", "--kubelet", "kwok", *options]) == 1
    said = capsys.readouterr().err
    assert "scenario 'crashing': its goal is met before any step" in said
    assert said.count("\n") == 1
