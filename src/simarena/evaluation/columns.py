"""The columns of tables of agents: reports in Markdown, tables in a terminal, the leaderboard.

A column is one entry of `_columns`: what it is called, which figure of an agent's JSON it shows,
how that is written, and where. A further one is written here, and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from simarena.evaluation.figures import (
    UNKNOWN,
    cents,
    money,
    percent,
    two_digits,
    whole,
    with_bounds,
)
from simarena.evaluation.planned import any_missing, marked, planned
from simarena.evaluation.repeats import varying_repeats

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Agent = Mapping[str, Any]
    Agents = Sequence[Agent]
    IntervalJson = Mapping[str, float | None]

Table = Literal["figures", "usage"]
"""The table that tells how agents do, and the one that tells what playing took."""


class Cell(NamedTuple):
    """What one cell of the leaderboard shows."""

    text: str
    bounds: str = ""
    value: float | str = ""
    """What the column is sorted by; empty stands last."""

    bar: dict[str, float] | None = None
    """A rate with its interval in per cent, to be drawn."""

    level: int | None = None
    clear: bool = False
    """Whether a difference excludes 0."""


NOTHING: Final = Cell(UNKNOWN)


class BoardColumn(NamedTuple):
    """A column as the leaderboard has it."""

    title: str
    meaning: str
    first: Literal["ascending", "descending"]
    """Which way to sort when it is chosen first."""

    cell: Callable[[Agent], Cell]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column; where it has nothing to show it with, it does not stand."""

    title: str = ""
    short: str = ""
    """Title in a terminal, where it is another."""

    table: Table = "figures"
    report: Callable[[Agent], str] | None = None
    """Its cell in Markdown, with the interval if there is one."""

    terminal: Callable[[Agent], str] | None = None
    """Its cell in a terminal, short."""

    board: BoardColumn | None = None
    over_seeds: SeedsColumn | None = None
    is_known: Callable[[Agent], bool] = lambda _: True
    """Whether there is anything to show of an agent; a column stands if there is of any."""


class SeedsColumn(NamedTuple):
    """A column of the table of several trainings, whose mean over them is told."""

    key: str
    """The figure of a summary."""

    least: float
    """Less it cannot be."""


def columns(agents: Agents, table: Table) -> list[Column]:
    """Return the columns of a table of which something is known of at least one agent."""
    return [
        each for each in _columns(agents) if each.table == table and any(map(each.is_known, agents))
    ]


def board_columns(agents: Agents) -> list[BoardColumn]:
    """Return those of the leaderboard."""
    return [
        each.board
        for each in _columns(agents)
        if each.board is not None and any(map(each.is_known, agents))
    ]


def seeds_columns() -> dict[str, SeedsColumn]:
    """Return those of the table of several trainings, by their titles."""
    return {each.title: each.over_seeds for each in _columns([]) if each.over_seeds is not None}


