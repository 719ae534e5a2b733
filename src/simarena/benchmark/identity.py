"""Who a model is on boards: its name, where it was reached, and the rules that it played by.

Plays of one identity are put together, in reports, comparisons and leaderboards, and all of these
know an agent by its name alone. So the name tells whatever is not as usual: `openai/gpt-5-mini at
localhost:8000/v1 (json, 5 steps, temperature 0.7)`.
"""

from __future__ import annotations

import os
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from simarena.benchmark.rules import Rules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from inspect_ai.log import EvalLog

    from simarena.benchmark.settings import BenchSettings

ENDPOINTS: Final = "endpoints"
"""Where a log's metadata tells what the providers' variables said."""

_PROVIDERS: Final = (
    "anthropic",
    "deepseek",
    "google",
    "grok",
    "groq",
    "mistral",
    "ollama",
    "openai",
    "openrouter",
    "sglang",
    "together",
    "vllm",
)
"""Those whose variable `<PROVIDER>_BASE_URL` leads elsewhere."""

_EVERYBODY: Final = "INSPECT_EVAL_MODEL_BASE_URL"

_TECHNICAL: Final = frozenset(
    {
        "max_retries",
        "timeout",
        "attempt_timeout",
        "stream_idle_timeout",
        "max_connections",
        "adaptive_connections",
        "seed",
        "logprobs",
        "top_logprobs",
        "prompt_logprobs",
        "parallel_tool_calls",
        "cache_prompt",
        "cache",
        "batch",
        "fail_on_refusal",
        "extra_headers",
    }
)
"""Settings of generation that are patience, chance or transport: they change no rule. Headers may
hold keys."""

_LIMITS: Final = {
    "token_limit": "{:,} tokens",
    "time_limit": "{:,} s",
    "working_limit": "{:,} s of work",
    "message_limit": "{:,} messages",
    "cost_limit": "$ {:,}",
}
"""What Inspect may limit of an episode, and how a name tells it."""

_MOST_LETTERS: Final = 40  # of a setting's value


def shown_endpoint(url: str) -> str:
    """Return where a URL leads, without scheme, user, password and query."""
    parts = urlsplit(url if "//" in url else f"//{url}")
    return parts.netloc.rpartition("@")[2].lower() + parts.path.rstrip("/")


def endpoints() -> dict[str, str]:
    """Return where the environment's variables lead models, by provider; `*` is everybody else."""
    told = {name: os.environ.get(f"{name.upper()}_BASE_URL") for name in _PROVIDERS}
    told["*"] = os.environ.get(_EVERYBODY)
    return {name: shown_endpoint(url) for name, url in told.items() if url}


def endpoint_of(model: str, base_url: str | None, told: Mapping[str, str]) -> str | None:
    """Return where a model is reached, if not where its provider has it.

    What a command names comes before what variables `told` (`endpoints`).
    """
    if base_url:
        return shown_endpoint(base_url)
    return told.get(model.partition("/")[0]) or told.get("*")


def model_name(
    model: str,
    *,
    endpoint: str | None = None,
    rules: Mapping[str, Any] | None = None,
    limits: Mapping[str, Any] | None = None,
    generation: Mapping[str, Any] | None = None,
) -> str:
    """Return what a model that is reached and plays so is called on boards.

    `limits` are those of Inspect's configuration, `generation` of its configuration of answers.
    """
    marks = [
        *_rule_marks(rules or {}),
        *(
            text.format(limits[name])
            for name, text in _LIMITS.items()
            if limits is not None and limits.get(name) is not None
        ),
        *(
            f"{name.replace('_', ' ')} {_written(value)}"
            for name, value in sorted((generation or {}).items())
            if name not in _TECHNICAL and value is not None
        ),
    ]
    where = model if endpoint is None else f"{model} at {endpoint}"
    return f"{where} ({', '.join(marks)})" if marks else where


def program_name(name: str, rules: Rules) -> str:
    """Return what an agent without a model is called: of the rules only steps concern it."""
    return name if rules.steps is None else f"{name} ({_steps(rules.steps)})"


def _steps(number: int) -> str:
    return f"{number} step" if number == 1 else f"{number} steps"


def name_by_settings(model: str, settings: BenchSettings) -> str:
    """Return what a model will be called that is to play by these settings."""
    return model_name(
        model,
        endpoint=endpoint_of(model, settings.base_url, endpoints()),
        rules=settings.rules.to_json(),
        limits={"token_limit": settings.token_limit, "working_limit": settings.time_limit_s},
        generation={"temperature": settings.temperature, "max_tokens": settings.max_tokens},
    )


def name_in_log(header: EvalLog) -> str:
    """Return what the model of one of Inspect's logs is called."""
    metadata = header.eval.metadata or {}
    return model_name(
        header.eval.model,
        endpoint=endpoint_in_log(header),
        rules=metadata.get("rules"),
        limits=header.eval.config.model_dump(),
        generation=header.eval.model_generate_config.model_dump(exclude_none=True)
        | header.plan.config.model_dump(exclude_none=True)
        | _arguments(header.eval.model_args),
    )


def endpoint_in_log(header: EvalLog) -> str | None:
    """Return where the model of one of Inspect's logs was reached, if not as usual."""
    told = (header.eval.metadata or {}).get(ENDPOINTS) or {}
    return endpoint_of(header.eval.model, header.eval.model_base_url, told)


def _rule_marks(rules: Mapping[str, Any]) -> list[str]:
    usual = {each.name: each.default for each in fields(Rules)}
    played: dict[str, Any] = usual | {name: value for name, value in rules.items() if name in usual}
    texts = {
        "answer": str(played["answer"]),
        "what_if": "what-if",
        "steps": _steps(played["steps"]),
        "max_tool_rounds": f"{played['max_tool_rounds']} looks",
    }
    return [text for name, text in texts.items() if played[name] != usual[name]]


def _arguments(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of a model that may change what it answers; none that may be a key."""
    return {
        name: value
        for name, value in given.items()
        if isinstance(value, str | int | float)
        and not any(word in name.lower() for word in ("key", "token", "secret", "header"))
    }


def _written(value: object) -> str:
    text = f"{value:g}" if isinstance(value, float) else " ".join(str(value).split())
    return text if len(text) <= _MOST_LETTERS else text[: _MOST_LETTERS - 1] + "…"
