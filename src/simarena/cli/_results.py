"""Results as a table in the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def results_table(agents: Sequence[Mapping[str, Any]]) -> Table:
    """Return a table of agents' figures, as `report.json` has them."""
    table = Table(box=None, pad_edge=False)
    table.add_column("agent")
    for title in ("solved", "95 % interval", "steps", "return", "blocked"):
        table.add_column(title, justify="right", no_wrap=True)
    for each in agents:
        rate = each["solve_rate"]
        table.add_row(
            each["agent"],
            f"{rate['value']:.1%}",
            f"{rate['low']:.1%} - {rate['high']:.1%}",
            f"{each['steps']['value']:.2f}",
            f"{each['return']['value']:.2f}",
            f"{each['blocked']['value']:.2f}",
        )
    return table
