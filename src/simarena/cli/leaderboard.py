"""`simarena leaderboard`: every agent of many run folders on one page."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from simarena.errors import RunError

app = typer.Typer(name="leaderboard", help="Put the agents of run folders on one HTML page.")


@app.command()
def leaderboard(
    folders: Annotated[
        list[Path],
        typer.Argument(
            metavar="DIR...",
            help="Folders of runs, comparisons and benchmarks, or of Inspect's logs.",
        ),
    ],
    out: Annotated[Path, typer.Option(help="The page to write.")] = Path("leaderboard.html"),
    force: Annotated[bool, typer.Option("--force", help="Replace a page that is there.")] = False,
    everything: Annotated[
        bool,
        typer.Option("--all", help="Count all scenarios of each agent, not those that all played."),
    ] = False,
    title: Annotated[str, typer.Option(help="Title of the page.")] = "SimArena leaderboard",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Put the agents of run folders on one HTML page that needs nothing else.

    Plays of one agent from several folders are taken together: all of a language model's; of others
    a play that two folders hold counts once, and if its results differ, the agent is shown apart.
    Only scenarios that all agents were to play are counted, unless --all is given.
    """
    from rich.console import Console

    from simarena.cli.output.results import print_failures, results_table, usage_table
    from simarena.cli.output.tables import print_table
    from simarena.leaderboard.board import merge, to_json
    from simarena.leaderboard.page import render
    from simarena.leaderboard.sources import read_source

    if out.exists() and not force:
        message = f"{out}: exists already; choose another --out, or replace it with --force"
        raise RunError(message)
    board = merge([read_source(folder) for folder in folders], common=not everything)
    text = render(board, title=title, made_on=datetime.now(UTC).date())
    _write(out, text)
    if as_json:
        print(json.dumps(to_json(board) | {"page": str(out)}))
        return
    console, values = Console(), board.comparison.to_json()
    for table in (results_table, usage_table):
        if values["agents"] and (shown := table(values["agents"])) is not None:
            print_table(console, shown)
            console.print()
    print_failures(console, values["failures"])
    if board.num_left_out:
        console.print(
            f"Left out, as not all agents were to play them: {board.num_left_out} scenarios "
            "(see --all)."
        )
    for warning in board.warnings:
        console.print(f"Note: {warning}", markup=False, highlight=False)
    console.print(f"Page: {out}", soft_wrap=True, markup=False)


def _write(path: Path, text: str) -> None:
    """Write the page, whole or not at all."""
    from simarena.evaluation.run_folder import write_whole

    try:
        write_whole(path, text)
    except OSError as error:
        message = f"{path}: cannot be written: {error.strerror}; choose another --out"
        raise RunError(message) from error
