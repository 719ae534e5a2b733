"""The rows of the board's tables: what is written in each cell, and what it is sorted by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from simarena.evaluation.comparison.table import varying_repeats
from simarena.evaluation.figures import UNKNOWN, money
from simarena.evaluation.planned import any_missing, planned

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Agent = Mapping[str, Any]
    IntervalJson = Mapping[str, float | None]

MOST_IN_MATRIX: Final = 12
"""Agents; of more, only the differences from the best are shown."""

LEVELS: Final = 10
"""Shades of a rate from none to all, beside the one for none."""


class Cell(NamedTuple):
    """What one cell shows."""

    text: str
    bounds: str = ""
    value: float | str = ""
    """What the column is sorted by; empty stands last."""

    bar: dict[str, float] | None = None
    """A rate with its interval in per cent, to be drawn."""

    level: int | None = None
    clear: bool = False
    """Whether a difference excludes 0."""


class BoardColumn(NamedTuple):
    """One column of the board."""

    title: str
    meaning: str
    first: str
    """Which way to sort when it is chosen first."""

    cell: Callable[[Agent], Cell]


_NOTHING: Final = Cell(UNKNOWN)


def board_columns(agents: Sequence[Agent]) -> list[BoardColumn]:
    """Return the columns of which something is known of at least one agent."""
    missing = any_missing(agents)
    columns = [
        BoardColumn("Solved", "Share of scenarios solved", "descending", _solved),
        *([_plays_with_result()] if missing else []),
        BoardColumn(
            "Over families",
            "Interval of the same rate, scenarios of one family taken for variants of one problem",
            "descending",
            _over_families,
        ),
        *(_repeats(k) for k in varying_repeats(agents)[-1:]),
        _mean("Steps", "Steps to solve, the whole limit where unsolved", "steps", _plain),
        _mean(
            "× optimum", "Steps over those of the shortest solutions", "steps_over_optimal", _plain
        ),
        _mean("Tool calls", "Calls of tools that only look, an episode", "tool_calls", _plain),
        _mean(
            "Invalid", "Answers that named nothing that can be done, an episode", "invalid", _plain
        ),
        _mean("Tokens in", "Tokens given to the model, an episode", "input_tokens", _whole),
        _mean("Tokens out", "Tokens made by the model, an episode", "output_tokens", _whole),
        _mean("$ / episode", "What the tokens of an episode cost", "cost_usd", money),
        BoardColumn("$ in all", "What all plays cost", "ascending", _whole_cost),
        _latency("P50, s", "Half of the model's answers come within so many seconds", "p50_s"),
        _latency("P95, s", "19 of 20 answers come within so many seconds", "p95_s"),
    ]
    if not missing:
        columns.append(BoardColumn("Plays", "Scenarios times their plays", "descending", _plays))
    return [column for column in columns if any(column.cell(each) != _NOTHING for each in agents)]


def family_rows(agents: Sequence[Agent]) -> list[dict[str, Any]]:
    """Return a row for each family, by name; none if there is but one."""
    families = sorted({family for each in agents for family in each["solve_rate_by_family"]})
    if len(families) < 2:  # noqa: PLR2004 one family is the whole
        return []
    return [
        {
            "family": family,
            "cells": [_rate(each["solve_rate_by_family"].get(family)) for each in agents],
        }
        for family in families
    ]


def reason_rows(agents: Sequence[Agent]) -> list[dict[str, Any]]:
    """Return for each reason how many plays of each agent it left unsolved, by name."""
    words = sorted({word for each in agents for word in each["reasons"]})
    return [
        {"word": word, "counts": [each["reasons"].get(word, 0) for each in agents]}
        for word in words
    ]


def difference_matrix(
    agents: Sequence[Agent], differences: Sequence[Mapping[str, Any]]
) -> dict[str, Any] | None:
    """Return what each agent is ahead of each other, None if there is but one.

    With more than `MOST_IN_MATRIX` agents it is one column: what the best is ahead of each other.
    """
    names = [each["agent"] for each in agents]
    if len(names) < 2:  # noqa: PLR2004 one alone differs from nobody
        return None
    known = {(each["first"], each["second"]): each["difference"] for each in differences}
    if len(names) > MOST_IN_MATRIX:
        rows = [(other, [_ahead(known.get((names[0], other)), -1)]) for other in names[1:]]
        return _matrix(names[:1], rows)
    rows = [
        (
            row,
            [
                _ahead(known.get((row, column)), 1)
                if (row, column) in known
                else _ahead(known.get((column, row)), -1)
                for column in names
            ],
        )
        for row in names
    ]
    return _matrix(names, rows)


def _matrix(columns: list[str], rows: list[tuple[str, list[Cell]]]) -> dict[str, Any]:
    return {
        "columns": columns,
        "rows": [{"agent": agent, "cells": cells} for agent, cells in rows],
    }


def _solved(agent: Agent) -> Cell:
    rate = agent["solve_rate"]
    bar = {key: round(100 * rate[key], 2) for key in ("value", "low", "high")}
    return Cell(f"{bar['value']:.1f} %", _percent_bounds(rate), rate["value"], bar)


def _over_families(agent: Agent) -> Cell:
    rate = agent["solve_rate_over_families"]
    if rate["value"] is None:
        return _NOTHING
    return Cell(_percent_bounds(rate), value=rate["low"])


def _repeats(k: str) -> BoardColumn:
    def cell(agent: Agent) -> Cell:
        rate = agent["pass_pow_k"].get(k)
        if rate is None or rate["value"] is None:
            return _NOTHING
        return Cell(f"{100 * rate['value']:.1f} %", _percent_bounds(rate), rate["value"])

    return BoardColumn(
        f"pass^{k}", f"Share of scenarios that all of {k} plays solve", "descending", cell
    )


def _mean(title: str, meaning: str, key: str, text: Callable[[float], str]) -> BoardColumn:
    def cell(agent: Agent) -> Cell:
        value, low, high = (agent[key][name] for name in ("value", "low", "high"))
        if value is None:
            return _NOTHING
        bounds = "" if low is None or high is None else f"{text(low)}–{text(high)}"
        return Cell(text(value), bounds, value)

    return BoardColumn(title, meaning, "ascending", cell)


def _latency(title: str, meaning: str, key: str) -> BoardColumn:
    def cell(agent: Agent) -> Cell:
        if agent["latency"] is None:
            return _NOTHING
        return Cell(_plain(agent["latency"][key]), value=agent["latency"][key])

    return BoardColumn(title, meaning, "ascending", cell)


def _whole_cost(agent: Agent) -> Cell:
    cost = agent["totals"].get("cost_usd")
    return _NOTHING if cost is None else Cell(f"{cost:,.2f}", value=cost)


def _plays(agent: Agent) -> Cell:
    return Cell(f"{agent['num_plays']:,}", _of_scenarios(agent), agent["num_plays"])


def _plays_with_result() -> BoardColumn:
    def cell(agent: Agent) -> Cell:
        plays = planned(agent)
        return Cell(str(plays), _of_scenarios(agent), round(plays.num_plays / plays.num_planned, 6))

    return BoardColumn(
        "Plays with result",
        "Plays with a result / those planned; the others were ended by a provider, the network or "
        "the environment",
        "ascending",
        cell,
    )


def _of_scenarios(agent: Agent) -> str:
    scenarios = agent["num_scenarios"]
    return f"of {scenarios:,} scenario{'' if scenarios == 1 else 's'}"


def _rate(rate: IntervalJson | None) -> Cell:
    if rate is None or rate["value"] is None:
        return _NOTHING
    value = rate["value"]
    return Cell(f"{100 * value:.0f} %", _percent_bounds(rate), value, level=round(value * LEVELS))


def _ahead(difference: IntervalJson | None, sign: int) -> Cell:
    if difference is None:
        return Cell("")
    value, low, high = (difference[key] or 0.0 for key in ("value", "low", "high"))
    low, high = sorted((sign * low, sign * high))
    return Cell(
        _signed(sign * value), f"{_signed(low)} … {_signed(high)}", clear=not low <= 0 <= high
    )


def _signed(share: float) -> str:
    """Return percentage points with their sign, a true minus."""
    return f"{100 * share:+.1f}".replace("-", "−").replace("+0.0", "0.0").replace("−0.0", "0.0")


def _percent_bounds(rate: IntervalJson) -> str:
    low, high = rate["low"], rate["high"]
    return "" if low is None or high is None else f"{100 * low:.0f}–{100 * high:.0f} %"


def _plain(value: float) -> str:
    return f"{value:.2f}"


def _whole(value: float) -> str:
    return f"{value:,.0f}"
