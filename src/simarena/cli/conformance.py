"""`simarena conformance`: recorded decisions of a real control plane against the simulator's."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simarena.cluster.conformance.folder import Family

app = typer.Typer()

_SHOWN = 5


@app.command()
def conformance(
    folder: Annotated[Path, typer.Argument(help="Folder of records.", show_default=False)],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object instead of a table.")
    ] = False,
) -> None:
    """Judge the simulator by recorded decisions; the status is 1 when any disagrees."""
    families = list(_families(folder))
    if as_json:
        print(json.dumps({"families": [asdict(family) for family in families]}, indent=2))
    else:
        from rich.console import Console
        from rich.markup import escape
        from rich.table import Table

        from simarena.cli.output.tables import print_table

        table = Table("family", box=None)
        for name in ("decisions", "agreed", "of these ties", "agreement"):
            table.add_column(name, justify="right")
        for family in families:
            share = family.agreed / family.decisions if family.decisions else 1.0
            numbers = (family.decisions, family.agreed, family.ties)
            table.add_row(family.name, *(f"{number:,}" for number in numbers), f"{share:.1%}")
        console = Console()
        print_table(console, table)
        for family in families:
            for line in family.disagreements[:_SHOWN]:
                console.print(f"{family.name}: {escape(line)}", soft_wrap=True)
            more = len(family.disagreements) - _SHOWN
            if more > 0:
                console.print(f"{family.name}: and {more} more")
    if any(family.disagreements for family in families):
        raise typer.Exit(1)


def _families(folder: Path) -> Iterator[Family]:
    """Yield what the judges say of a folder: of decisions, and of answers of an API."""
    from simarena.apiserver.conformance.folder import judge_api
    from simarena.cluster.conformance.folder import judge_folder

    decisions = ("scheduling/*.jsonl", "rollouts/*.jsonl", "replays/*.json")
    of_api = any(folder.glob("api/*.jsonl"))
    if not of_api or any(any(folder.glob(each)) for each in decisions):
        yield from judge_folder(folder)
    if of_api:
        yield from judge_api(folder)
