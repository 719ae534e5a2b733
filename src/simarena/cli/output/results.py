"""Results as a table in the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.table import Table

from simarena.cli.output.tables import print_table
from simarena.evaluation.columns import columns
from simarena.evaluation.figures import UNKNOWN
from simarena.evaluation.judged import errata_text
from simarena.evaluation.planned import NOTE, any_marked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import Console

    from simarena.evaluation.columns import Column


def results_table(agents: Sequence[Mapping[str, Any]]) -> Table:
    """Return a table of agents' figures, as `report.json` has them."""
    table = _table(agents, columns(agents, "figures"))
    table.caption, table.caption_justify = NOTE if any_marked(agents) else None, "left"
    return table


def usage_table(agents: Sequence[Mapping[str, Any]]) -> Table | None:
    """Return a table of how reliable agents are and what playing took; None if that is unknown."""
    shown = [each for each in columns(agents, "usage") if each.terminal is not None]
    return _table(agents, shown) if len(shown) > 1 else None  # names alone say nothing


def _table(agents: Sequence[Mapping[str, Any]], shown: Sequence[Column]) -> Table:
    """Return a table that wraps titles and names where the terminal is narrow, never figures."""
    cells = {
        column.short or column.title: [column.terminal(each) for each in agents]
        for column in shown
        if column.terminal is not None
    }
    names, *others = cells
    table = Table(box=None, pad_edge=False)
    table.add_column(names, overflow="fold", min_width=8)
    for title in others:
        table.add_column(title, justify="right", min_width=max(map(len, cells[title])))
    for row in zip(*cells.values(), strict=True):
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


def _signed(interval: Mapping[str, float | None], factor: float, unit: str) -> str:
    """Return a difference with its interval, if it has one."""
    value, low, high = (
        UNKNOWN if bound is None else f"{factor * bound:+.1f}"
        for bound in (interval["value"], interval["low"], interval["high"])
    )
    bounds = "" if UNKNOWN in {low, high} else f" [{low}, {high}]"
    return f"{value}{unit}{bounds}"
