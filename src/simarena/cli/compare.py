"""`simarena compare`: any agents side by side, with one table and one set of plots."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from simarena.cli._invocation import command_line
from simarena.cli.options import course as options
from simarena.cli.options.declared import Options, with_options
from simarena.cli.options.executor import Jobs, Where
from simarena.errors import ConfigError
from simarena.training.named import Named

app = typer.Typer(name="compare", help="Compare runs and agents: one table, one set of plots.")


@app.command()
@with_options
def compare(
    *,
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="AGENT...",
            help="Folders of runs, names of agents, package.module:Class, or files of outcomes.",
        ),
    ],
    named: Annotated[Named, Options(Named)],
    seeds: options.Seeds = 5,
    seed: options.Seed = 0,
    where: Annotated[Where, Options(Where)],
    jobs: Jobs = None,
    name: Annotated[
        str | None, typer.Option(help="Name of the folder that the comparison leaves.")
    ] = None,
    runs: Annotated[Path, typer.Option(help="Where run folders are kept.")] = Path("runs"),
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Compare runs and agents on the same scenarios and seeds.

    The first one is the reference. Leaves a folder with the table, the plots and every outcome. A
    file of outcomes (.jsonl), as runs and benchmarks leave them, is taken as it is.
    """
    from rich.console import Console

    from simarena.cli.output.results import print_comparison
    from simarena.evaluation.comparison.compare import compare_agents
    from simarena.evaluation.comparison.folder import write_comparison
    from simarena.evaluation.run_folder import check_name, next_name
    from simarena.training.measuring import recorded_failures

    if name is not None:
        check_name(runs, name)
    named.check()
    if len(sources) < 2:  # noqa: PLR2004 one alone is compared with nobody
        message = f"{sources[0]} alone compares with nobody; name another, or use 'evaluate'"
        raise ConfigError(message)
    console = Console(stderr=as_json)
    with console.status("Measuring") as status:
        played, outcomes = where.measured(
            sources,
            named,
            num_seeds=seeds,
            seed=seed,
            num_jobs=jobs,
            tell=lambda line: console.print(line, markup=False, highlight=False, soft_wrap=True),
            on_agent=lambda agent: status.update(f"Measuring {agent}"),
        )
    failures = recorded_failures(sources)
    comparison = compare_agents(outcomes, played, failures)
    folder = runs / (name or next_name(runs, "compare"))
    write_comparison(folder, comparison, outcomes, command=command_line(), failures=failures)
    result = comparison.to_json()
    if as_json:
        print(json.dumps(result | {"folder": str(folder)}))
        return
    print_comparison(console, result)
    console.print(f"Report: {folder / 'report.md'}", soft_wrap=True)
