"""Results as a table in the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.table import Table

from simarena.training.comparison import shown_figures

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
            each["agent"],
            f"{rate['value']:.1%}",
            f"{100 * rate['low']:.1f}–{rate['high']:.1%}",
            *("–" if value is None else f"{value:.2f}" for value in figures),
        )
    return table


def print_comparison(console: Console, comparison: Mapping[str, Any]) -> None:
    """Print the agents of a comparison, how they do by family, and how the first one differs."""
    agents = comparison["agents"]
    console.print(results_table(agents))
    families = agents[0]["solve_rate_by_family"]
    if len(families) > 1:
        console.print()
        for family in families:
            rates = (
                f"{each['agent']} {rate['value']:.0%}"
                for each in agents
                if (rate := each["solve_rate_by_family"].get(family)) is not None
            )
            console.print(f"{family}: {', '.join(rates)}", highlight=False)
    if comparison["differences"]:
        console.print()
    for each in comparison["differences"]:
        solved, steps = each["solved"]["difference"], each["steps"]["difference"]
        console.print(
            f"{each['first']} − {each['second']}: "
            f"solved {_signed(solved, 100, '%')}, steps {_signed(steps, 1, '')}",
            highlight=False,
        )


def _signed(interval: Mapping[str, float], factor: float, unit: str) -> str:
    value, low, high = (factor * interval[key] for key in ("value", "low", "high"))
    return f"{value:+.1f}{unit} [{low:+.1f}, {high:+.1f}]"
