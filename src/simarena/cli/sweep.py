"""`simarena sweep`: a search for settings, which can be killed and gone on with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from simarena.cli._invocation import command_line
from simarena.cli.options.declared import Options, with_options
from simarena.cli.options.executor import Where
from simarena.cli.trainings.starting import trained_elsewhere
from simarena.errors import ConfigError

app = typer.Typer(name="sweep", help="Search for settings of a training.")


@app.command()
@with_options
def sweep(
    *,
    param: Annotated[
        list[str] | None,
        typer.Option(
            help="What to search: learning_rate=log:1e-4..1e-2, batch_size=128,256, gamma=0.9..1; "
            "may be repeated."
        ),
    ] = None,
    agent: Annotated[str | None, typer.Option(help="Who learns.  [default: ppo]")] = None,
    setting: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="NAME=VALUE", help="A setting of every run; may be repeated."
        ),
    ] = None,
    trials: Annotated[
        int | None, typer.Option(min=1, help="Settings to try.  [default: 20]")
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, help="Trainings of each, with other seeds.")] = 1,
    jobs: Annotated[int, typer.Option(min=1, max=256, help="Trials side by side.")] = 1,
    where: Annotated[Where, Options(Where)],
    prune: Annotated[
        bool, typer.Option(help="End trials early that do worse than half of the others.")
    ] = True,
    name: Annotated[str | None, typer.Option(help="Name of the folder.")] = None,
    runs: Annotated[Path, typer.Option(help="Where run folders are kept.")] = Path("runs"),
    resume: Annotated[
        Path | None,
        typer.Option(help="Go on with this search; with --trials, up to so many."),
    ] = None,
) -> None:
    """Search for the settings with which an agent solves scenarios in the fewest steps.

    Trials are measured on the scenarios they train on, so that those held out stay unseen. Leaves
    a table of all trials and the command that trains with the best settings. With --executor the
    trainings are done elsewhere; the search itself stays here.
    """
    from rich.console import Console

    from simarena.evaluation.run_folder import check_name, next_name
    from simarena.training.sweeps.search_space import parse_setting, write_setting
    from simarena.training.sweeps.sweep import SweepFolder, SweepSettings, check_search, search

    if resume is not None:
        if param or setting or agent is not None or name is not None:
            message = "--resume goes on with the search's own settings; leave the others out"
            raise ConfigError(message)
        folder = SweepFolder.open(resume)
        if trials is not None:
            folder.extend(trials)
    else:
        if name is not None:
            check_name(runs, name)
        base = _base(agent, [parse_setting(text) for text in setting or ()])
        settings = SweepSettings(
            base=base,
            space=tuple(param or ()),
            num_trials=trials or 20,
            num_seeds=seeds,
            prunes=prune,
        )
        check_search(settings)
        path = runs / (name or next_name(runs, f"sweep-{base['agent']}"))
        folder = SweepFolder.create(path, command=command_line(), settings=settings)
    console = Console()

    def tell(trial: dict[str, Any]) -> None:
        params = ", ".join(f"{key}={write_setting(each)}" for key, each in trial["params"].items())
        value = trial["state"] if trial["value"] is None else f"{trial['value']:.2f} steps"
        console.print(f"trial {trial['number']}: {value}; {params}", highlight=False)

    try:
        with trained_elsewhere(where, folder.path, jobs, jobs, console) as begin:
            report = search(folder, num_jobs=jobs, on_trial=tell, begin_training=begin)
    except KeyboardInterrupt:
        console.print(f"Stopped. Go on with: simarena sweep --resume {folder.path}")
        raise
    console.print(f"Best: {report['command']}", highlight=False, soft_wrap=True)
    console.print(f"Report: {folder.path / 'report.md'}", soft_wrap=True)


def _base(agent: str | None, given: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the settings of every run; measured once on each scenario that is trained on."""
    from simarena.training.settings import TrainSettings, located_files

    values = dict(given)
    if len(values) < len(given):
        message = "a setting is given twice with --set; leave one of them out"
        raise ConfigError(message)
    if agent is not None:
        values["agent"] = agent
    if "trace" in values:
        values = {"suite": None, "eval_suite": None} | values
    elif "eval_suite" not in values:
        values["eval_suite"] = None
    return {"agent": TrainSettings().agent, "eval_seeds": 1} | values | located_files(values)
