"""Plays that count, and plays that must not be taken together."""

from __future__ import annotations

from dataclasses import replace as replaced
from typing import TYPE_CHECKING, Any

import pytest

from simarena.agents import FixedAgent
from simarena.env.scenarios.arena import ERRATA
from simarena.env.scenarios.suite import load_suite
from simarena.errors import ConfigError
from simarena.evaluation.comparison.compare import compare_agents
from simarena.evaluation.comparison.table import table
from simarena.evaluation.judged import apart_by_rule, counted, errata_text
from simarena.evaluation.outcome import Outcome
from simarena.evaluation.playing import evaluate
from simarena.trace import Action

if TYPE_CHECKING:
    from simarena.evaluation.plays import Evaluation

WRONG = "arena-v1-009"
RIGHT = "arena-v1-001"


def play(agent: str, scenario: str, *, solved: bool = True, **told: Any) -> Outcome:
    values = {"family": "f", "seed": 0, "steps": 1, "max_steps": 4, **told}
    return Outcome(scenario=scenario, agent=agent, solved=solved, **values)


def test_scenarios_with_an_erratum_leave_the_rates_and_are_named() -> None:
    plays = [play("a", RIGHT, solved=False), play("a", WRONG), play("b", RIGHT), play("b", WRONG)]
    comparison = compare_agents(plays, "arena-v1")
    assert [each.num_scenarios for each in comparison.summaries] == [1, 1]
    assert [each.solve_rate.value for each in comparison.summaries] == [0.0, 1.0]
    told = comparison.to_json()
    assert list(told["errata"]) == [WRONG]
    assert any(f"Erratum: {WRONG} count in no figure" in line for line in table(told))
    assert counted(plays).errata == {WRONG: ERRATA[WRONG]}
    with pytest.raises(ConfigError, match=WRONG):
        compare_agents([play("a", WRONG)], "arena-v1")


def test_an_evaluation_counts_no_erratum_and_carries_the_rule() -> None:
    scenarios = load_suite("arena-v1")[7:9]
    assert [each.name for each in scenarios] == ["arena-v1-008", WRONG]
    done: Evaluation = evaluate(FixedAgent("noop", Action.NOOP), scenarios, num_seeds=1)
    assert done.summary().num_scenarios == 1
    assert {each.harmless for each in done.outcomes()} == {False}
    assert {each.kubelet for each in done.outcomes()} == {"real"}
    newer = replaced(scenarios[0], goal=replaced(scenarios[0].goal, harmless=True))
    (one,) = evaluate(FixedAgent("noop", Action.NOOP), [newer], num_seeds=1).outcomes()
    assert one.harmless


def test_plays_by_different_rules_are_of_different_scenarios() -> None:
    old, new = play("a", "s"), play("b", "s", harmless=True)
    apart = [each.scenario for each in apart_by_rule([old, new])]
    assert apart == ["s (others not looked at)", "s (others not harmed)"]
    kwok, real = play("a", "s", kubelet="kwok"), play("b", "s", kubelet="real")
    assert len({each.scenario for each in apart_by_rule([kwok, real])}) == 2
    # An old record does not tell its kubelets; that alone sets nothing apart.
    assert apart_by_rule([old, real]) == [old, real]


def test_without_an_erratum_there_is_nothing_to_say() -> None:
    assert errata_text({}) == ""
    assert compare_agents([play("a", RIGHT)], "s").to_json()["errata"] == {}
