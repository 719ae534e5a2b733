"""`simarena evaluate`: how agents do on scenarios, with intervals."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from simarena.cli.options import course as options
from simarena.cli.options.declared import Options, with_options
from simarena.cli.options.executor import Jobs, Where
from simarena.errors import ConfigError
from simarena.training.named import Named

app = typer.Typer(name="evaluate", help="Measure a run's agent, or any other, on scenarios.")


@app.command()
@with_options
def evaluate(
    *,
    run: Annotated[
        str | None, typer.Argument(metavar="[RUN]", help="Folder of a run.", show_default=False)
    ] = None,
    agent: Annotated[
        list[str] | None,
        typer.Option(
            help="Also this one: a name, a run's folder or package.module:Class; may be repeated."
        ),
    ] = None,
    named: Annotated[Named, Options(Named)],
    seeds: options.Seeds = 5,
    seed: options.Seed = 0,
    where: Annotated[Where, Options(Where)],
    jobs: Jobs = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Measure a run's agent, or any other, on a suite, on scenarios, or on a trace.

    All play in the game of the first one; a run's agent sees, and may do, what it was trained with.
    Rates have 95 % intervals that count scenarios; an unsolved episode counts as many steps as its
    scenario allows. Nothing is written; `simarena compare` also leaves a report. With --executor, a
    piece is one seed of one agent; the figures are the same.
    """
    from rich.console import Console

    from simarena.cli.output.results import print_comparison
    from simarena.evaluation.comparison.compare import compare_agents
    from simarena.evaluation.run_folder import RunFolder
    from simarena.training.measuring import recorded_failures

    sources = [*([run] if run is not None else []), *(agent or [])]
    if not sources:
        message = "nobody to evaluate; name a run's folder, or an agent with --agent"
        raise ConfigError(message)
    if run is not None:
        RunFolder.open(Path(run))
    played, outcomes = where.measured(
        sources,
        named,
        num_seeds=seeds,
        seed=seed,
        num_jobs=jobs,
        tell=lambda line: print(line, file=sys.stderr),
    )
    result = compare_agents(outcomes, played, recorded_failures(sources)).to_json()
    if as_json:
        print(json.dumps(result | {"seeds": seeds, "seed": seed}))
        return
    print_comparison(Console(), result)