def _columns(agents: Agents) -> list[Column]:
    """Return all columns in the order in which they stand, whatever is known."""
    missing = any_missing(agents)
    reliable = varying_repeats(agents)[-1:]
    return [
        Column(title="agent", report=marked, terminal=marked),
        *([_PLAYS] if missing else []),
        _SOLVED,
        Column(title="95 % interval", terminal=_brief_bounds),
        *([_PLAYS_WITH_RESULT] if missing else []),
        _OVER_FAMILIES,
        *(_pass_pow_on_board(k) for k in reliable),
        _mean(
            "steps to solve",
            "steps",
            two_digits,
            least=0.0,
            board=("Steps", "Steps to solve, the whole limit where unsolved"),
        ),
        _mean(
            "× optimum",
            "steps_over_optimal",
            two_digits,
            least=1.0,
            board=("× optimum", "Steps over those of the shortest solutions"),
        ),
        _mean("return", "reward", two_digits, least=-float("inf")),
        # A terminal of 80 letters has no room for both this column and that of plays.
        _mean("blocked actions", "blocked", two_digits, least=0.0, aside=missing),
        _mean("waste", "waste", two_digits, least=0.0),
        Column(title="median steps", report=_median_steps),
        Column(title="agent", table="usage", report=_name, terminal=_name),
        *(_pass_pow(k) for k in reliable),
        _mean(
            "tool calls",
            "tool_calls",
            two_digits,
            "usage",
            board=("Tool calls", "Calls of tools that only look, an episode"),
        ),
        _mean(
            "invalid",
            "invalid",
            two_digits,
            "usage",
            board=("Invalid", "Answers that named nothing that can be done, an episode"),
        ),
        _mean(
            "tokens in",
            "input_tokens",
            whole,
            "usage",
            board=("Tokens in", "Tokens given to the model, an episode"),
        ),
        _mean(
            "tokens out",
            "output_tokens",
            whole,
            "usage",
            board=("Tokens out", "Tokens made by the model, an episode"),
        ),
        _mean(
            "cost, $",
            "cost_usd",
            money,
            "usage",
            board=("$ / episode", "What the tokens of an episode cost"),
        ),
        _total("all tokens in", "input_tokens", whole, aside=True),
        _total("all tokens out", "output_tokens", whole, aside=True),
        _total(
            "whole cost, $", "cost_usd", money, board=("$ in all", "What all plays cost", cents)
        ),
        _latency("calls", "num_calls", whole, aside=True),
        _latency(
            "P50, s",
            "p50_s",
            two_digits,
            board=("P50, s", "Half of the model's answers come within so many seconds"),
        ),
        _latency(
            "P95, s",
            "p95_s",
            two_digits,
            board=("P95, s", "19 of 20 answers come within so many seconds"),
        ),
        *([] if missing else [_ALL_PLAYS]),
    ]


def _mean(
    title: str,
    key: str,
    text: Callable[[float], str],
    table: Table = "figures",
    *,
    board: tuple[str, str] | None = None,
    least: float | None = None,
    aside: bool = False,
) -> Column:
    """Return the column of a mean that may have an interval, `aside` where there is room."""

    def cell(agent: Agent) -> Cell:
        value, low, high = (agent[key][name] for name in ("value", "low", "high"))
        if value is None:
            return NOTHING
        bounds = "" if low is None or high is None else f"{text(low)}–{text(high)}"
        return Cell(text(value), bounds, value)

    return Column(
        title=title,
        table=table,
        report=lambda agent: with_bounds(agent[key], text),
        terminal=None if aside else lambda agent: with_bounds(agent[key] | {"low": None}, text),
        board=None if board is None else BoardColumn(*board, "ascending", cell),
        over_seeds=None if least is None else SeedsColumn(key, least),
        is_known=lambda agent: agent[key]["value"] is not None,
    )


def _total(
    title: str,
    key: str,
    text: Callable[[float], str],
    *,
    board: tuple[str, str, Callable[[float], str]] | None = None,
    aside: bool = False,
) -> Column:
    """Return the column of a sum over all plays; the board may write it in its own way."""
    return _single(title, lambda agent: agent["totals"].get(key), text, board=board, aside=aside)


def _latency(
    title: str,
    key: str,
    text: Callable[[float], str],
    *,
    board: tuple[str, str] | None = None,
    aside: bool = False,
) -> Column:
    """Return a column of how long a model's calls took."""
    on_board = None if board is None else (*board, text)
    return _single(
        title, lambda agent: (agent["latency"] or {}).get(key), text, board=on_board, aside=aside
    )


def _single(
    title: str,
    value_of: Callable[[Agent], float | None],
    text: Callable[[float], str],
    *,
    board: tuple[str, str, Callable[[float], str]] | None,
    aside: bool,
) -> Column:
    """Return the column of a figure of what playing took that has no interval."""

    def shown(agent: Agent) -> str:
        value = value_of(agent)
        return UNKNOWN if value is None else text(value)

    def cell(agent: Agent) -> Cell:
        value = value_of(agent)
        return NOTHING if board is None or value is None else Cell(board[2](value), value=value)

    return Column(
        title=title,
        table="usage",
        report=shown,
        terminal=None if aside else shown,
        board=None if board is None else BoardColumn(board[0], board[1], "ascending", cell),
        is_known=lambda agent: value_of(agent) is not None,
    )


