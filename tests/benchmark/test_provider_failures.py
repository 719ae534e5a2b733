"""What becomes of a provider's failures on their way through its own client and Inspect."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from tests.benchmark._provider_server import (
    Babbles,
    Cuts,
    ProviderServer,
    Refuses,
    Reply,
    Request,
    Says,
    Waits,
)

pytest.importorskip("inspect_ai")
pytest.importorskip("anthropic")
pytest.importorskip("google.genai")
pytest.importorskip("openai")

from tenacity import RetryError
from tests.benchmark._directed import CLAUDE, GEMINI, GPT_4, GPT_5, MODELS, ask, direct

if TYPE_CHECKING:
    from collections.abc import Callable

every_model = pytest.mark.parametrize("model", MODELS)


def at_first(reply: Reply) -> Callable[[Request], Reply]:
    """Return a script that replies so once, and is well from then on."""
    return lambda request: reply if request.number == 1 else Says("Well again.")


@every_model
@pytest.mark.parametrize("status", [429, 500, 503, 529])
def test_a_refusal_that_passes_is_tried_again(
    model: str, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ProviderServer(at_first(Refuses(status, retry_after_s=0.01))) as server:
        direct(monkeypatch, server)
        assert ask(model).completion == "Well again."
    assert len(server.requests) == 2


@pytest.mark.parametrize("model", [CLAUDE, GPT_5, GPT_4])
def test_a_client_waits_as_long_as_the_refusal_says(
    model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ProviderServer(at_first(Refuses(429, retry_after_s=0.7))) as server:
        direct(monkeypatch, server)
        began = time.monotonic()
        ask(model)
    assert time.monotonic() - began >= 0.7  # by itself it would not wait beyond half a second


@every_model
@pytest.mark.parametrize("status", [429, 529])
def test_a_refusal_for_ever_ends_in_an_error_that_holds_it(
    model: str, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ProviderServer(lambda _: Refuses(status, retry_after_s=0.01)) as server:
        direct(monkeypatch, server)
        with pytest.raises(RetryError) as error:
            ask(model, max_retries=1)
    cause = error.value.__cause__
    assert status in {getattr(cause, "status_code", None), getattr(cause, "code", None)}
    # Two tries of Inspect; Google's client makes one request for each, the others three.
    assert len(server.requests) == (2 if model == GEMINI else 6)


@every_model
@pytest.mark.parametrize("status", [400, 401])
def test_what_is_refused_for_good_is_asked_once(
    model: str, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ProviderServer(lambda _: Refuses(status)) as server:
        direct(monkeypatch, server)
        with pytest.raises(Exception, match=r"not valid|invalid|Incorrect") as error:
            ask(model)
    assert status in {
        getattr(error.value, "status_code", None),
        getattr(error.value, "code", None),
    }
    assert len(server.requests) == 1


@every_model
def test_no_answer_in_time_is_tried_again(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with ProviderServer(at_first(Waits(30))) as server:
        direct(monkeypatch, server)
        assert ask(model, attempt_timeout=1, max_retries=2).completion == "Well again."
    assert len(server.requests) == 2


def test_no_answer_ever_ends_in_an_error_that_names_the_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with ProviderServer(lambda _: Waits(30)) as server:
        direct(monkeypatch, server)
        with pytest.raises(RetryError) as error:
            ask(CLAUDE, attempt_timeout=1, max_retries=0)
    assert str(error.value.__cause__) == "attempt_timeout '1' exceeded."


@every_model
@pytest.mark.parametrize("streaming", [True, False])
def test_an_answer_that_breaks_off_is_asked_for_again(
    model: str, streaming: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ProviderServer(at_first(Cuts())) as server:
        direct(monkeypatch, server)
        output = ask(model, model_args={"streaming": streaming})
    assert output.completion == "Well again."
    assert len(server.requests) == 2


@every_model
@pytest.mark.parametrize("content_type", ["application/json", "text/html"])
def test_babble_is_an_error_at_once(
    model: str, content_type: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ProviderServer(lambda _: Babbles(content_type)) as server:
        direct(monkeypatch, server)
        with pytest.raises((ValueError, AssertionError, AttributeError)):
            ask(model)
    assert len(server.requests) == 1
