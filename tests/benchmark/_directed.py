"""Inspect directed at a provider server, and in no hurry to wait."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from inspect_ai.model import (
    ChatMessageSystem,
    ChatMessageUser,
    GenerateConfig,
    ModelAPI,
    _model,
    get_model,
)
from inspect_ai.tool import ToolInfo, ToolParams
from inspect_ai.util import JSONSchema
from tenacity import wait_none

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pytest
    from inspect_ai.model import ChatMessage, ModelOutput
    from inspect_ai.tool import ToolChoice
    from tests.benchmark._provider_server import ProviderServer

PROVIDERS = ("anthropic", "google", "openai")
CLAUDE = "anthropic/claude-haiku-4-5"
GEMINI = "google/gemini-2.5-flash-lite"
GPT_5 = "openai/gpt-5-mini"  # the Responses API
GPT_4 = "openai/gpt-4o-mini"  # chat completions
MODELS = (CLAUDE, GEMINI, GPT_5, GPT_4)
POD = ToolParams(
    properties={"pod": JSONSchema(type="string", description="Its name.")}, required=["pod"]
)
TOOLS = (
    ToolInfo(name="look", description="Show a pod.", parameters=POD),
    ToolInfo(name="act", description="Restart a pod.", parameters=POD),
)
QUESTION: tuple[ChatMessage, ...] = (
    ChatMessageSystem(content="You keep a cluster."),
    ChatMessageUser(content="What now?"),
)
# Any of them would lead a client elsewhere, or have it show another key.
DISTRACTIONS = (
    "ANTHROPIC_AUTH_TOKEN",
    "GEMINI_API_KEY",
    "GOOGLE_GENAI_API_VERSION",
    "GOOGLE_GENAI_USE_VERTEXAI",
    "GOOGLE_USE_ADC",
)


def direct(monkeypatch: pytest.MonkeyPatch, server: ProviderServer) -> None:
    """Let models of all providers reach this server, and try again at once what failed.

    Only Inspect's own waits (3 s and more) are left out. The SDKs of Anthropic and OpenAI try
    twice more beneath them, after half a second and a second unless `retry_after_s` says less.
    Google's sleeps for up to ten seconds after a connection that closed without a word, so a
    `Waits` had better outlast the client.
    """
    for name in DISTRACTIONS:
        monkeypatch.delenv(name, raising=False)
    for provider in PROVIDERS:
        for name, value in server.environment(provider).items():
            monkeypatch.setenv(name, value)
    # `get_model` remembers models by their arguments alone: it would return one that still asks
    # the server of an earlier test.
    monkeypatch.setattr(_model, "_models", {})
    monkeypatch.setattr(ModelAPI, "retry_wait", lambda _: wait_none())
    # The picture that the log keeps of a traceback takes up to a second to draw.
    monkeypatch.setattr(_model, "format_traceback", lambda _kind, error, _trace: (str(error), ""))


def ask(
    model: str,
    messages: Sequence[ChatMessage] = QUESTION,
    choice: ToolChoice = "auto",
    *,
    model_args: dict[str, Any] | None = None,
    **config: Any,
) -> ModelOutput:
    """Return one answer of a model, which is offered two tools."""

    async def asked() -> ModelOutput:
        async with get_model(model, **(model_args or {})) as client:
            # Anthropic's client refuses to be asked for much more than this in one piece.
            settings = GenerateConfig(**{"max_tokens": 4096, **config})
            return await client.generate(list(messages), list(TOOLS), choice, config=settings)

    return asyncio.run(asked())
