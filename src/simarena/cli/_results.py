"""Results as a table in the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.table import Table

from simarena.cli._tables import print_table
from simarena.evaluation.comparison.table import varying_repeats
from simarena.evaluation.figures import UNKNOWN, shown_figures, shown_usage
from simarena.evaluation.judged import errata_text
from simarena.evaluation.planned import NOTE, any_marked, any_missing, marked, planned

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import Console


def results_table(agents: Sequence[Mapping[str, Any]]) -> Table:
    """Return a table of agents' figures, as `report.json` has them."""
    missing = any_missing(agents)
    # A terminal of 80 letters has no room for both this column and that of plays.
    columns = [each for each in shown_figures(agents) if not missing or each[1] != "blocked"]
    rows = [
        [
            marked(each),
            *([str(planned(each))] if missing else []),
            f"{each['solve_rate']['value']:.1%}",
            _bounds(each["solve_rate"]),
            *(_brief(each[key]["value"]) for _, key in columns),
        ]
        for each in agents
    ]
    plays = ["plays"] if missing else []
    titles = ["agent", *plays, "solved", "95 % interval", *(title for title, _ in columns)]
    table = _table(titles, rows)
    table.caption, table.caption_justify = NOTE if any_marked(agents) else None, "left"
    return table


def usage_table(agents: Sequence[Mapping[str, Any]]) -> Table | None:
    """Return a table of how reliable agents are and what playing took; None if that is unknown."""
    repeats = varying_repeats(agents)[-1:]
    columns = [column for column in shown_usage(agents) if not column.aside]
    if not repeats and not columns:
        return None
    rows = [
        [
            each["agent"],
            *(_percent(each["pass_pow_k"].get(k)) for k in repeats),
            *(column.brief(each) for column in columns),
        ]
        for each in agents
    ]
    titles = [*(f"pass^{k}" for k in repeats), *(column.title for column in columns)]
    return _table(["agent", *titles], rows)


def _table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    """Return a table that wraps titles and names where the terminal is narrow, never figures."""
    table = Table(box=None, pad_edge=False)
    table.add_column(titles[0], overflow="fold", min_width=8)
    for title, cells in zip(titles[1:], list(zip(*rows, strict=True))[1:], strict=True):
        table.add_column(title, justify="right", min_width=max(map(len, cells)))
    for row in rows:
        table.add_row(*map(escape, row))
    return table


def print_comparison(console: Console, comparison: Mapping[str, Any]) -> None:
    """Print the agents of a comparison, how they do by family, and how the first one differs."""
    agents = comparison["agents"]
    if agents:
        print_table(console, results_table(agents))
        if text := errata_text(comparison.get("errata") or {}):
            console.print(text, highlight=False, markup=False)
        _print_families(console, agents)
        if (usage := usage_table(agents)) is not None:
            console.print()
            print_table(console, usage)
    if comparison["differences"]:
        console.print()
    for each in comparison["differences"]:
        solved, steps = each["solved"]["difference"], each["steps"]["difference"]
        console.print(
            f"{each['first']} − {each['second']}: "
            f"solved {_signed(solved, 100, '%')}, steps {_signed(steps, 1, '')}",
            highlight=False,
            markup=False,
        )
    print_failures(console, comparison["failures"])


def print_failures(console: Console, failures: Sequence[Mapping[str, Any]]) -> None:
    """Print which agents have plays without a result, and why; nothing if none has."""
    if failures:
        console.print()
    for each in failures:
        kinds = ", ".join(f"{kind} {count}" for kind, count in each["kinds"].items())
        console.print(
            f"{each['agent']}: plays without a result: {each['num_plays']} ({kinds}), "
            f"mostly: {each['messages'][0]['message']}",
            highlight=False,
            markup=False,
        )


def _print_families(console: Console, agents: Sequence[Mapping[str, Any]]) -> None:
    families = agents[0]["solve_rate_by_family"]
    if len(families) < 2:  # noqa: PLR2004 one family is the whole
        return
    console.print()
    for family in families:
        rates = (
            f"{each['agent']} {rate['value']:.0%}"
            for each in agents
            if (rate := each["solve_rate_by_family"].get(family)) is not None
        )
        console.print(f"{family}: {', '.join(rates)}", highlight=False, markup=False)


def _bounds(interval: Mapping[str, float | None]) -> str:
    low, high = interval["low"], interval["high"]
    return "–" if low is None or high is None else f"{100 * low:.1f}–{high:.1%}"


def _percent(interval: Mapping[str, float | None] | None) -> str:
    value = None if interval is None else interval["value"]
    return UNKNOWN if value is None else f"{value:.1%}"


def _brief(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:.2f}"


def _signed(interval: Mapping[str, float | None], factor: float, unit: str) -> str:
    """Return a difference with its interval, if it has one."""
    value, low, high = (
        UNKNOWN if bound is None else f"{factor * bound:+.1f}"
        for bound in (interval["value"], interval["low"], interval["high"])
    )
    bounds = "" if UNKNOWN in {low, high} else f" [{low}, {high}]"
    return f"{value}{unit}{bounds}"
