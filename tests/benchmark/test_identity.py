"""Names of models: whatever makes two of them play different games is in them."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import pytest
from tests.benchmark._models import acts, played

from simarena.benchmark.identity import (
    endpoint_of,
    endpoints,
    model_name,
    name_by_settings,
    name_in_log,
    program_name,
    shown_endpoint,
)
from simarena.benchmark.rules import Rules
from simarena.benchmark.settings import BenchSettings

if TYPE_CHECKING:
    from pathlib import Path

M = "openai/gpt"


def named(**settings: Any) -> str:
    return name_by_settings(M, BenchSettings(models=(M,), **settings))


def test_a_model_that_plays_as_usual_is_called_by_its_name() -> None:
    assert named() == named(epochs=3, max_retries=0, timeout_s=3, max_connections=2) == M


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({"base_url": "http://localhost:8000/v1/"}, f"{M} at localhost:8000/v1"),
        ({"rules": Rules(steps=5)}, f"{M} (5 steps)"),
        ({"rules": Rules(max_tool_rounds=2)}, f"{M} (2 looks)"),
        ({"rules": Rules(max_tool_rounds=0)}, f"{M} (0 looks)"),
        ({"rules": Rules(answer="json", what_if=True)}, f"{M} (json, what-if)"),
        ({"temperature": 0.0}, f"{M} (temperature 0)"),
        ({"max_tokens": 900}, f"{M} (max tokens 900)"),
        ({"token_limit": 10_000}, f"{M} (10,000 tokens)"),
        ({"time_limit_s": 60}, f"{M} (60 s of work)"),
    ],
)
def test_what_is_not_as_usual_is_part_of_the_name(settings: dict[str, Any], name: str) -> None:
    assert named(**settings) == name


def test_no_two_games_have_one_name() -> None:
    games: list[dict[str, Any]] = [
        {},
        {"base_url": "http://a/v1"},
        {"base_url": "http://b/v1"},
        {"base_url": "http://a/v2"},
        {"rules": Rules(steps=5)},
        {"rules": Rules(steps=6)},
        {"rules": Rules(max_tool_rounds=5)},
        {"rules": Rules(answer="json")},
        {"rules": Rules(what_if=True)},
        {"temperature": 0.0},
        {"temperature": 1.0},
        {"max_tokens": 5},
        {"token_limit": 5},
        {"time_limit_s": 5},
    ]
    for one, other in combinations(games, 2):
        assert named(**one) != named(**other)


def test_an_endpoint_is_told_without_what_may_be_secret() -> None:
    url = "https://me:hush@Example.com:8443/v1/?key=hush#hush"
    assert shown_endpoint(url) == "example.com:8443/v1"
    assert shown_endpoint("localhost:11434") == "localhost:11434"


def test_the_providers_own_variable_leads_elsewhere_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://here:1/v1")
    assert named() == f"{M} at here:1/v1"
    assert named(base_url="http://there/v1") == f"{M} at there/v1"
    assert endpoint_of("google/g", None, endpoints()) is None
    monkeypatch.setenv("INSPECT_EVAL_MODEL_BASE_URL", "http://all:2")
    assert endpoint_of("google/g", None, endpoints()) == "all:2"


def test_settings_and_log_tell_the_same_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INSPECT_EVAL_MODEL_BASE_URL", "http://all:2")
    options = {"temperature": 0.5, "token_limit": 9_000, "top_p": 0.9, "max_connections": 2}
    log = played(lambda *_: acts("noop"), tmp_path, scenario="classic-08", steps=3, options=options)
    monkeypatch.delenv("INSPECT_EVAL_MODEL_BASE_URL")
    marks = "3 steps, 9,000 tokens, temperature 0.5, top p 0.9"
    assert name_in_log(log) == f"mockllm/model at all:2 ({marks})"


def test_an_argument_that_may_be_a_key_is_in_no_name() -> None:
    assert model_name(M, generation={"seed": 3, "extra_headers": {"a": "hush"}}) == M
    log_like = model_name(M, generation={"reasoning_effort": "high"})
    assert log_like == f"{M} (reasoning effort high)"


def test_agents_without_a_model_are_told_apart_by_their_steps() -> None:
    assert program_name("rules", Rules(answer="json")) == "rules"
    assert program_name("rules", Rules(steps=5)) == "rules (5 steps)"
