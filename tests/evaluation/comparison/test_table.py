"""What the tables of a comparison tell, and what they leave out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.training._plays import play

from simarena.evaluation.comparison.compare import compare_agents
from simarena.evaluation.comparison.table import table
from simarena.evaluation.failure import Failure
from simarena.evaluation.repeats import varying_repeats

if TYPE_CHECKING:
    from simarena.evaluation.outcome import Outcome


def told(*outcomes: Outcome, failures: tuple[Failure, ...] = ()) -> str:
    return "\n".join(table(compare_agents(outcomes, "s", failures).to_json()))


def test_one_table_tells_agents_families_and_differences() -> None:
    plays = [play("a1", 2, optimal_steps=2), play("a2", None), play("b1", 1)]
    other = [play("a1", None, agent="y"), play("a2", 9, agent="y"), play("b1", 1, agent="y")]
    text = told(*plays, *other)
    assert "| x | 66.7 % [" in text
    assert "| agent | solved | over families | steps to solve | × optimum |" in text
    assert "| family | x | y |" in text
    assert "| x − y | 0.0 %" in text
    assert "row − column" not in text


def test_of_one_family_nothing_is_said_over_families() -> None:
    assert "families" not in told(play("a1", 1), play("a2", None))


def test_repeats_are_shown_only_where_plays_of_a_scenario_differ() -> None:
    alike = [play("a1", 1), play("a1", 1, seed=1), play("a2", None), play("a2", None, seed=1)]
    assert "pass^" not in told(*alike)
    text = told(*alike[:-1], play("a2", 3, seed=1))
    assert "| agent | pass@1 | pass@2 |" in text
    assert "| x | 75.0 % [" in text.partition("pass^1")[2]


def test_of_many_repeats_some_are_shown() -> None:
    agents = [
        {
            "pass_at_k": {str(k): {"value": 0.5} for k in range(1, most + 1)},
            "pass_pow_k": {str(k): {"value": 0.5**k} for k in range(1, most + 1)},
        }
        for most in (20, 30)
    ]
    assert varying_repeats(agents) == ["1", "2", "4", "8", "20"]
    agents[0]["pass_pow_k"] = {"1": {"value": 0.5}}
    assert varying_repeats(agents) == ["1", "2", "4", "8", "30"]
    assert varying_repeats(agents[:1]) == []


def test_an_agent_that_played_once_takes_no_repeats_from_others() -> None:
    plays = [play("a1", 1), play("a1", None, seed=1), play("a1", 1, agent="y")]
    text = told(*plays)
    assert "| agent | pass@1 | pass@2 |" in text
    assert "| y | 100.0 % [2.4, 100.0] | – |" in text


def test_scenarios_played_less_often_are_told_of_and_make_no_repeats_vary() -> None:
    plays = [
        play(f"a{number}", 1 if number else None, seed=seed)
        for number in range(10)
        for seed in range(3)
    ]
    assert "pass^" not in told(*plays[:-1])
    text = told(*plays[:-1], play("a0", 1, seed=3))
    assert "Left out, as played fewer than k times: x 1 of 10 (k = 3) scenarios." in text


def test_what_an_agent_with_tools_tells_stands_beside_agents_without() -> None:
    text = told(
        play("a1", 2, tool_calls=3, cost_usd=0.01, call_ms=(1500.0,), ended="solved"),
        play("a1", None, agent="y", reason="unstable"),
    )
    assert "| x | 3.00 | 0.0100 | 0.0100 | 1 | 1.50 | 1.50 |" in text
    assert "| y | – | – | – | – | – | – |" in text
    assert "| unstable | 0 | 1 |" in text
    assert "| solved | 1 | 0 |" in text


def test_three_agents_have_a_matrix_of_differences() -> None:
    text = told(play("a1", 1), play("a1", None, agent="y"), play("a1", None, agent="z"))
    assert "| x | 100.0 % [" in text.partition("row − column")[2]
    assert "|  | y | z |" in text
    assert "| y |  | 0.0 % [" in text


def test_plays_without_a_result_are_told_apart_also_of_agents_without_any() -> None:
    failures = tuple(
        Failure(scenario="a1", family="a", seed=seed, agent="z", kind="provider", message="a|b <c>")
        for seed in range(2)
    )
    text = told(play("a1", 1), failures=failures)
    assert "| agent | plays | kinds | most frequent messages |" in text
    assert r"| z | 2 | provider 2 | a\|b &lt;c&gt; (2) |" in text
    assert "| x | 100.0 % [" in text
    only = told(failures=failures)
    assert only.startswith("## Plays without a result")
