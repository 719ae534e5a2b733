"""Figures as text."""

from __future__ import annotations

from typing import Any

from simarena.evaluation.figures import dollars, figure, money, percent, shown_usage, tokens
from simarena.evaluation.outcome import Outcome
from simarena.evaluation.summary import summarize


def of(value: float | None, low: float | None = None, high: float | None = None) -> dict[str, Any]:
    return {"value": value, "low": low, "high": high}


def test_what_is_unknown_is_a_dash_and_intervals_are_in_brackets() -> None:
    assert percent(of(0.5, 0.25, 0.75)) == "50.0 % [25.0, 75.0]"
    assert percent(of(0.5)) == "50.0 %"
    assert figure(of(2.346, 1, 3)) == "2.35 [1.00, 3.00]"
    assert tokens(of(12345.6)) == "12,346"
    assert percent(of(None)) == figure(of(None)) == tokens(of(None)) == dollars(of(None)) == "–"


def test_small_amounts_keep_their_digits() -> None:
    assert money(0.0034) == "0.0034"
    assert money(1234.5) == "1,234.50"
    assert dollars(of(0.0034, 0.003, 0.004)) == "0.0034 [0.0030, 0.0040]"


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
    columns = shown_usage(agents)
    titles = [column.title for column in columns]
    assert titles == ["tokens in", "all tokens in", "calls", "P50, s", "P95, s"]
    assert [column.text(agents[0]) for column in columns] == [
        "1,500 [156, 2,844]",
        "4,500",
        "3",
        "0.25",
        "0.25",
    ]
    assert columns[0].brief(agents[0]) == "1,500"
    assert [column.text(agents[1]) for column in columns] == ["–"] * 5
    assert shown_usage(agents[1:]) == []
