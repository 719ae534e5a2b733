"""One board: which scenarios count, who misses plays, and what is warned of."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from simarena.errors import RunError
from simarena.evaluation.failure import Failure
from simarena.evaluation.outcome import Outcome
from simarena.leaderboard.board import Board, merge, to_json
from simarena.leaderboard.sources import Source

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
    folder: Path,
    outcomes: list[Outcome],
    failures: list[Failure] | None = None,
    suite: str = "s",
    facts: dict[str, str] | None = None,
) -> Source:
    return Source(folder, suite, tuple(outcomes), tuple(failures or ()), facts or {})


def agents(board: Board) -> dict[str, int]:
    return {each.agent: each.num_plays for each in board.comparison.summaries}


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


def test_of_those_that_solve_equally_many_who_takes_fewer_steps_comes_first(
    tmp_path: Path,
) -> None:
    plays = [
        *(play("careful", scenario, steps=5) for scenario in "ab"),
        *(play("quick", scenario, steps=2) for scenario in "ab"),
        *(play("also quick", scenario, steps=steps) for scenario, steps in (("a", 1), ("b", 3))),
        *(play("hasty", scenario, steps=1, solved=scenario == "a") for scenario in "ab"),
    ]
    board = merge([source(tmp_path, plays)])
    assert list(agents(board)) == ["also quick", "quick", "careful", "hasty"]


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


def test_a_play_without_a_result_was_planned_and_takes_no_scenario_from_others(
    tmp_path: Path,
) -> None:
    scenarios = [f"a{number}" for number in range(30)]
    plays = [*(play("x", each) for each in scenarios), *(play("y", each) for each in scenarios[1:])]
    board = merge([source(tmp_path, plays, [failure("y", "a0")])])
    assert agents(board) == {"x": 30, "y": 29}
    assert (board.num_left_out, board.warnings) == (0, ())
    values = to_json(board)["agents"]
    assert [each["num_planned"] for each in values] == [30, 30]


def test_an_agent_that_misses_more_than_one_of_twenty_plays_is_warned_of(tmp_path: Path) -> None:
    plays = [*(play("x", each) for each in "abcd"), play("y", "a"), play("y", "b")]
    failures = [failure("y", "c"), failure("y", "d"), failure("z", "a")]
    board = merge([source(tmp_path, plays, failures)])
    (warning,) = board.warnings
    assert warning == (
        "More than 5 % of the plays counted have no result: y (2 of 4 have one), "
        "z (0 of 1 have one)."
    )


def test_what_fails_on_scenarios_that_do_not_count_is_not_missed(tmp_path: Path) -> None:
    plays = [play("x", "a"), play("y", "a"), play("y", "b")]
    board = merge([source(tmp_path, plays, [failure("y", "c")])])
    assert agents(board) == {"x": 1, "y": 1}
    assert (board.num_left_out, board.warnings) == (2, ())
    assert board.comparison.failures == ()


def test_an_agent_without_a_result_on_what_counts_stands_among_the_failures(
    tmp_path: Path,
) -> None:
    plays = [play("x", "a"), play("y", "b")]
    board = merge([source(tmp_path, plays, [failure("y", "a")])])
    assert agents(board) == {"x": 1}
    assert [each.agent for each in board.comparison.failures] == ["y"]
    assert "y (0 of 1 have one)" in board.warnings[0]


def test_each_fact_that_folders_tell_differently_is_warned_of_once(tmp_path: Path) -> None:
    same = {"task": "`simarena/arena` version 1", "played on": "2026-01-01", "price of x": "1"}
    board = merge(
        [
            source(tmp_path / "1", [play("x", "a")], facts=same | {"temperature": "0"}),
            source(
                tmp_path / "2",
                [play("y", "a")],
                facts=same | {"temperature": "`1`" + "0" * 99, "price of x": "2", "prompt": "b"},
            ),
            source(tmp_path / "3", [play("z", "a")], facts={"plays of each scenario": "5"}),
            source(tmp_path / "4", [play("w", "a")], facts={"temperature": "0"}),
        ]
    )
    assert board.warnings == (
        f"The folders were played differently, temperature: 0 (1, 4); 1{'0' * 78}… (2).",
    )


def test_a_folder_named_twice_counts_once(tmp_path: Path) -> None:
    (tmp_path / "1").mkdir()
    first = source(tmp_path / "1", [play("x", "a", call_ms=(1.5,))])
    again = source(tmp_path / "1" / ".." / "1", list(first.outcomes))
    board = merge([first, again, again])
    assert agents(board) == {"x": 1}
    assert board.warnings == ("The folder 1 is named more than once; it counts once.",)
    assert len(board.sources) == 1


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
            "facts": {},
        }
    ]


def test_scenarios_with_an_erratum_count_in_nothing_and_are_named(tmp_path: Path) -> None:
    wrong, right = "arena-v1-019", "arena-v1-020"
    plays = [play("x", right, solved=False), play("x", wrong), play("y", right), play("y", wrong)]
    board = merge([source(tmp_path, plays, [failure("x", wrong, 1)])])
    assert agents(board) == {"y": 1, "x": 1}
    assert [each.solve_rate.value for each in board.comparison.summaries] == [1.0, 0.0]
    assert board.comparison.failures == ()
    assert list(to_json(board)["errata"]) == [wrong]
    (warning,) = board.warnings
    assert warning.startswith(f"Erratum: {wrong} count in no figure")


def test_plays_of_one_scenario_by_different_rules_are_not_taken_together(tmp_path: Path) -> None:
    before = source(tmp_path / "1", [play("x", "a"), play("x", "b")])
    since = source(tmp_path / "2", [play("y", "a", harmless=True), play("y", "b")])
    board = merge([before, since])
    assert agents(board) == {"x": 1, "y": 1}
    assert board.num_left_out == 2
