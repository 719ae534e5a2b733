"""Paired differences of small sets of plays that can be worked out by hand."""

from __future__ import annotations

import pytest
from tests.training._plays import play

from simarena.errors import RunError
from simarena.evaluation.difference import compare, compare_rates
from simarena.evaluation.summary import by_agent


def test_agents_are_compared_where_both_played() -> None:
    first = [play("a1", 2), play("a1", 6, seed=1), play("a2", 3), play("a9", 1)]
    second = [
        play("a2", None, agent="y"),
        play("a1", 4, seed=1, agent="y"),
        play("a1", 4, agent="y"),
        play("b1", 1, agent="y"),
    ]
    difference = compare(first, second)
    assert (difference.first, difference.second) == ("x", "y")
    assert (difference.num_scenarios, difference.num_pairs) == (2, 3)
    assert difference.solved.difference.value == 0.5
    assert difference.solved[1:] == (1, 1, 0)
    assert difference.steps.difference.value == pytest.approx((0 + (3 - 10)) / 2)


def test_plays_made_twice_count_once() -> None:
    first = [play("a1", 2), play("a1", 4), play("a2", 5)]
    assert compare(first, [play("a1", 3), play("a2", 5)]).steps.difference.value == 0.0


def test_agents_that_never_met_cannot_be_compared() -> None:
    with pytest.raises(RunError, match="no scenario with the same seed"):
        compare([play("a1", 1)], [play("a1", 1, seed=5)])


def test_of_all_pairs_those_that_met_have_a_difference_of_rates() -> None:
    plays = [
        *(play(scenario, 1) for scenario in ("a1", "a2", "a3", "a4")),
        *(play(scenario, None, agent="y") for scenario in ("a1", "a2")),
        play("a4", None, agent="z"),
    ]
    rates = compare_rates(by_agent(plays))
    assert [each[:3] for each in rates] == [("x", "y", 2), ("x", "z", 1)]
    assert rates[0].difference.value == 1.0
    assert rates[0].difference == compare(plays[:4], plays[4:6]).solved.difference
    assert rates[0].to_json()["difference"]["value"] == 1.0
