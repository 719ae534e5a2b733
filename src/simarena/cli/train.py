"""`simarena train`: an agent learns, is measured, and leaves a run folder."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simarena.cli._invocation import command_line
from simarena.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console

    from simarena.training.job import Prepared
    from simarena.training.run_folder import RunFolder
    from simarena.training.settings import TrainSettings

app = typer.Typer(
    name="train", help="Train an agent, measure it on scenarios it never saw, and write a report."
)

_LEARNING, _WHERE, _HOW, _RUN = "Learning", "What to train on", "The environment", "The run"


class Budget(StrEnum):
    """How much a run may take."""

    full = "full"
    short = "short"


_SHORT: dict[str, Any] = {
    "steps": 60_000,
    "checkpoint_interval": 20_000,
    "eval_seeds": 2,
}
"""What `--budget short` sets: everything is produced, in about ten seconds."""

_LONG_EPISODE = 1_000
"""Steps that no ordinary episode takes: a bound on steps where only episodes are asked for."""


@app.command()
def train(
    agent: Annotated[
        str | None, typer.Option(help="Who learns: dqn or greedy.", rich_help_panel=_LEARNING)
    ] = None,
    suite: Annotated[
        str | None,
        typer.Option(help="Named scenarios to train on.", rich_help_panel=_WHERE),
    ] = None,
    eval_suite: Annotated[
        str | None,
        typer.Option(help="Named scenarios to measure on.", rich_help_panel=_WHERE),
    ] = None,
    trace: Annotated[
        str | None,
        typer.Option(
            help="A trace, or a folder of them: each episode takes one at random.",
            rich_help_panel=_WHERE,
        ),
    ] = None,
    deploy: Annotated[
        str | None,
        typer.Option(help="Workload of the trace to look after.", rich_help_panel=_WHERE),
    ] = None,
    namespace: Annotated[
        str | None,
        typer.Option(help="Its namespace, where several have that name.", rich_help_panel=_WHERE),
    ] = None,
    target: Annotated[
        int | None, typer.Option(help="Pods that shall be ready.", rich_help_panel=_WHERE)
    ] = None,
    nodes: Annotated[
        list[str] | None,
        typer.Option(
            help="Nodes for the trace, as 3x16cpu,32Gi or a file of manifests; may be repeated.",
            rich_help_panel=_WHERE,
        ),
    ] = None,
    steps: Annotated[
        int | None,
        typer.Option(help="Steps to train for, over all environments.", rich_help_panel=_LEARNING),
    ] = None,
    episodes: Annotated[
        int | None,
        typer.Option(help="End after so many episodes at the latest.", rich_help_panel=_LEARNING),
    ] = None,
    duration: Annotated[
        int | None,
        typer.Option(help="Virtual seconds that each step replays.", rich_help_panel=_HOW),
    ] = None,
    max_steps: Annotated[
        int | None, typer.Option(help="Most steps of an episode.", rich_help_panel=_HOW)
    ] = None,
    reward: Annotated[
        str | None,
        typer.Option(
            help="base, shaped, scale, max_punish or cost_aware_v2.", rich_help_panel=_HOW
        ),
    ] = None,
    step_penalty: Annotated[
        float | None,
        typer.Option(help="What cost_aware_v2 takes off each step.", rich_help_panel=_HOW),
    ] = None,
    observation: Annotated[
        str | None, typer.Option(help="base, scale or full.", rich_help_panel=_HOW)
    ] = None,
    num_actions: Annotated[
        int | None, typer.Option(help="The first so many actions.", rich_help_panel=_HOW)
    ] = None,
    noise: Annotated[
        float | None,
        typer.Option(help="Noise on observed counts, in pods.", rich_help_panel=_HOW),
    ] = None,
    min_return: Annotated[
        float | None,
        typer.Option(help="Cut off an episode under this return.", rich_help_panel=_HOW),
    ] = None,
    num_envs: Annotated[
        int | None, typer.Option(help="Environments side by side.", rich_help_panel=_HOW)
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="All chance follows from it.", rich_help_panel=_RUN)
    ] = None,
    learning_rate: Annotated[
        float | None, typer.Option(help="At the start.", rich_help_panel=_LEARNING)
    ] = None,
    gamma: Annotated[
        float | None, typer.Option(help="Discount of future reward.", rich_help_panel=_LEARNING)
    ] = None,
    exploration_start: Annotated[
        float | None,
        typer.Option(help="Share of random actions at first.", rich_help_panel=_LEARNING),
    ] = None,
    exploration_end: Annotated[
        float | None,
        typer.Option(help="Share of random actions at last.", rich_help_panel=_LEARNING),
    ] = None,
    exploration_fraction: Annotated[
        float | None,
        typer.Option(help="Part of the training in which it falls.", rich_help_panel=_LEARNING),
    ] = None,
    transfer: Annotated[
        str | None,
        typer.Option(
            help="Run (or checkpoint) whose weights to start from; nothing else is taken over.",
            rich_help_panel=_LEARNING,
        ),
    ] = None,
    budget: Annotated[
        Budget, typer.Option(help="short: everything, but in seconds.", rich_help_panel=_RUN)
    ] = Budget.full,
    checkpoint_interval: Annotated[
        int | None,
        typer.Option(help="Steps between checkpoints.", rich_help_panel=_RUN),
    ] = None,
    eval_seeds: Annotated[
        int | None,
        typer.Option(help="Seeds to play each scenario with.", rich_help_panel=_RUN),
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="Name of the run's folder.", rich_help_panel=_RUN)
    ] = None,
    runs: Annotated[
        Path, typer.Option(help="Where run folders are kept.", rich_help_panel=_RUN)
    ] = Path("runs"),
    resume: Annotated[
        Path | None,
        typer.Option(help="Go on with this run, with its own settings.", rich_help_panel=_RUN),
    ] = None,
) -> None:
    """Train an agent, measure it on scenarios it never saw, and write a report.

    Without options this is the main job: DQN on the suite "train", measured on "held-out".
    """
    given: dict[str, Any] = {
        "agent": agent,
        "suite": suite,
        "eval_suite": eval_suite,
        "trace": trace,
        "deploy": deploy,
        "namespace": namespace,
        "target": target,
        "nodes": tuple(nodes) if nodes else None,
        "steps": steps,
        "episodes": episodes,
        "duration_s": duration,
        "max_steps": max_steps,
        "reward": reward,
        "step_penalty": step_penalty,
        "observation": observation,
        "num_actions": num_actions,
        "noise": noise,
        "min_return": min_return,
        "num_envs": num_envs,
        "seed": seed,
        "learning_rate": learning_rate,
        "gamma": gamma,
        "exploration_start": exploration_start,
        "exploration_end": exploration_end,
        "exploration_fraction": exploration_fraction,
        "transfer": transfer,
        "checkpoint_interval": checkpoint_interval,
        "eval_seeds": eval_seeds,
    }
    given = {key: value for key, value in given.items() if value is not None}
    if resume is None:
        _start(given, budget, name, runs)
    else:
        if given or name is not None or budget is not Budget.full:
            other = next(iter(given), "name" if name is not None else "budget")
            option = f"--{other.replace('_', '-')}"
            message = f"--resume goes on with the run's own settings; leave out {option}"
            raise ConfigError(message)
        _resume(resume)


def _start(given: Mapping[str, Any], budget: Budget, name: str | None, runs: Path) -> None:
    from simarena.training.job import prepare
    from simarena.training.run_folder import RunFolder, check_name, next_name

    if name is not None:
        check_name(runs, name)
    settings = _settings(given, budget)
    console = _console()
    with console.status("Preparing (the first time, kernels are compiled for half a minute)"):
        prepared = prepare(settings)
    what = settings.suite or Path(str(settings.trace)).stem
    run = RunFolder.create(
        runs / (name or next_name(runs, f"{settings.agent}-{what}")),
        command=command_line(),
        settings=settings.to_json(),
    )
    _go_on(run, prepared, console)


def _resume(path: Path) -> None:
    from simarena.training.job import prepare
    from simarena.training.run_folder import RunFolder
    from simarena.training.settings import TrainSettings

    run = RunFolder.open(path)
    settings = TrainSettings.from_json(
        run.read_json("settings.json"), f"{run.path / 'settings.json'}"
    )
    console = _console()
    with console.status("Preparing"):
        prepared = prepare(settings)
    _go_on(run, prepared, console)


def _settings(given: Mapping[str, Any], budget: Budget) -> TrainSettings:
    from simarena.training.settings import TrainSettings

    values = (_SHORT if budget is Budget.short else {}) | dict(given)
    if "episodes" in values and "steps" not in given:
        values["steps"] = values["episodes"] * values.get("max_steps", _LONG_EPISODE)
    if "trace" not in values:
        for key in ("deploy", "namespace", "target", "nodes"):
            if key in values:
                message = f"--{key} belongs to a trace; name one with --trace"
                raise ConfigError(message)
    else:
        values = {"suite": None, "eval_suite": None} | values
    return TrainSettings(**values)


def _go_on(run: RunFolder, prepared: Prepared, console: Console) -> None:
    from simarena.cli._progress import TrainingProgress
    from simarena.cli._results import results_table
    from simarena.training.job import measure, train

    try:
        with TrainingProgress(console, prepared.settings) as progress:
            train(prepared, run, progress.update)
        with console.status("Measuring") as status:
            report = measure(
                run,
                prepared.settings,
                prepared.shape,
                lambda agent: status.update(f"Measuring {agent}"),
            )
    except KeyboardInterrupt:
        console.print(f"Stopped. Go on with: simarena train --resume {run.path}")
        raise
    console.print(results_table(report["evaluation"]["agents"]))
    console.print(f"Report: {run.path / 'report.md'}", soft_wrap=True)


def _console() -> Console:
    from rich.console import Console

    return Console()
