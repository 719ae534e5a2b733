"""`simarena evaluate`: how agents do on scenarios, with intervals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from simarena.errors import ConfigError

app = typer.Typer(name="evaluate", help="Measure a run's agent, or any other, on scenarios.")


@app.command()
def evaluate(
    run: Annotated[
        str | None, typer.Argument(metavar="[RUN]", help="Folder of a run.", show_default=False)
    ] = None,
    agent: Annotated[
        list[str] | None,
        typer.Option(
            help="Also this one: a name, a run's folder or package.module:Class; may be repeated."
        ),
    ] = None,
    suite: Annotated[str, typer.Option(help="Named scenarios.")] = "held-out",
    seeds: Annotated[
        int, typer.Option(min=1, max=10_000, help="Seeds to play each scenario with.")
    ] = 5,
    seed: Annotated[int, typer.Option(min=0, help="The first of them.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Measure a run's agent, or any other, on scenarios.

    All agents see and may do what the first one was trained with. Rates have 95 % intervals that
    count scenarios; an unsolved episode counts as many steps as its scenario allows.
    """
    from rich.console import Console

    from simarena.cli._results import results_table
    from simarena.training.players import evaluate_sources
    from simarena.training.run_folder import RunFolder

    sources = [*([run] if run is not None else []), *(agent or [])]
    if not sources:
        message = "nobody to evaluate; name a run's folder, or an agent with --agent"
        raise ConfigError(message)
    if run is not None:
        RunFolder.open(Path(run))
    evaluations = evaluate_sources(sources, suite, num_seeds=seeds, seed=seed)
    figures = [each.figures() for each in evaluations]
    if as_json:
        print(json.dumps({"suite": suite, "seeds": seeds, "seed": seed, "agents": figures}))
        return
    console = Console()
    console.print(results_table(figures))
    if len(families := figures[0]["solve_rate_by_family"]) > 1:
        console.print()
        for family in families:
            rates = (
                f"{each['agent']} {each['solve_rate_by_family'][family]['value']:.0%}"
                for each in figures
            )
            console.print(f"{family}: {', '.join(rates)}")
