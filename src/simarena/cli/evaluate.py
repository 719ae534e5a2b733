"""`simarena evaluate`: how agents do on scenarios, with intervals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from simarena.cli.options import course as options
from simarena.cli.options.declared import Options, with_options
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
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Measure a run's agent, or any other, on a suite, on scenarios, or on a trace.

    All play in the game of the first one; a run's agent sees, and may do, what it was trained with.
    Rates have 95 % intervals that count scenarios; an unsolved episode counts as many steps as its
    scenario allows. Nothing is written; `simarena compare` also leaves a report.
    """
    from rich.console import Console

    from simarena.cli.output.results import print_comparison
    from simarena.evaluation.comparison.compare import compare_agents
    from simarena.evaluation.run_folder import RunFolder
    from simarena.training.course import named_course
    from simarena.training.measuring import measure_sources, recorded_failures

    sources = [*([run] if run is not None else []), *(agent or [])]
    if not sources:
        message = "nobody to evaluate; name a run's folder, or an agent with --agent"
        raise ConfigError(message)
    if run is not None:
        RunFolder.open(Path(run))
    course = named_course(named)
    played, outcomes = measure_sources(sources, course, num_seeds=seeds, seed=seed)
    result = compare_agents(outcomes, played, recorded_failures(sources)).to_json()
    if as_json:
        print(json.dumps(result | {"seeds": seeds, "seed": seed}))
        return
    print_comparison(Console(), result)
