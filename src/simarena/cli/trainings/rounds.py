"""A training in rounds, as `simarena train --executor` asks for it."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from simarena.cli._invocation import PREPARING, command_line
from simarena.cli.options.bucket import identity
from simarena.cli.options.executor import BUCKET, RAY, Where
from simarena.errors import ConfigError, RunError
from simarena.files.held_folder import temporary_folder

if TYPE_CHECKING:
    from rich.console import Console

    from simarena.distributed.crews.crew import Crew
    from simarena.distributed.federated import Executor, RoundsSettings
    from simarena.evaluation.run_folder import RunFolder
    from simarena.training.job import Prepared
    from simarena.training.settings import TrainSettings

Stragglers = Literal["drop", "fold"]

_MOST_STEPS: Final = 10**12
_FILE: Final = "rounds.json"
"""How a run is cut into rounds, and who does them."""


def start_rounds(
    settings: TrainSettings,
    name: str | None,
    runs: Path,
    where: Where,
    *,
    workers: int,
    rounds: int,
    local_steps: int | None,
    quorum: int | None,
    limit_s: float,
    outer_learning_rate: float,
    outer_momentum: float,
    stragglers: str,
) -> None:
    """Make a run, train it in rounds, measure it, and write its report.

    Raises:
        SimArenaError: it cannot be trained so.
    """
    from rich.console import Console

    from simarena.distributed.averaging import OuterSettings
    from simarena.distributed.federated import RoundsSettings, check_learner
    from simarena.evaluation.run_folder import RunFolder, check_name, next_name
    from simarena.training.job import prepare

    if name is not None:
        check_name(runs, name)
    settings = settings.located()
    check_learner(settings)
    steps = local_steps or max(1, settings.steps // (workers * rounds))
    cut = RoundsSettings(
        num_workers=workers,
        num_rounds=rounds,
        local_steps=steps,
        quorum=workers if quorum is None else quorum,
        limit_s=limit_s,
        outer=OuterSettings(learning_rate=outer_learning_rate, momentum=outer_momentum),
        stragglers=stragglers,
    )
    cut.group("check")
    console = Console()
    with console.status(PREPARING):
        prepared = prepare(settings)
    what = settings.suite or Path(str(settings.trace)).stem
    path = runs / (name or next_name(runs, f"{settings.agent}-{what}"))
    with temporary_folder("simarena-rounds-") as work:
        doer = _executor(where, path.name, work, console)
        run = RunFolder.create(path, command=command_line(), settings=settings.to_json())
        run.write_json(_FILE, {"where": asdict(where), "cut": asdict(cut)})
        _go_on(run, prepared, cut, doer, console)


def is_in_rounds(path: Path) -> bool:
    """Return whether the run at `path` is trained in rounds."""
    return (path / _FILE).is_file()


def resume_rounds(path: Path, jobs: int | None, where: Where) -> None:
    """Go on with a training in rounds, done by whoever began it or, if named, by somebody else.

    Raises:
        SimArenaError: it cannot be gone on with.
    """
    from rich.console import Console

    from simarena.evaluation.run_folder import RunFolder
    from simarena.training.job import prepare
    from simarena.training.settings import settings_of

    if jobs is not None:
        message = "--jobs is for several seeds, and this is a training in rounds; leave it out"
        raise ConfigError(message)
    run = RunFolder.open(path)
    began, cut = _plan(run)
    if where.executor is not None:
        if BUCKET in {where.executor, began.executor} and where.executor != began.executor:
            message = f"{path}: was begun by --executor {began.executor}; go on with the same"
            raise ConfigError(message)
        began = where
    console = Console()
    with console.status("Preparing"):
        prepared = prepare(settings_of(run))
    with temporary_folder("simarena-rounds-") as work:
        doer = _executor(began, path.name, work, console)
        _go_on(run, prepared, cut, doer, console)


def _plan(run: RunFolder) -> tuple[Where, RoundsSettings]:
    """Return who trains a run, and how it is cut into rounds.

    Raises:
        RunError: the file that tells is damaged.
    """
    from simarena.distributed.averaging import OuterSettings
    from simarena.distributed.federated import RoundsSettings
    from simarena.errors import SimArenaError

    stored = run.read_json(_FILE)
    try:
        cut: dict[str, Any] = stored["cut"]
        found = RoundsSettings(**{**cut, "outer": OuterSettings(**cut["outer"])})
        found.group("check")
        return Where(**stored["where"]), found
    except (KeyError, TypeError, SimArenaError) as error:
        reason = " ".join(str(error).split())
        message = f"{run.path / _FILE}: is damaged ({reason}); train again with a new --name"
        raise RunError(message) from error


def _go_on(
    run: RunFolder, prepared: Prepared, cut: RoundsSettings, doer: Executor, console: Console
) -> None:
    from simarena.cli.output.progress import TrainingProgress
    from simarena.cli.output.results import results_table
    from simarena.cli.output.tables import print_table
    from simarena.distributed.federated import train_in_rounds
    from simarena.training.job import measure

    # A bar that counts what all learners do together.
    steps = cut.num_workers * cut.num_rounds * cut.local_steps
    shown = replace(prepared.settings, steps=min(steps, _MOST_STEPS))
    try:
        with TrainingProgress(console, shown) as progress:
            train_in_rounds(prepared, run, cut, doer, progress.update)
        with console.status("Measuring"):
            report = measure(run, prepared.settings, prepared.shape)
    except KeyboardInterrupt:
        console.print(f"Stopped. Go on with: simarena train --resume {run.path}")
        raise
    print_table(console, results_table(report["evaluation"]["agents"]))
    console.print(f"Report: {run.path / 'report.md'}", soft_wrap=True)


def _executor(where: Where, group: str, work: Path, console: Console) -> Executor:
    from simarena.distributed.federated import BucketExecutor, CrewExecutor
    from simarena.distributed.keys import check_name

    def tell(line: str) -> None:
        console.print(line, markup=False, highlight=False, soft_wrap=True)

    if where.executor == BUCKET:
        check_name("run", group)
        return BucketExecutor(where.bucket(tell), identity(), group, tell=tell)
    if where.executor == RAY:
        from simarena.distributed.crews.ray_crew import RayCrew, connect

        connect(where.ray_address)

        def actors(number: int) -> Crew:
            return RayCrew(where.ray_address, number, tell=tell)

        return CrewExecutor(actors)
    from simarena.distributed.crews.crew import LocalCrew

    return CrewExecutor(lambda number: LocalCrew(work, number))
