"""Figures of small sets of plays that can be worked out by hand."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.training._plays import play

from simarena.errors import ConfigError
from simarena.evaluation.comparison.compare import compare_agents
from simarena.evaluation.comparison.table import table
from simarena.evaluation.outcome import Outcome
from simarena.evaluation.summary import summarize

PLAYS = [
    play("a1", 2, seed=0, optimal_steps=2, waste=2.0, blocked=1),
    play("a1", 4, seed=1, optimal_steps=2, waste=4.0),
    play("a2", None, optimal_steps=5),
    play("b1", 1),
]


def test_figures_are_means_over_scenarios() -> None:
    summary = summarize(PLAYS)
    assert (summary.num_scenarios, summary.num_plays) == (3, 4)
    assert summary.solve_rate.value == pytest.approx(2 / 3)
    rates = summary.solve_rate_by_family
    assert {family: rate.value for family, rate in rates.items()} == {"a": 0.5, "b": 1.0}
    assert summary.steps.value == pytest.approx((3 + 10 + 1) / 3)
    assert summary.steps_over_optimal.value == pytest.approx((3 + 10) / (2 + 5))
    assert summary.waste.value == 3.0
    assert summary.blocked.value == pytest.approx(0.5 / 3)
    assert summary.curve.solved.tolist() == pytest.approx([0, 1 / 3, 1 / 2, 2 / 3, 2 / 3])


def test_figures_that_nothing_is_known_of_are_null_and_not_shown() -> None:
    summary = summarize([play("a1", 2)]).to_json()
    assert summary["steps_over_optimal"] == {"value": None, "low": None, "high": None}
    text = json.dumps(summary, allow_nan=False)
    assert "null" in text
    lines = table(compare_agents([play("a1", 2)], "s").to_json())
    assert "optimum" not in lines[0]
    assert "waste" not in lines[0]


def test_giving_up_counts_the_whole_limit() -> None:
    gave_up = Outcome(**_fields(play("a1", None)) | {"steps": 1})
    assert summarize([gave_up]).steps.value == 10


def test_the_order_of_plays_does_not_matter() -> None:
    forward, backward = summarize(PLAYS), summarize(PLAYS[::-1])
    assert forward.solve_rate == pytest.approx(backward.solve_rate)
    assert forward.steps.value == pytest.approx(backward.steps.value)
    np.testing.assert_allclose(forward.curve.solved, backward.curve.solved)


def test_a_summary_is_of_one_agent() -> None:
    with pytest.raises(ConfigError, match="one agent, got 0"):
        summarize([])
    with pytest.raises(ConfigError, match="one agent, got 2"):
        summarize([play("a1", 1), play("a1", 1, agent="y")])
    with pytest.raises(ConfigError, match="nothing to compare"):
        compare_agents([], "s")


def test_what_nobody_tells_is_null_and_has_no_columns() -> None:
    summary = summarize(PLAYS).to_json()
    assert (
        summary["tool_calls"] == summary["cost_usd"] == {"value": None, "low": None, "high": None}
    )
    assert (summary["totals"], summary["reasons"], summary["endings"]) == ({}, {}, {})
    assert summary["latency"] is None
    text = "\n".join(table(compare_agents(PLAYS, "s").to_json()))
    for word in ("cost", "tool calls", "P95", "Why", "How plays end", "without a result"):
        assert word not in text


def test_reasons_are_of_unsolved_plays_and_endings_of_all() -> None:
    summary = summarize(
        [
            play("a1", None, reason="pods-pending", ended="gave-up"),
            play("a1", None, seed=1, reason="unstable", ended="out-of-steps"),
            play("a2", None, reason="unstable", ended="out-of-steps"),
            play("b1", 1, reason="solved", ended="solved"),
        ]
    )
    assert list(summary.reasons.items()) == [("unstable", 2), ("pods-pending", 1)]
    assert summary.endings == {"out-of-steps": 2, "gave-up": 1, "solved": 1}


def test_repeats_are_told_up_to_what_every_scenario_has() -> None:
    summary = summarize([*PLAYS, play("a2", 3, seed=1), play("b1", 1, seed=1)])
    assert list(summary.pass_at_k) == list(summary.pass_pow_k) == [1, 2]
    assert summary.pass_at_k[1] == summary.pass_pow_k[1] == summary.solve_rate
    assert summary.pass_at_k[2].value == 1.0
    assert summary.pass_pow_k[2].value == pytest.approx(2 / 3)
    assert list(summarize(PLAYS).pass_pow_k) == [1]


def test_one_missing_play_of_ten_scenarios_leaves_that_scenario_out_of_repeats() -> None:
    plays = [play(f"a{number}", 1, seed=seed) for number in range(10) for seed in range(2)]
    summary = summarize(plays[:-1])
    assert list(summary.pass_pow_k) == [1, 2]
    assert summary.too_few_plays == {2: 1}
    assert summary.to_json()["too_few_plays"] == {"2": 1}
    assert summarize(plays).too_few_plays == {}


def test_an_unsolved_play_counts_the_shortest_solution_where_the_limit_is_below_it() -> None:
    summary = summarize([play("a1", None, optimal_steps=20), play("a2", 6, optimal_steps=5)])
    assert summary.steps_over_optimal.value == pytest.approx((20 + 6) / (20 + 5))
    assert summary.steps.value == pytest.approx((10 + 6) / 2)


@given(
    st.lists(
        st.tuples(
            st.integers(0, 5),  # scenario
            st.integers(1, 12),  # limit
            st.booleans(),
            st.integers(0, 12),  # steps beyond the optimum
        ),
        min_size=1,
        max_size=12,
    ),
    st.lists(st.integers(1, 30), min_size=6, max_size=6),
)
def test_no_agent_is_better_than_the_shortest_solutions(
    plays: list[tuple[int, int, bool, int]], optima: list[int]
) -> None:
    outcomes = []
    for scenario, limit, wish, more in plays:
        optimum = optima[scenario]
        solved = wish and optimum + more <= limit
        changes = {"max_steps": limit, "optimal_steps": optimum, "solved": solved}
        steps = optimum + more if solved else limit
        outcomes.append(play(f"a{scenario}", steps, **changes))
    ratio = summarize(outcomes).steps_over_optimal
    assert ratio.value >= 1 - 1e-9
    assert not ratio.low < 1 - 1e-9


def _fields(outcome: Outcome) -> dict[str, Any]:
    return {name: getattr(outcome, name) for name in outcome.__struct_fields__}
