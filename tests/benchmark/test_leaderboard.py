"""Folders put together: what counts once, what is left out, what is refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.benchmark._models import acts, played

from simarena.benchmark.leaderboard import Board, Source, merge, read_source, to_json
from simarena.errors import RunError
from simarena.training.failure import Failure, failures_to_lines
from simarena.training.outcome import Outcome, outcomes_to_lines

if TYPE_CHECKING:
    from pathlib import Path


def play(agent: str, scenario: str, seed: int = 0, **changes: Any) -> Outcome:
    values: dict[str, Any] = {"family": "f", "solved": True, "steps": 1, "max_steps": 9}
    return Outcome(**(values | {"agent": agent, "scenario": scenario, "seed": seed} | changes))


def failure(agent: str, scenario: str, seed: int = 0) -> Failure:
    return Failure(
        scenario=scenario, family="f", seed=seed, agent=agent, kind="provider", message="busy"
    )


def source(
    folder: Path, outcomes: list[Outcome], failures: list[Failure] | None = None, suite: str = "s"
) -> Source:
    return Source(folder, suite, tuple(outcomes), tuple(failures or ()))


def agents(board: Board) -> dict[str, int]:
    return {each.agent: each.num_plays for each in board.comparison.summaries}


def test_a_folder_tells_its_outcomes_failures_and_suite(tmp_path: Path) -> None:
    (tmp_path / "outcomes.jsonl").write_text(outcomes_to_lines([play("x", "a", split="arena")]))
    assert read_source(tmp_path).suite == "arena"
    (tmp_path / "failures.jsonl").write_text(failures_to_lines([failure("y", "a")]))
    (tmp_path / "report.json").write_text(json.dumps({"evaluation": {"suite": "held-out"}}))
    found = read_source(tmp_path)
    assert (found.suite, found.agents) == ("held-out", ["x", "y"])
    (tmp_path / "report.json").write_text("[1]")
    assert read_source(tmp_path).suite == "arena"


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


def test_plays_of_one_agent_are_pooled_and_equal_ones_count_once(tmp_path: Path) -> None:
    first = source(tmp_path / "1", [play("x", "a"), play("x", "b")])
    second = source(tmp_path / "2", [play("x", "b"), play("x", "b", 1), play("x", "c")])
    assert agents(merge([first, second])) == {"x": 4}


def test_different_results_of_one_play_are_refused(tmp_path: Path) -> None:
    first = source(tmp_path / "1", [play("x", "a")])
    second = source(tmp_path / "2", [play("x", "a", steps=2)])
    with pytest.raises(RunError, match=r"'x' played 'a' with seed 0 as in .*1, but with another"):
        merge([first, second])


def test_repeats_within_one_folder_are_its_plays(tmp_path: Path) -> None:
    twice = source(tmp_path, [play("x", "a"), play("x", "a", steps=2)])
    assert agents(merge([twice])) == {"x": 2}


def test_only_scenarios_that_all_played_count_and_the_best_comes_first(tmp_path: Path) -> None:
    plays = [
        *(play("x", scenario, solved=scenario == "c") for scenario in "abc"),
        *(play("y", scenario) for scenario in "ab"),
    ]
    board = merge([source(tmp_path, plays)])
    assert list(agents(board).items()) == [("y", 2), ("x", 2)]
    assert (board.num_left_out, board.common) == (1, True)
    everything = merge([source(tmp_path, plays)], common=False)
    assert agents(everything) == {"y": 2, "x": 3}
    assert (everything.num_left_out, everything.common) == (0, False)


def test_agents_that_share_no_scenario_need_all(tmp_path: Path) -> None:
    apart = source(tmp_path, [play("x", "a"), play("y", "b")])
    with pytest.raises(RunError, match="no scenario was played by all agents; use --all"):
        merge([apart])
    board = merge([apart], common=False)
    assert board.comparison.rate_differences == ()


def test_an_agent_with_failures_alone_takes_no_scenario_away(tmp_path: Path) -> None:
    board = merge([source(tmp_path, [play("x", "a")], [failure("y", "b"), failure("x", "a")])])
    assert agents(board) == {"x": 1}
    assert [(each.agent, each.num_plays) for each in board.comparison.failures] == [("y", 1)]


def test_agents_judged_alike_bring_no_warning(tmp_path: Path) -> None:
    assert merge([source(tmp_path, [play("x", "a"), play("y", "a")])]).warnings == ()


def test_different_rules_are_warned_of(tmp_path: Path) -> None:
    judged = source(tmp_path / "1", [play("x", "a", reason="solved")], suite="arena-v1")
    other = source(tmp_path / "2", [play("y", "a", max_steps=20)], suite="held-out")
    suites, verdicts, limits = merge([judged, other]).warnings
    assert "arena-v1, held-out" in suites
    assert "gives reasons (x)" in verdicts
    assert "without reasons (y)" in verdicts
    assert "In 1 of 1 scenarios" in limits


def test_programs_are_told_the_same(tmp_path: Path) -> None:
    values = to_json(merge([source(tmp_path, [play("x", "a")], [failure("y", "a")])]))
    assert json.loads(json.dumps(values, allow_nan=False)) == values
    assert values["sources"] == [
        {
            "folder": str(tmp_path),
            "name": tmp_path.name,
            "suite": "s",
            "agents": ["x", "y"],
            "num_plays": 1,
            "num_failures": 1,
        }
    ]


def test_logs_of_inspects_own_command_are_a_source(tmp_path: Path) -> None:
    log = played(lambda *_: acts("noop"), tmp_path, scenario="classic-08,classic-03", steps=2)
    source = read_source(tmp_path)
    assert source.suite == log.eval.dataset.name == "classic-08, classic-03"
    assert {each.scenario: each.solved for each in source.outcomes} == {
        "classic-08": True,
        "classic-03": False,
    }
