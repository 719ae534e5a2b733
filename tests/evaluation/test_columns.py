"""The columns of tables of agents, wherever they stand."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from rich.console import Console
from tests.training._plays import play

from simarena.cli.output.results import results_table, usage_table
from simarena.evaluation import columns as module
from simarena.evaluation.columns import BoardColumn, Cell, Column, board_columns, columns
from simarena.evaluation.comparison.compare import compare_agents
from simarena.evaluation.comparison.table import table
from simarena.evaluation.failure import Failure
from simarena.evaluation.outcome import Outcome
from simarena.evaluation.summary import summarize

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

SAVED = Path(__file__).parents[1] / "data" / "columns"


def comparison(*, misses: bool) -> dict[str, Any]:
    """Return a model that may miss plays, some of them unlike others, beside a program."""
    model = [
        play(
            f"a{number}",
            3 if (number + seed) % 3 else None,
            seed,
            agent="m",
            tool_calls=number,
            invalid=seed,
            input_tokens=1_000 * number + 10,
            output_tokens=50,
            cost_usd=0.003 * (number + 1),
            call_ms=(1_000.0 + number * 100, 2_500.0),
        )
        for number in range(4)
        for seed in range(3)
    ]
    program = [
        play("a1", 2, optimal_steps=2, waste=1.5, reward=3.25, blocked=1),
        play("a2", None),
        play("b1", 1),
    ]
    failures = [
        Failure(scenario="a1", family="a", seed=9 + seed, agent="m", kind="provider", message="no")
        for seed in range(3 * misses)
    ]
    return compare_agents([*model, *program], "s", failures).to_json()


def in_terminal(agents: Sequence[Mapping[str, Any]]) -> str:
    file = StringIO()
    for each in (results_table(agents), usage_table(agents)):
        if each is not None:
            Console(file=file, width=200).print(each)
    return file.getvalue()


def on_board(agents: Sequence[Mapping[str, Any]]) -> str:
    lines = []
    for column in board_columns(agents):
        lines.append(f"{column.title}: {column.meaning}; {column.first}")
        for each in agents:
            cell = column.cell(each)
            value = f"{cell.value:.6g}" if isinstance(cell.value, float) else cell.value
            lines.append(f"    {cell.text} | {cell.bounds} | {value} | {cell.bar}")
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("misses", [False, True])
def test_tables_are_those_that_were_saved(misses: bool) -> None:
    told = comparison(misses=misses)
    kind = "missing" if misses else "whole"
    shown = {
        "report.md": "\n".join(table(told)),
        "terminal.txt": in_terminal(told["agents"]),
        "board.txt": on_board(told["agents"]),
    }
    for name, text in shown.items():
        assert text == (SAVED / f"{kind}-{name}").read_text("utf-8"), name


def test_a_further_column_stands_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    before = module._columns
    further = Column(
        title="shoes",
        report=lambda agent: f"{agent['num_plays']} pairs",
        terminal=lambda agent: "some",
        board=BoardColumn("Shoes", "Pairs of them", "ascending", lambda agent: Cell("many")),
        is_known=lambda agent: agent["agent"] == "m",
    )
    monkeypatch.setattr(module, "_columns", lambda agents: [*before(agents), further])
    told = comparison(misses=False)
    head, _, first, *_ = table(told)
    assert head.endswith("| median steps | shoes |")
    assert first.endswith("| 12 pairs |")
    assert "some" in in_terminal(told["agents"])
    assert "Shoes: Pairs of them; ascending" in on_board(told["agents"])
    others = [each for each in told["agents"] if each["agent"] != "m"]
    assert "Shoes" not in on_board(others)


def test_titles_of_a_table_differ() -> None:
    told = comparison(misses=True)
    for titles in (
        [column.title for column in columns(told["agents"], "figures") if column.title],
        [column.title for column in columns(told["agents"], "usage")],
        [column.title for column in board_columns(told["agents"])],
    ):
        assert len(set(titles)) == len(titles)


def test_only_columns_that_an_agent_tells_are_shown() -> None:
    plays = [
        Outcome(
            scenario=scenario,
            family="f",
            seed=0,
            agent="x",
            solved=True,
            steps=1,
            max_steps=9,
            input_tokens=tokens,
            call_ms=(250.0,),
        )
        for scenario, tokens in (("a", 1000), ("b", 2000), ("c", 1500))
    ]
    silent = Outcome(scenario="a", family="f", seed=0, agent="y", solved=True, steps=1, max_steps=9)
    agents = [summarize(plays).to_json(), summarize([silent]).to_json()]
    shown = columns(agents, "usage")
    titles = [column.title for column in shown]
    assert titles == ["agent", "tokens in", "all tokens in", "calls", "P50, s", "P95, s"]
    assert [column.report(agents[0]) for column in shown if column.report] == [
        "x",
        "1,500 [156, 2,844]",
        "4,500",
        "3",
        "0.25",
        "0.25",
    ]
    assert shown[1].terminal is not None
    assert shown[1].terminal(agents[0]) == "1,500"
    assert [column.report(agents[1]) for column in shown if column.report] == ["y", *["–"] * 5]
    assert [column.title for column in columns(agents[1:], "usage")] == ["agent"]
