"""A training in rounds, as `simarena train --executor` asks for it."""

from __future__ import annotations

import tempfile
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simarena.cli._invocation import command_line
from simarena.cli.options.bucket import identity, opened
from simarena.errors import ConfigError

if TYPE_CHECKING:
    from rich.console import Console

    from simarena.distributed.federated import Executor
    from simarena.training.settings import TrainSettings


class ExecutorName(StrEnum):
    """Who does the pieces of a training in rounds."""

    local = "local"
    bucket = "bucket"


def start_rounds(
    settings: TrainSettings,
    name: str | None,
    runs: Path,
    *,
    executor: ExecutorName,
    workers: int,
    rounds: int,
    local_steps: int | None,
    quorum: int | None,
    limit_s: float,
    outer_learning_rate: float,
    outer_momentum: float,
    store: str | None,
) -> None:
    """Make a run, train it in rounds, measure it, and write its report.

    Raises:
        SimArenaError: it cannot be trained so.
    """
    from rich.console import Console

    from simarena.cli.output.progress import TrainingProgress
    from simarena.cli.output.results import results_table
    from simarena.cli.output.tables import print_table
    from simarena.distributed.averaging import OuterSettings
    from simarena.distributed.federated import RoundsSettings, check_learner, train_in_rounds
    from simarena.evaluation.run_folder import RunFolder, check_name, next_name
    from simarena.training.job import measure, prepare

    if name is not None:
        check_name(runs, name)
    check_learner(settings)
    steps = local_steps or max(1, settings.steps // (workers * rounds))
    cut = RoundsSettings(
        num_workers=workers,
        num_rounds=rounds,
        local_steps=steps,
        quorum=workers if quorum is None else quorum,
        limit_s=limit_s,
        outer=OuterSettings(learning_rate=outer_learning_rate, momentum=outer_momentum),
    )
    cut.group("check")
    if executor is ExecutorName.local and cut.quorum != workers:
        message = "--quorum is for a bucket; on this machine a worker that dies is started again"
        raise ConfigError(message)
    console = Console()
    with console.status("Preparing (the first time, kernels are compiled for half a minute)"):
        prepared = prepare(settings)
    path = runs / (name or next_name(runs, f"{settings.agent}-{settings.suite}"))
    with tempfile.TemporaryDirectory(prefix="simarena-rounds-") as work:
        doer = _executor(executor, store, path.name, Path(work), console)
        run = RunFolder.create(path, command=command_line(), settings=settings.to_json())
        with TrainingProgress(console, prepared.settings) as progress:
            train_in_rounds(prepared, run, cut, doer, progress.update)
    with console.status("Measuring"):
        report = measure(run, settings, prepared.shape)
    print_table(console, results_table(report["evaluation"]["agents"]))
    console.print(f"Report: {run.path / 'report.md'}", soft_wrap=True)


def _executor(
    name: ExecutorName, store: str | None, group: str, work: Path, console: Console
) -> Executor:
    from simarena.distributed.federated import BucketExecutor, LocalExecutor
    from simarena.distributed.keys import check_name

    if name is ExecutorName.local:
        return LocalExecutor(work)
    if store is None:
        message = "--executor bucket needs a bucket; name one with --store, or in SIMARENA_STORE"
        raise ConfigError(message)
    bucket = opened(store)
    console.print(
        f"Waiting for workers; start them with: simarena worker --store {bucket.uri}",
        soft_wrap=True,
        markup=False,
        highlight=False,
    )

    def tell(line: str) -> None:
        console.print(line, markup=False, highlight=False, soft_wrap=True)

    return BucketExecutor(bucket, identity(), check_name("run", group), tell=tell)


def refuse_lonely(given: dict[str, Any]) -> None:
    """Refuse options of rounds where no executor is named.

    Raises:
        ConfigError: there is one.
    """
    for option, value in given.items():
        if value is not None:
            message = f"{option} is for a training in rounds; say who does it with --executor"
            raise ConfigError(message)
