"""Cells of the board's tables."""

from __future__ import annotations

from typing import Any

from simarena.evaluation.columns import board_columns
from simarena.evaluation.comparison.compare import side_by_side
from simarena.evaluation.outcome import Outcome
from simarena.evaluation.summary import by_agent
from simarena.leaderboard.rows import (
    difference_matrix,
    family_rows,
    reason_rows,
)


def play(agent: str, scenario: str, solved: bool, **told: Any) -> Outcome:
    return Outcome(
        scenario=scenario,
        family=scenario[0],
        seed=0,
        agent=agent,
        solved=solved,
        steps=2,
        max_steps=8,
        **told,
    )


def told(*plays: Outcome) -> dict[str, Any]:
    return side_by_side(by_agent(plays), "s").to_json()


def test_columns_are_of_what_is_known_and_unknown_cells_sort_last() -> None:
    agents = told(play("x", "a", True, cost_usd=0.5), play("y", "a", False))["agents"]
    columns = {column.title: column.cell for column in board_columns(agents)}
    assert list(columns) == ["Solved", "Steps", "$ / episode", "$ in all", "Plays"]
    assert columns["Steps"](agents[1])[:3] == ("8.00", "", 8.0)
    assert columns["$ in all"](agents[0])[:3] == ("0.50", "", 0.5)
    assert columns["$ / episode"](agents[1])[:3] == ("–", "", "")


def test_a_rate_is_shown_with_its_interval_and_its_bar() -> None:
    (agent,) = told(*(play("x", scenario, True) for scenario in "abcdefghij"))["agents"]
    cell = board_columns([agent])[0].cell(agent)
    assert (cell.text, cell.bounds, cell.value) == ("100.0 %", "69–100 %", 1.0)
    assert cell.bar is not None
    assert 68 < cell.bar["low"] < 70


def test_plays_are_told_with_those_planned_where_any_has_no_result() -> None:
    agents = told(play("x", "a", True), play("y", "a", True))["agents"]
    column = board_columns(agents)[-1]
    assert [column.cell(each)[:2] for each in agents] == [("1", "of 1 scenario")] * 2
    agents[1]["num_planned"] = 4
    column = board_columns(agents)[1]
    assert column.title == "Plays with result"
    assert [column.cell(each)[:3] for each in agents] == [
        ("1 / 1", "of 1 scenario", 1.0),
        ("1 / 4", "of 1 scenario", 0.25),
    ]


def test_families_have_shades_from_none_to_all() -> None:
    agents = told(play("x", "a1", True), play("x", "b1", False), play("y", "a1", True))["agents"]
    first, second = family_rows(agents)
    assert [cell.level for cell in first["cells"]] == [10, 10]
    assert [cell.level for cell in second["cells"]] == [0, None]
    assert second["cells"][1].text == "–"
    assert family_rows(agents[1:]) == []


def test_reasons_count_plays_of_each_agent() -> None:
    agents = told(play("x", "a", False, reason="unstable"), play("y", "a", True))["agents"]
    assert reason_rows(agents) == [{"word": "unstable", "counts": [1, 0]}]


def test_a_matrix_of_differences_is_antisymmetric() -> None:
    scenarios = [f"a{number}" for number in range(20)]
    values = told(
        *(play("x", scenario, True) for scenario in scenarios),
        *(play("y", scenario, False) for scenario in scenarios),
        play("z", "b", True),
    )
    matrix = difference_matrix(values["agents"], values["rate_differences"])
    assert matrix is not None
    x, y, z = (row["cells"] for row in matrix["rows"])
    assert (x[0].text, x[1].text, y[0].text, z[0].text) == ("", "+100.0", "−100.0", "")
    assert x[1].clear
    assert difference_matrix(values["agents"][:1], []) is None


def test_many_agents_are_held_against_the_best_alone() -> None:
    values = told(*(play(f"agent-{number:02d}", "a", True) for number in range(13)))
    matrix = difference_matrix(values["agents"], values["rate_differences"])
    assert matrix is not None
    assert matrix["columns"] == ["agent-00"]
    assert [row["cells"][0].text for row in matrix["rows"]] == ["0.0"] * 12