def percent_bounds(rate: IntervalJson) -> str:
    """Return the interval of a rate in whole per cent; nothing if there is none."""
    low, high = rate["low"], rate["high"]
    return "" if low is None or high is None else f"{100 * low:.0f}–{100 * high:.0f} %"


def _name(agent: Agent) -> str:
    return str(agent["agent"])


def _median_steps(agent: Agent) -> str:
    median = agent["curve"]["median"]["value"]
    return UNKNOWN if median is None else f"{median:g}"


def _brief_bounds(agent: Agent) -> str:
    low, high = agent["solve_rate"]["low"], agent["solve_rate"]["high"]
    return UNKNOWN if low is None or high is None else f"{100 * low:.1f}–{high:.1%}"


def _solved_cell(agent: Agent) -> Cell:
    rate = agent["solve_rate"]
    bar = {key: round(100 * rate[key], 2) for key in ("value", "low", "high")}
    return Cell(f"{bar['value']:.1f} %", percent_bounds(rate), rate["value"], bar)


def _over_families_cell(agent: Agent) -> Cell:
    rate = agent["solve_rate_over_families"]
    return NOTHING if rate["value"] is None else Cell(percent_bounds(rate), value=rate["low"])


def _pass_pow(k: str) -> Column:
    def shown(agent: Agent) -> str:
        rate = agent["pass_pow_k"].get(k)
        return UNKNOWN if rate is None or rate["value"] is None else f"{rate['value']:.1%}"

    return Column(title=f"pass^{k}", table="usage", terminal=shown)


def _pass_pow_on_board(k: str) -> Column:
    def cell(agent: Agent) -> Cell:
        rate = agent["pass_pow_k"].get(k)
        if rate is None or rate["value"] is None:
            return NOTHING
        return Cell(f"{100 * rate['value']:.1f} %", percent_bounds(rate), rate["value"])

    meaning = f"Share of scenarios that all of {k} plays solve"
    return Column(
        board=BoardColumn(f"pass^{k}", meaning, "descending", cell),
        is_known=lambda agent: cell(agent) != NOTHING,
    )


def _plays_cell(agent: Agent) -> Cell:
    return Cell(f"{agent['num_plays']:,}", _of_scenarios(agent), agent["num_plays"])


def _plays_with_result_cell(agent: Agent) -> Cell:
    plays = planned(agent)
    return Cell(str(plays), _of_scenarios(agent), round(plays.num_plays / plays.num_planned, 6))


def _of_scenarios(agent: Agent) -> str:
    scenarios = agent["num_scenarios"]
    return f"of {scenarios:,} scenario{'' if scenarios == 1 else 's'}"


_PLAYS: Final = Column(
    title="plays: with a result / planned",
    short="plays",
    report=lambda agent: str(planned(agent)),
    terminal=lambda agent: str(planned(agent)),
)
_SOLVED: Final = Column(
    title="solved",
    report=lambda agent: percent(agent["solve_rate"]),
    terminal=lambda agent: f"{agent['solve_rate']['value']:.1%}",
    board=BoardColumn("Solved", "Share of scenarios solved", "descending", _solved_cell),
)
_PLAYS_WITH_RESULT: Final = Column(
    board=BoardColumn(
        "Plays with result",
        "Plays with a result / those planned; the others were ended by a provider, the network or "
        "the environment",
        "ascending",
        _plays_with_result_cell,
    )
)
_OVER_FAMILIES: Final = Column(
    title="over families",
    report=lambda agent: percent(agent["solve_rate_over_families"]),
    board=BoardColumn(
        "Over families",
        "Interval of the same rate, scenarios of one family taken for variants of one problem",
        "descending",
        _over_families_cell,
    ),
    is_known=lambda agent: agent["solve_rate_over_families"]["value"] is not None,
)
_ALL_PLAYS: Final = Column(
    board=BoardColumn("Plays", "Scenarios times their plays", "descending", _plays_cell)
)
