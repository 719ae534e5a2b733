"""Models by name: shorthands, keys, and what is said when something is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from simarena.benchmark.job import begin_bench, run_bench
from simarena.benchmark.models import DEFAULT_MODELS, default_model, require_usable
from simarena.benchmark.selection import Selection
from simarena.benchmark.settings import BenchSettings
from simarena.errors import ConfigError, UnknownNameError
from simarena.evaluation.outcome import read_outcomes

if TYPE_CHECKING:
    from pathlib import Path

KEYS = {
    "anthropic": "ANTHROPIC_API_KEY",
    "gemini": "GOOGLE_API_KEY",
    "openai": "OPENAI_API_KEY",
}


@pytest.fixture(autouse=True)
def _nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Be in a folder without a file of keys, with none in the environment."""
    monkeypatch.chdir(tmp_path)
    for name in (*KEYS.values(), "GEMINI_API_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("provider", DEFAULT_MODELS)
def test_a_missing_key_is_said_in_a_line_that_names_it(provider: str) -> None:
    with pytest.raises(ConfigError) as caught:
        require_usable([default_model(provider)])
    assert KEYS[provider] in str(caught.value)
    assert default_model(provider) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "[" not in str(caught.value)


@pytest.mark.parametrize("provider", DEFAULT_MODELS)
def test_a_key_comes_from_the_environment(provider: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEYS[provider], "not-a-real-key")
    require_usable([default_model(provider)])


def test_a_key_comes_from_a_file_beside_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("ANTHROPIC_API_KEY=not-a-real-key\n")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "")  # put back after the test, whatever is loaded
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    require_usable(["anthropic/claude-haiku-4-5"])


@pytest.mark.parametrize("name", ["nobody/model", "gemini-2.5-flash-lite", ""])
def test_a_model_that_nobody_offers_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="cannot be used"):
        require_usable([name])


def test_a_provider_without_a_shorthand_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'gemini'"):
        default_model("gemeni")


def test_an_address_with_a_password_is_refused_before_it_is_written_anywhere() -> None:
    with pytest.raises(ConfigError, match="keys belong to the environment") as caught:
        require_usable([], base_url="https://me:secret@example.org/v1")
    assert "secret" not in str(caught.value)


def test_the_mock_model_plays_without_a_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import socket

    def refuse(*_: object, **__: object) -> None:
        message = "no network here"
        raise OSError(message)

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    settings = BenchSettings(
        models=("mockllm/model",), agents=(), selection=Selection(scenario=("classic-06",))
    )
    folder = begin_bench(tmp_path / "run", settings, ["simarena", "bench"])
    result = run_bench(folder, settings)
    assert result.num_missing == 0
    assert read_outcomes(folder.outcomes)[0].agent == "mockllm/model"
