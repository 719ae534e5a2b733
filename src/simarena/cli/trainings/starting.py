"""A training as it is started, gone on with and shown in a terminal."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from simarena.cli._invocation import PREPARING, command_line
from simarena.cli.options.executor import LOCAL
from simarena.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from simarena.cli.options.executor import Where
    from simarena.evaluation.run_folder import RunFolder
    from simarena.training.job import Prepared
    from simarena.training.processes import BeginTraining
    from simarena.training.seeds import SeedsFolder
    from simarena.training.segments import OnProgress
    from simarena.training.settings import TrainSettings


def start(
    settings: TrainSettings,
    name: str | None,
    runs: Path,
    num_seeds: int | None,
    num_jobs: int | None,
    where: Where,
) -> None:
    """Make a new run, or one for each of several seeds, and carry it out.

    Raises:
        SimArenaError: the run cannot be made; nothing of it is on disk.
    """
    from simarena.evaluation.run_folder import RunFolder, check_name, next_name
    from simarena.training.job import prepare
    from simarena.training.seeds import SeedsFolder

    if name is not None:
        check_name(runs, name)
    settings = settings.located()
    console = _console()
    with console.status(PREPARING):
        prepared = prepare(settings)
    what = settings.suite or Path(str(settings.trace)).stem
    path = runs / (name or next_name(runs, f"{settings.agent}-{what}"))
    if num_seeds is None:
        run = RunFolder.create(path, command=command_line(), settings=settings.to_json())
        _go_on(run, prepared, console)
    else:
        folder = SeedsFolder.create(
            path, command=command_line(), settings=settings, num_seeds=num_seeds
        )
        _go_on_with_seeds(folder, num_jobs, console, where)


def resume(path: Path, num_jobs: int | None, where: Where) -> None:
    """Go on with the run, or the runs of several seeds, at `path`.

    Raises:
        SimArenaError: there is none, or it cannot be gone on with.
    """
    from simarena.evaluation.run_folder import RunFolder
    from simarena.training.job import prepare
    from simarena.training.seeds import SeedsFolder
    from simarena.training.settings import settings_of

    console = _console()
    if SeedsFolder.is_at(path):
        _go_on_with_seeds(SeedsFolder.open(path), num_jobs, console, where)
        return
    run = RunFolder.open(path)
    if num_jobs is not None or where.executor is not None:
        option = "--executor" if num_jobs is None else "--jobs"
        message = f"{option} is for several seeds, and this is a run of one; leave it out"
        raise ConfigError(message)
    settings = settings_of(run)
    with console.status("Preparing"):
        prepared = prepare(settings)
    _go_on(run, prepared, console)


def _go_on(run: RunFolder, prepared: Prepared, console: Console) -> None:
    from simarena.cli.output.progress import TrainingProgress
    from simarena.cli.output.results import results_table
    from simarena.cli.output.tables import print_table
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
    print_table(console, results_table(report["evaluation"]["agents"]))
    console.print(f"Report: {run.path / 'report.md'}", soft_wrap=True)


def _go_on_with_seeds(
    folder: SeedsFolder, num_jobs: int | None, console: Console, where: Where
) -> None:
    from simarena.cli.output.progress import TrainingProgress
    from simarena.cli.output.results import results_table
    from simarena.cli.output.tables import print_table
    from simarena.evaluation.figures import figure, percent
    from simarena.training.seeds import train_seeds

    with ExitStack() as bars:

        def begin(run: RunFolder, prepared: Prepared) -> OnProgress:
            bars.close()
            bar = TrainingProgress(console, prepared.settings, run.path.name)
            return bars.enter_context(bar).update

        def tell(run: RunFolder) -> None:
            bars.close()
            console.print(f"Trained {run.path.name}.", highlight=False)

        try:
            num_seeds = len(folder.seeds)
            with trained_elsewhere(where, folder.path, num_jobs, num_seeds, console) as elsewhere:
                report = train_seeds(
                    folder,
                    num_jobs=num_jobs or where.side_by_side(num_seeds),
                    begin=begin,
                    on_done=tell,
                    begin_training=None if where.executor is None else elsewhere,
                )
        except KeyboardInterrupt:
            bars.close()
            console.print(f"Stopped. Go on with: simarena train --resume {folder.path}")
            raise
    print_table(console, results_table(report["evaluation"]["agents"]))
    over_seeds = report["over_seeds"]
    console.print(
        f"Over seeds: solved {percent(over_seeds['solve_rate'])}, "
        f"steps {figure(over_seeds['steps'])}, seconds {figure(over_seeds['seconds'])}",
        highlight=False,
        markup=False,
    )
    console.print(f"Report: {folder.path / 'report.md'}", soft_wrap=True)


@contextmanager
def trained_elsewhere(
    where: Where, root: Path, num_jobs: int | None, num_runs: int, console: Console
) -> Iterator[BeginTraining]:
    """Give who has the runs under a folder trained: a process each, unless it is said otherwise.

    Raises:
        SimArenaError: there is nobody.
    """
    from simarena.training.processes import TrainingProcess

    if where.executor in {None, LOCAL}:
        yield TrainingProcess
        return
    from simarena.distributed.crews.crew_trainings import CrewTrainings

    def tell(line: str) -> None:
        console.print(line, markup=False, highlight=False, soft_wrap=True)

    with where.crew(num_jobs, root.name, tell, num_orders=num_runs) as crew:
        yield CrewTrainings(crew, root).begin


def _console() -> Console:
    from rich.console import Console

    return Console()
