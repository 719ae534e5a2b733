"""Plays with a result, of those that were to be made."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from simarena.cli.output.results import results_table
from simarena.evaluation.comparison.compare import compare_agents
from simarena.evaluation.comparison.table import table
from simarena.evaluation.failure import Failure
from simarena.evaluation.outcome import Outcome
from simarena.evaluation.planned import Planned, any_marked, any_missing, marked, planned


def agents(missing: int) -> list[dict[str, Any]]:
    """Return the JSON of one who made 19 plays, and of one who made them all."""
    outcomes = [
        Outcome(
            scenario=f"a{number}",
            family="a",
            seed=0,
            agent=agent,
            solved=True,
            steps=1,
            max_steps=9,
        )
        for agent in ("x", "y")
        for number in range(19)
    ]
    failures = [
        Failure(scenario="a0", family="a", seed=1 + seed, agent="x", kind="provider", message="m")
        for seed in range(missing)
    ]
    found: list[dict[str, Any]] = compare_agents(outcomes, "s", failures).to_json()["agents"]
    return found


@pytest.mark.parametrize(
    ("plays", "plan", "many"),
    [(19, 20, False), (18, 20, True), (20, 20, False), (0, 1, True), (0, 0, False)],
)
def test_one_of_twenty_plays_may_be_missing(plays: int, plan: int, many: bool) -> None:
    assert Planned(plays, plan).misses_many is many


def test_an_agents_json_tells_its_plan() -> None:
    few, many = agents(1), agents(2)
    assert [str(planned(each)) for each in few] == ["19 / 20", "19 / 19"]
    assert [marked(each) for each in many] == ["x †", "y"]
    assert (any_missing(few), any_marked(few), any_marked(many)) == (True, False, True)
    assert not any_missing(agents(0))
    old = {"agent": "x", "num_plays": 3}  # of a report from before plans were told
    assert str(planned(old)) == "3 / 3"


def test_tables_show_the_plan_only_where_plays_are_missing() -> None:
    comparison: dict[str, Any] = {"differences": [], "rate_differences": [], "failures": []}
    for missing, shown in ((0, []), (1, ["19 / 20", "19 / 19"])):
        values = comparison | {"agents": agents(missing)}
        text = "\n".join(table(values))
        assert ("| x | 19 / 20 | 100.0 % [" in text) is bool(missing)
        assert "†" not in text
        columns = results_table(values["agents"]).columns
        assert ("plays" in [column.header for column in columns]) is bool(missing)
        assert not shown or list(columns[1].cells) == shown


def test_a_narrow_terminal_cuts_no_figure_of_agents_that_miss_plays() -> None:
    values = agents(2)
    values[0]["waste"] = values[0]["steps_over_optimal"] = {
        "value": 1.25,
        "low": None,
        "high": None,
    }
    values[0]["agent"] = "google/gemini-2.5-flash-lite"
    console = Console(width=80, file=StringIO())
    with console.capture() as shown:
        console.print(results_table(values))
    for figure in ("19 / 21", "100.0%", "82.7–100.0%", "1.00", "1.25", "0.00"):
        assert f" {figure}" in shown.get()
    assert shown.get().count("1.25") == 2


def test_who_misses_many_is_marked_in_tables_with_a_note() -> None:
    values = agents(2)
    text = "\n".join(
        table({"agents": values, "differences": [], "rate_differences": [], "failures": []})
    )
    assert "| x † | 19 / 21 |" in text
    assert "† More than 5 % of the plays have no result" in text
    shown = results_table(values)
    assert list(shown.columns[0].cells) == ["x †", "y"]
    assert str(shown.caption).startswith("† More than 5 %")
