"""Results as a table in the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.table import Table

from simarena.training.comparison_table import varying_repeats
from simarena.training.figures import shown_figures, shown_usage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import Console


def results_table(agents: Sequence[Mapping[str, Any]]) -> Table:
    """Return a table of agents' figures, as `report.json` has them."""
    columns = shown_figures(agents)
    table = Table(box=None, pad_edge=False)
    table.add_column("agent", no_wrap=True)
    for title in ("solved", "95 % interval", *(title for title, _ in columns)):
        table.add_column(title, justify="right")  # titles wrap where the terminal is narrow
    for each in agents:
        rate = each["solve_rate"]
        figures = (each[key]["value"] for _, key in columns)
        table.add_row(
            escape(each["agent"]),
            f"{rate['value']:.1%}",
            _bounds(rate),
            *("–" if value is None else f"{value:.2f}" for value in figures),
        )
    return table


def usage_table(agents: Sequence[Mapping[str, Any]]) -> Table | None:
    """Return a table of how reliable agents are and what playing took; None if that is unknown."""
    repeats, columns = varying_repeats(agents)[-1:], shown_usage(agents)
    if not repeats and not columns:
        return None
    over_families = [each["solve_rate_over_families"] for each in agents]
    families = any(rate["value"] is not None for rate in over_families)
    table = Table(box=None, pad_edge=False)
    table.add_column("agent", no_wrap=True)
    titles = ["over families"] if families else []
    titles += [f"pass^{k}" for k in repeats]
    for title in (*titles, *(column.title for column in columns)):
        table.add_column(title, justify="right")
    for each, over in zip(agents, over_families, strict=True):
        cells = [_bounds(over)] if families else []
        cells += [f"{each['pass_pow_k'][k]['value']:.1%}" for k in repeats]
        table.add_row(escape(each["agent"]), *cells, *(column.brief(each) for column in columns))
    return table


def print_comparison(console: Console, comparison: Mapping[str, Any]) -> None:
    """Print the agents of a comparison, how they do by family, and how the first one differs."""
    agents = comparison["agents"]
    if agents:
        console.print(results_table(agents))
        _print_families(console, agents)
        if (usage := usage_table(agents)) is not None:
            console.print()
            console.print(usage)
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
    if comparison["failures"]:
        console.print()
    for each in comparison["failures"]:
        kinds = ", ".join(f"{kind} {count}" for kind, count in each["kinds"].items())
        console.print(
            f"{each['agent']}: {each['num_plays']} plays without a result ({kinds}), "
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


def _signed(interval: Mapping[str, float], factor: float, unit: str) -> str:
    value, low, high = (factor * interval[key] for key in ("value", "low", "high"))
    return f"{value:+.1f}{unit} [{low:+.1f}, {high:+.1f}]"
