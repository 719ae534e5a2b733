"""Figures of `report.json` as text, and which of them are worth a column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    IntervalJson = Mapping[str, float | None]

UNKNOWN: Final = "–"
"""What stands where a figure is not known."""


class Column(NamedTuple):
    """One column of a table of agents."""

    title: str
    text: Callable[[Mapping[str, Any]], str]
    """Of an agent's JSON: the figure with its interval, if it has one."""

    brief: Callable[[Mapping[str, Any]], str]
    """The same without interval."""

    aside: bool = False
    """Whether it is left out where there is little room."""


def percent(interval: IntervalJson) -> str:
    """Return a rate with its interval in per cent, from JSON."""
    return _shown(interval, lambda rate: f"{100 * rate:.1f}", " %")


def rate_of(interval: IntervalJson | None) -> str:
    """Return the same of a rate that an agent may not have."""
    return UNKNOWN if interval is None else percent(interval)


def figure(interval: IntervalJson) -> str:
    """Return a figure with its interval, from JSON."""
    return _shown(interval, lambda value: f"{value:.2f}")


def tokens(interval: IntervalJson) -> str:
    """Return a large number with its interval, from JSON."""
    return _shown(interval, lambda value: f"{value:,.0f}")


def dollars(interval: IntervalJson) -> str:
    """Return an amount with its interval, from JSON; cents are split where they matter."""
    return _shown(interval, money)


def money(usd: float) -> str:
    """Return an amount in dollars with as many digits as say something."""
    return f"{usd:,.2f}" if usd >= 1 else f"{usd:.4f}"


def shown_figures(agents: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Return title and key of the figures worth a column: those known of at least one agent."""
    columns = [
        ("steps to solve", "steps"),
        ("× optimum", "steps_over_optimal"),
        ("return", "reward"),
        ("blocked actions", "blocked"),
        ("waste", "waste"),
    ]
    return [
        (title, key)
        for title, key in columns
        if any(each[key]["value"] is not None for each in agents)
    ]


def shown_usage(agents: Sequence[Mapping[str, Any]]) -> list[Column]:
    """Return the columns on calls, tokens, cost and time that are known of at least one agent."""
    columns = [
        _mean("tool calls", "tool_calls", figure),
        _mean("invalid", "invalid", figure),
        _mean("tokens in", "input_tokens", tokens),
        _mean("tokens out", "output_tokens", tokens),
        _mean("cost, $", "cost_usd", dollars),
        _total("all tokens in", "input_tokens", lambda total: f"{total:,.0f}", aside=True),
        _total("all tokens out", "output_tokens", lambda total: f"{total:,.0f}", aside=True),
        _total("whole cost, $", "cost_usd", money),
        _latency("calls", "num_calls", lambda count: f"{count:,}", aside=True),
        _latency("P50, s", "p50_s", lambda seconds: f"{seconds:.2f}"),
        _latency("P95, s", "p95_s", lambda seconds: f"{seconds:.2f}"),
    ]
    return [column for column in columns if any(column.brief(each) != UNKNOWN for each in agents)]


def _mean(title: str, key: str, text: Callable[[IntervalJson], str]) -> Column:
    def brief(agent: Mapping[str, Any]) -> str:
        return text(agent[key] | {"low": None})

    return Column(title, lambda agent: text(agent[key]), brief)


def _total(title: str, key: str, text: Callable[[float], str], *, aside: bool = False) -> Column:
    def shown(agent: Mapping[str, Any]) -> str:
        return text(agent["totals"][key]) if key in agent["totals"] else UNKNOWN

    return Column(title, shown, shown, aside)


def _latency(title: str, key: str, text: Callable[[Any], str], *, aside: bool = False) -> Column:
    def shown(agent: Mapping[str, Any]) -> str:
        return UNKNOWN if agent["latency"] is None else text(agent["latency"][key])

    return Column(title, shown, shown, aside)


def _shown(interval: IntervalJson, text: Callable[[float], str], unit: str = "") -> str:
    value, low, high = (interval[key] for key in ("value", "low", "high"))
    if value is None:
        return UNKNOWN
    bounds = "" if low is None or high is None else f" [{text(low)}, {text(high)}]"
    return f"{text(value)}{unit}{bounds}"
