"""Scenarios as rows, in a table or as JSON."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from simarena.cli.output.tables import print_table

if TYPE_CHECKING:
    from simarena.env import Scenario


def scenario_row(scenario: Scenario) -> dict[str, Any]:
    """Return what a list says of a scenario."""
    return {
        "name": scenario.name,
        "family": scenario.family,
        "severity": scenario.severity,
        "split": scenario.split,
        "deploy": scenario.deploy,
        "target": scenario.target,
        "nodes": len(scenario.nodes),
        "optimal_steps": scenario.optimal_steps,
    }


def print_rows(rows: list[dict[str, Any]], *, as_json: bool) -> None:
    """Print rows of equal keys."""
    if as_json:
        print(json.dumps(rows))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for key, value in rows[0].items():
        if isinstance(value, int):
            table.add_column(key, justify="right")
        else:
            table.add_column(key, overflow="fold")
    for row in rows:
        table.add_row(*(cell(value) for value in row.values()))
    print_table(Console(width=None if sys.stdout.isatty() else 160), table)


def cell(value: object) -> str:
    """Return a value as a table shows it."""
    if isinstance(value, list):
        return "; ".join(map(str, value)) or "none"
    return "-" if value is None or value == "" else str(value)
