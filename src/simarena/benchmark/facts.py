"""How a run was played, for its reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.benchmark.identity import endpoint_in_log, endpoint_of, endpoints
from simarena.benchmark.logs import task_text
from simarena.benchmark.prices import price_text
from simarena.benchmark.task import VERSION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simarena.benchmark.logs import Log
    from simarena.benchmark.settings import BenchSettings


def facts_of(settings: BenchSettings, logs: Sequence[Log]) -> dict[str, str]:
    """Return what a reader has to know of how it was played."""
    rules = settings.rules
    facts = {
        "plays of each scenario": str(settings.epochs),
        "steps of an episode": "the scenario's" if rules.steps is None else str(rules.steps),
    }
    if settings.models:
        facts |= {
            "models act by": "calling a tool" if rules.answer == "tool" else "answering with JSON",
            "looks before each step": f"at most {rules.max_tool_rounds}",
            "trying actions out": "allowed" if rules.what_if else "not allowed",
            "temperature": "the provider's"
            if settings.temperature is None
            else f"{settings.temperature:g}",
            "seconds of an episode": _at_most(settings.time_limit_s),
            "tokens of an episode": _at_most(settings.token_limit),
            "tokens of an answer": _at_most(settings.max_tokens),
            **{f"endpoint of {name}": _endpoint(name, settings, logs) for name in settings.models},
            "task": task_text(VERSION),
        }
        prices = settings.prices or {}
        facts |= {
            f"price of {name}": price_text(prices[name]) if name in prices else "not known"
            for name in settings.models
        }
        played = sorted({log.header.eval.created[:10] for log in logs})
        facts |= {"played on": ", ".join(played)} if played else {}
    return facts


def _endpoint(model: str, settings: BenchSettings, logs: Sequence[Log]) -> str:
    """Return where a model was reached, or will be."""
    told = [endpoint_in_log(log.header) for log in logs if log.model == model]
    now = told[0] if told else endpoint_of(model, settings.base_url, endpoints())
    return now or "the provider's"


def _at_most(limit: int | None) -> str:
    return "not limited" if limit is None else f"at most {limit:,}"
