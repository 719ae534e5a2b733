"""Models by the names that Inspect gives them, and what must be there to reach them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from simarena.benchmark.inspect_errors import one_line
from simarena.errors import ConfigError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from inspect_ai.model import Model

DEFAULT_MODELS: Final = {
    "anthropic": "anthropic/claude-sonnet-4-6",
    "gemini": "google/gemini-2.5-flash-lite",
    "openai": "openai/gpt-5-mini",
}
"""What a provider's name alone stands for."""


_MOCK: Final = "mockllm/"


def default_model(provider: str) -> str:
    """Return the model that a provider's name stands for; UnknownNameError where there is none."""
    if provider not in DEFAULT_MODELS:
        raise UnknownNameError("provider", provider, DEFAULT_MODELS)  # noqa: EM101 a kind, not a message
    return DEFAULT_MODELS[provider]


def playable(name: str) -> str | Model:
    """Return what Inspect is to play: the name, or for its mock model one that needs no network.

    Where an answer does not say how many tokens it took, Inspect downloads an encoding to count
    them; the mock's answers say that they took none.
    """
    if not name.startswith(_MOCK):
        return name
    from inspect_ai.model import ModelOutput, ModelUsage, get_model

    def answer(*_: object) -> ModelOutput:
        output = ModelOutput.from_content(name, "Nothing: this is a mock model.")
        output.usage = ModelUsage()
        return output

    return get_model(name, custom_outputs=answer, memoize=False)


def require_usable(models: Iterable[str], base_url: str | None = None) -> None:
    """Refuse models that cannot be reached, before anything is played.

    Keys come from the environment, or from a file `.env` in this folder or above it. Nothing is
    sent.

    Raises:
        ConfigError: there is no such model, or its key or its package is missing.
    """
    from dotenv import find_dotenv, load_dotenv
    from inspect_ai.model import get_model

    if base_url is not None and (urlsplit(base_url).username or urlsplit(base_url).password):
        message = "--base-url holds a password, and would be logged; keys belong to the environment"
        raise ConfigError(message)
    load_dotenv(find_dotenv(usecwd=True))
    for name in models:
        try:
            get_model(name, base_url=base_url, memoize=False)
        except Exception as error:  # providers raise what they like
            message = f"model {name!r} cannot be used: {one_line(error)}"
            raise ConfigError(message) from error
