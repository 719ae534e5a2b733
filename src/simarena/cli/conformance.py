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
    timing: Annotated[
        bool,
        typer.Option(
            "--timing", help="Tell instead when controllers reached states, there and here."
        ),
    ] = False,
) -> None:
    """Judge the simulator by recorded decisions; the status is 1 when any disagrees.

    Differences whose reasons are known are counted apart.
    """
    if timing:
        _tell_timing(folder, as_json=as_json)
        return
    families = list(_families(folder))
    if as_json:
        print(json.dumps({"families": [asdict(family) for family in families]}, indent=2))
    else:
        from rich.console import Console
        from rich.markup import escape
        from rich.table import Table

        from simarena.cli.output.tables import print_table

        table = Table("family", box=None)
        for name in ("decisions", "agreed", "of these ties", "known", "agreement"):
            table.add_column(name, justify="right")
        for family in families:
            share = family.agreed / family.decisions if family.decisions else 1.0
            numbers = (family.decisions, family.agreed, family.ties, family.known)
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


def _tell_timing(folder: Path, *, as_json: bool) -> None:
    """Print when the states of each controller were reached, of either half of the cases."""
    from simarena.cluster.conformance.folder import time_folder
    from simarena.cluster.conformance.timing import QUANTILES

    told = list(time_folder(folder))
    halves = [half for first, second, _ in told for half in (first, second)]
    if as_json:
        timing = [
            asdict(half) | {"quantiles": half.quantiles(), "error_ms": half.error_ms()}
            for half in halves
        ]
        fits = [fit._asdict() for _, _, fit in told]
        print(json.dumps({"timing": timing, "fits": fits}, indent=2))
        return
    from rich.console import Console
    from rich.table import Table

    from simarena.cli.output.tables import print_table

    table = Table("family", box=None)
    for name in ("states", "reached", *(f"{q:.0%} real" for q in QUANTILES)):
        table.add_column(name, justify="right")
    for q in QUANTILES:
        table.add_column(f"{q:.0%} here", justify="right")
    table.add_column("median apart", justify="right")
    for half in halves:
        pairs = half.quantiles() or [(0.0, 0.0)] * len(QUANTILES)
        times = [real for real, _ in pairs] + [here for _, here in pairs] + [half.error_ms()]
        seconds = [f"{time_ms / 1_000:.2f} s" for time_ms in times]
        table.add_row(half.family, f"{half.num_states:,}", f"{len(half.reached):,}", *seconds)
    console = Console()
    print_table(console, table)
    table = Table("family", box=None)
    table.add_column("fitted delays")
    for name in ("apart where fitted", "in the other half", "with the defaults"):
        table.add_column(name, justify="right")
    for *_, fit in told:
        delays = ", ".join(f"{name[:-3]} {time_ms}" for name, time_ms in fit.delays_ms.items())
        table.add_row(fit.family, f"{delays} ms", *(f"{time_ms:.0f} ms" for time_ms in fit[2:]))
    print_table(console, table)
