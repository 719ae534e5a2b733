"""The real clients of three providers, through Inspect, against a server on this machine."""

from __future__ import annotations

import time
from http.client import HTTPConnection, RemoteDisconnected
from typing import TYPE_CHECKING

import pytest
from tests.benchmark._provider_server import Call, ProviderServer, Reply, Request, Says, Waits

pytest.importorskip("inspect_ai")
pytest.importorskip("anthropic")
pytest.importorskip("google.genai")
pytest.importorskip("openai")

from inspect_ai import Task
from inspect_ai import eval as evaluate
from inspect_ai.dataset import Sample
from inspect_ai.model import ChatMessageTool
from inspect_ai.scorer import includes
from inspect_ai.solver import generate
from inspect_ai.tool import ToolFunction
from tests.benchmark._directed import CLAUDE, GPT_5, MODELS, PROVIDERS, QUESTION, ask, direct

if TYPE_CHECKING:
    from pathlib import Path


every_model = pytest.mark.parametrize("model", MODELS)


@every_model
def test_an_answer_comes_with_its_usage(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with ProviderServer(lambda _: Says("Nothing to do.", input_tokens=120)) as server:
        direct(monkeypatch, server)
        output = ask(model)
    assert output.completion == "Nothing to do."
    assert output.message.tool_calls is None
    assert output.usage is not None
    assert (output.usage.input_tokens, output.usage.output_tokens) == (120, 7)
    (request,) = server.requests
    assert f"{request.provider}/{request.model}" == model
    assert request.system == "You keep a cluster."
    assert request.last_text == "What now?"
    assert request.tool_names == ("look", "act")
    assert request.tool_choice == "auto"
    assert request.num_tool_results == 0
    assert request.number == 1


@every_model
@pytest.mark.parametrize("streaming", [True, False])
def test_calls_and_their_results_take_turns(
    model: str, streaming: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(request: Request) -> Reply:
        if request.num_tool_results == 0:
            return Says("Two.", [Call("look", {"pod": "a"}), Call("act", {"pod": "b"})])
        if request.num_tool_results == 2:
            return Says("", [Call("look", {"pod": "ü"})])
        return Says(f"{request.num_tool_results} results, the last: {request.last_text}")

    messages = list(QUESTION)
    made = []
    with ProviderServer(answer) as server:
        direct(monkeypatch, server)
        for _ in range(3):
            output = ask(model, messages, model_args={"streaming": streaming})
            messages.append(output.message)
            for call in output.message.tool_calls or []:
                made.append((call.function, call.arguments))
                result = f"result {len(made)}"
                messages.append(
                    ChatMessageTool(content=result, tool_call_id=call.id, function=call.function)
                )
    assert made == [("look", {"pod": "a"}), ("act", {"pod": "b"}), ("look", {"pod": "ü"})]
    assert output.completion == "3 results, the last: result 3"
    assert output.usage is not None
    assert (output.usage.input_tokens, output.usage.output_tokens) == (11, 7)
    assert {request.is_streamed for request in server.requests} == {streaming}


@every_model
def test_the_choice_of_a_tool_arrives(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with ProviderServer(lambda _: Says("", [Call("act", {"pod": "a"})])) as server:
        direct(monkeypatch, server)
        for choice in ("any", ToolFunction(name="act")):
            output = ask(model, choice=choice)
            assert output.message.tool_calls is not None
            assert output.message.tool_calls[0].function == "act"
    # Of all tools Inspect shows only the one that is forced.
    assert [(request.tool_choice, request.tool_names) for request in server.requests] == [
        ("any", ("look", "act")),
        ("act", ("act",)),
    ]


def test_without_a_choice_only_anthropic_is_shown_tools(monkeypatch: pytest.MonkeyPatch) -> None:
    with ProviderServer(lambda _: Says("Nothing.")) as server:
        direct(monkeypatch, server)
        for model in MODELS:
            ask(model, choice="none")
    claude, *others = server.requests
    assert (claude.tool_choice, claude.tool_names) == ("none", ("look", "act"))
    assert {request.tool_names for request in others} == {()}


def test_claude_streams_unless_told_to_be_brief(monkeypatch: pytest.MonkeyPatch) -> None:
    with ProviderServer(lambda _: Says("Well.")) as server:
        direct(monkeypatch, server)
        for max_tokens in (None, 4096):
            ask(CLAUDE, max_tokens=max_tokens)
    by_default, brief = server.requests
    assert (by_default.body["max_tokens"], by_default.is_streamed) == (32000, True)
    assert (brief.body["max_tokens"], brief.is_streamed) == (4096, False)


def test_each_provider_is_shown_its_own_key(monkeypatch: pytest.MonkeyPatch) -> None:
    with ProviderServer(lambda _: Says("Well.")) as server:
        direct(monkeypatch, server)
        for model in MODELS:
            ask(model)
    assert {(request.provider, request.key) for request in server.requests} == {
        (provider, f"the-key-of-{provider}") for provider in PROVIDERS
    }


def test_the_question_that_inspect_asks_by_itself_is_kept_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with ProviderServer(lambda _: Says("Well.")) as server:
        direct(monkeypatch, server)
        ask(GPT_5)
        assert (len(server.probes), len(server.requests)) == (1, 1)
        ask(GPT_5, reasoning_summary="none")
        assert (len(server.probes), len(server.requests)) == (1, 2)


def test_an_evaluation_asks_models_of_all_providers_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    num_asked = dict.fromkeys(PROVIDERS, 0)

    def answer(request: Request) -> Reply:
        num_asked[request.provider] += 1
        return Says(request.last_text, input_tokens=100)

    samples = [Sample(id=str(row), input=f"say {row}", target=str(row)) for row in range(5)]
    with ProviderServer(answer) as server:
        direct(monkeypatch, server)
        logs = evaluate(
            Task(dataset=samples, solver=generate(), scorer=includes()),
            model=list(MODELS),
            display="none",
            log_dir=str(tmp_path),
        )
    assert num_asked == {"anthropic": 5, "google": 5, "openai": 10}
    for log in logs:
        assert log.status == "success"
        assert log.results is not None
        assert log.results.scores[0].metrics["accuracy"].value == 1
        assert log.stats.model_usage[log.eval.model].input_tokens == 500
        assert "the-key-of" not in log.model_dump_json()


def post(server: ProviderServer, path: str) -> int:
    connection = HTTPConnection(server.url.removeprefix("http://"), timeout=10)
    try:
        connection.request("POST", path, '{"model": "m", "messages": [{"role": "user"}]}')
        return connection.getresponse().status
    finally:
        connection.close()


def test_a_script_that_fails_fails_the_test() -> None:
    def answer(request: Request) -> Reply:
        message = f"no line for {request.model}"
        raise ValueError(message)

    with pytest.raises(ValueError, match="no line for m"), ProviderServer(answer) as server:
        assert post(server, "/v1/chat/completions") == 400


def test_a_path_that_no_provider_has_fails_the_test() -> None:
    with (
        pytest.raises(AssertionError, match="no provider has /v2/models"),
        ProviderServer(lambda _: Says("")) as server,
    ):
        assert post(server, "/v2/models") == 400


def test_leaving_ends_a_wait() -> None:
    server = ProviderServer(lambda _: Waits(3600))
    with server:
        connection = HTTPConnection(server.url.removeprefix("http://"), timeout=10)
        body = '{"model": "m", "messages": [{"role": "user", "content": ""}]}'
        connection.request("POST", "/v1/chat/completions", body)
        while not server.requests:
            time.sleep(0.01)
    with pytest.raises(RemoteDisconnected):
        connection.getresponse()
    connection.close()
