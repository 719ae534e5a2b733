"""What a run folder, or a folder of logs, holds for the board."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.benchmark._models import acts, played

from simarena.benchmark.task import VERSION
from simarena.errors import RunError
from simarena.evaluation.failure import Failure, failures_to_lines
from simarena.evaluation.outcome import Outcome, outcomes_to_lines
from simarena.leaderboard.board import merge
from simarena.leaderboard.sources import read_source

if TYPE_CHECKING:
    from pathlib import Path


def play(agent: str, scenario: str, seed: int = 0, **changes: Any) -> Outcome:
    values: dict[str, Any] = {"family": "f", "solved": True, "steps": 1, "max_steps": 9}
    return Outcome(**(values | {"agent": agent, "scenario": scenario, "seed": seed} | changes))


def failure(agent: str, scenario: str, seed: int = 0) -> Failure:
    return Failure(
        scenario=scenario, family="f", seed=seed, agent=agent, kind="provider", message="busy"
    )


def test_a_folder_tells_its_outcomes_failures_and_suite(tmp_path: Path) -> None:
    (tmp_path / "outcomes.jsonl").write_text(outcomes_to_lines([play("x", "a", split="arena")]))
    assert read_source(tmp_path).suite == "arena"
    (tmp_path / "failures.jsonl").write_text(failures_to_lines([failure("y", "a")]))
    (tmp_path / "report.json").write_text(json.dumps({"evaluation": {"suite": "held-out"}}))
    found = read_source(tmp_path)
    assert (found.suite, found.agents) == ("held-out", ["x", "y"])
    (tmp_path / "report.json").write_text("[1]")
    assert read_source(tmp_path).suite == "arena"


def test_facts_are_those_of_its_report(tmp_path: Path) -> None:
    (tmp_path / "outcomes.jsonl").write_text(outcomes_to_lines([play("x", "a")]))
    assert read_source(tmp_path).facts == {}
    (tmp_path / "report.json").write_text(json.dumps({"facts": {"temperature": "0", "n": 1}}))
    assert read_source(tmp_path).facts == {"temperature": "0", "n": "1"}
    (tmp_path / "report.json").write_text(json.dumps({"facts": ["temperature"]}))
    assert read_source(tmp_path).facts == {}


def test_a_folder_without_plays_is_refused_but_not_one_with_failures_alone(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"holds neither outcomes\.jsonl"):
        read_source(tmp_path)
    (tmp_path / "outcomes.jsonl").write_text("")
    with pytest.raises(RunError, match="holds no outcomes"):
        read_source(tmp_path)
    (tmp_path / "failures.jsonl").write_text(failures_to_lines([failure("y", "a")]))
    board = merge([read_source(tmp_path)])
    assert board.comparison.summaries == ()
    assert board.comparison.failures[0].agent == "y"


def test_logs_of_inspects_own_command_are_a_source(tmp_path: Path) -> None:
    log = played(lambda *_: acts("noop"), tmp_path, scenario="classic-08,classic-03", steps=2)
    source = read_source(tmp_path)
    assert source.suite == log.eval.dataset.name == "classic-08, classic-03"
    assert source.agents == ["mockllm/model (2 steps)"]
    assert source.facts == {"task": f"simarena/arena, version {VERSION}"}
    assert {each.scenario: each.solved for each in source.outcomes} == {
        "classic-08": True,
        "classic-03": False,
    }
