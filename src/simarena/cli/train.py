"""`simarena train`: an agent learns, is measured, and leaves a run folder."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simarena.checks.declared import used_for
from simarena.cli.options.declared import Options, option_of, with_options
from simarena.cli.options.executor import Where
from simarena.cli.trainings.rounds import Stragglers, is_in_rounds, resume_rounds, start_rounds
from simarena.errors import ConfigError
from simarena.training.named import OF_TRACE, refuse_without_trace
from simarena.training.settings import LEARNING, RUN, TrainSettings

if TYPE_CHECKING:
    from collections.abc import Mapping

app = typer.Typer(
    name="train", help="Train an agent, measure it on scenarios it never saw, and write a report."
)

_ROUNDS = "In rounds"


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
@with_options
def train(
    *,
    given: Annotated[dict[str, Any], Options(TrainSettings)],
    setting: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="Any setting of settings.json, as batch_size=512 or net_arch=64-64.",
            rich_help_panel=LEARNING,
        ),
    ] = None,
    budget: Annotated[
        Budget, typer.Option(help="short: everything, but in seconds.", rich_help_panel=RUN)
    ] = Budget.full,
    seeds: Annotated[
        int | None,
        typer.Option(
            min=1, max=1_000, help="Train so often, with seeds that follow.", rich_help_panel=RUN
        ),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(min=1, max=256, help="Seeds trained side by side.", rich_help_panel=RUN),
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="Name of the run's folder.", rich_help_panel=RUN)
    ] = None,
    runs: Annotated[
        Path, typer.Option(help="Where run folders are kept.", rich_help_panel=RUN)
    ] = Path("runs"),
    resume: Annotated[
        Path | None,
        typer.Option(help="Go on with this run, with its own settings.", rich_help_panel=RUN),
    ] = None,
    where: Annotated[Where, Options(Where)],
    workers: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=10_000,
            help="Learners side by side, with --executor.  [default: 2]",
            rich_help_panel=_ROUNDS,
        ),
    ] = None,
    rounds: Annotated[
        int | None,
        typer.Option(
            min=1, help="Times that weights are averaged.  [default: 10]", rich_help_panel=_ROUNDS
        ),
    ] = None,
    local_steps: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Steps of each learner in a round; if none, --steps are shared out.",
            rich_help_panel=_ROUNDS,
        ),
    ] = None,
    quorum: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Learners with whom a round is closed when its limit is over.  [default: all]",
            rich_help_panel=_ROUNDS,
        ),
    ] = None,
    round_limit: Annotated[
        float | None,
        typer.Option(
            min=0.0,
            help="Seconds that a round waits for the others.  [default: 600]",
            rich_help_panel=_ROUNDS,
        ),
    ] = None,
    outer_learning_rate: Annotated[
        float | None,
        typer.Option(help="Of the mean difference.  [default: 1]", rich_help_panel=_ROUNDS),
    ] = None,
    outer_momentum: Annotated[
        float | None, typer.Option(help="Of the mean.  [default: 0]", rich_help_panel=_ROUNDS)
    ] = None,
    stragglers: Annotated[
        Stragglers | None,
        typer.Option(
            help="What becomes of what is handed in after its round was closed: fold makes it part "
            "of the next.  [default: drop]",
            rich_help_panel=_ROUNDS,
        ),
    ] = None,
) -> None:
    """Train an agent, measure it on scenarios it never saw, and write a report.

    Without options this is the main job: PPO on the suite "train", measured on "held-out". With
    --executor it is trained in rounds by learners side by side; with --seeds as well, each seed is
    trained by whoever that names.
    """
    from simarena.cli.trainings.starting import resume as go_on
    from simarena.cli.trainings.starting import start
    from simarena.training.sweeps.search_space import parse_setting

    for text in setting or ():
        key, value = parse_setting(text)
        if key in given:
            message = f"setting {key!r} is given twice; leave one of them out"
            raise ConfigError(message)
        given[key] = value
    of_rounds = {
        "--workers": workers,
        "--rounds": rounds,
        "--local-steps": local_steps,
        "--quorum": quorum,
        "--round-limit": round_limit,
        "--outer-learning-rate": outer_learning_rate,
        "--outer-momentum": outer_momentum,
        "--stragglers": stragglers,
    }
    plan = {key: value for key, value in of_rounds.items() if value is not None}
    if plan and (where.executor is None or seeds is not None or resume is not None):
        option = next(iter(plan))
        message = f"{option} is for a training in rounds that begins; name who does it: --executor"
        if where.executor is not None:
            message = f"{option} is for a training in rounds that begins; leave it out"
        raise ConfigError(message)
    if where.executor is not None and seeds is None and resume is None:
        if jobs is not None:
            message = "--jobs is for several seeds; say how many learners with --workers"
            raise ConfigError(message)
        start_rounds(
            _settings(given, budget),
            name,
            runs,
            where,
            workers=workers or 2,
            rounds=rounds or 10,
            local_steps=local_steps,
            quorum=quorum,
            limit_s=600.0 if round_limit is None else round_limit,
            outer_learning_rate=1.0 if outer_learning_rate is None else outer_learning_rate,
            outer_momentum=outer_momentum or 0.0,
            stragglers=stragglers or "drop",
        )
        return
    if resume is None:
        if jobs is not None and seeds is None:
            message = "--jobs is for several seeds; say how many with --seeds"
            raise ConfigError(message)
        start(_settings(given, budget), name, runs, seeds, jobs, where)
    else:
        of_run = {"seeds": seeds, "name": name, "budget": None if budget is Budget.full else budget}
        of_run = given | {key: value for key, value in of_run.items() if value is not None}
        if of_run:
            option = option_of(TrainSettings, next(iter(of_run)))
            message = f"--resume goes on with the run's own settings; leave out {option}"
            raise ConfigError(message)
        if is_in_rounds(resume):
            resume_rounds(resume, jobs, where)
        else:
            go_on(resume, jobs, where)


def _settings(given: Mapping[str, Any], budget: Budget) -> TrainSettings:
    values = (_SHORT if budget is Budget.short else {}) | dict(given)
    if "episodes" in values and "steps" not in given:
        values["steps"] = values["episodes"] * values.get("max_steps", _LONG_EPISODE)
    if "trace" not in values:
        refuse_without_trace([name for name in used_for(TrainSettings, OF_TRACE) if name in values])
    else:
        values = {"suite": None, "eval_suite": None} | values
    return TrainSettings.for_agent(values.pop("agent", None), **values)
