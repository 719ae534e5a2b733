"""What reports say of how a run was played."""

from __future__ import annotations

from simarena.benchmark.facts import facts_of
from simarena.benchmark.rules import Rules
from simarena.benchmark.settings import BenchSettings


def test_all_that_changes_what_is_measured_is_told() -> None:
    settings = BenchSettings(
        models=("a/b", "c/d"),
        rules=Rules(steps=5, max_tool_rounds=3, answer="json", what_if=True),
        epochs=2,
        prices={"a/b": {"input": 1.0, "output": 2.5}},
        temperature=0.0,
        token_limit=20_000,
        time_limit_s=60,
    )
    told = facts_of(settings, [])
    assert told["plays of each scenario"] == "2"
    assert told["steps of an episode"] == "5"
    assert told["models act by"] == "answering with JSON"
    assert told["looks before each step"] == "at most 3"
    assert told["trying actions out"] == "allowed"
    assert told["temperature"] == "0"
    assert told["tokens of an episode"] == "at most 20,000"
    assert told["seconds of an episode"] == "at most 60"
    assert told["tokens of an answer"] == "not limited"
    assert told["price of a/b"] == "$1 in, $2.5 out, for a million tokens"
    assert told["price of c/d"] == "not known"
    assert told["task"].startswith("simarena/arena, version ")


def test_of_agents_without_a_model_nothing_is_told_that_is_about_models() -> None:
    assert set(facts_of(BenchSettings(), [])) == {"plays of each scenario", "steps of an episode"}
