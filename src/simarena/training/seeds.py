"""One training several times over, each with a seed of its own: what chance does to the result.

runs/<name>/
    seeds.json          the settings, and the seeds
    seed-<n>/           a run folder for each
    command.txt, versions.json, outcomes.jsonl, plots/, report.md, report.json
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from simarena.errors import RunError
from simarena.evaluation.outcome import outcomes_to_lines, read_outcomes
from simarena.evaluation.run_folder import RunFolder, new_folder
from simarena.training.job import measure, play_baselines, prepare, train
from simarena.training.processes import TrainingProcess, train_side_by_side
from simarena.training.seeds_report import write_seeds_report
from simarena.training.settings import TrainSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from simarena.training.job import Prepared
    from simarena.training.processes import BeginTraining
    from simarena.training.segments import OnProgress

_FILE: Final = "seeds.json"


class SeedsFolder:
    """The folder of one training with several seeds."""

    def __init__(self, path: Path, settings: TrainSettings, seeds: Sequence[int]) -> None:
        self.path = path
        self.settings = settings
        self.seeds = tuple(seeds)

    @classmethod
    def create(
        cls, path: Path, *, command: Sequence[str], settings: TrainSettings, num_seeds: int
    ) -> SeedsFolder:
        """Make the folder; its runs have the settings' seed and those that follow.

        Raises:
            RunError: there is something at `path` already, or it cannot be written.
            ConfigError: seeds would be too large.
        """
        seeds = range(settings.seed, settings.seed + num_seeds)
        each_settings = [replace(settings, seed=seed) for seed in seeds]
        with new_folder(path, command=command) as part:
            part.write_json(_FILE, {"seeds": list(seeds), "settings": settings.to_json()})
            for one in each_settings:
                RunFolder.create(
                    part.path / f"seed-{one.seed}", command=command, settings=one.to_json()
                )
        return cls(path, settings, seeds)

    @classmethod
    def open(cls, path: Path) -> SeedsFolder:
        """Return the folder at `path`.

        Raises:
            RunError: it is damaged, or no such folder.
        """
        stored = RunFolder(path).read_json(_FILE)
        try:
            settings = TrainSettings.from_json(stored["settings"], str(path / _FILE))
            seeds = [int(seed) for seed in stored["seeds"]]
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            message = f"{path / _FILE}: is damaged ({error!r}); train again with a new --name"
            raise RunError(message) from error
        return cls(path, settings, seeds)

    @staticmethod
    def is_at(path: Path) -> bool:
        """Return whether there is such a folder at `path`."""
        return (path / _FILE).is_file()

    def runs(self) -> list[RunFolder]:
        """Return the runs, in the order of their seeds."""
        return [RunFolder.open(self.path / f"seed-{seed}") for seed in self.seeds]


def train_seeds(
    folder: SeedsFolder,
    *,
    num_jobs: int = 1,
    begin: Callable[[RunFolder, Prepared], OnProgress] | None = None,
    on_done: Callable[[RunFolder], None] | None = None,
    begin_training: BeginTraining | None = None,
) -> dict[str, Any]:
    """Train and measure all runs of the folder, from where they were left; return its report.

    With one job they are trained in this process, and `begin` is asked for each who shall hear how
    far it is; with more, each has a process of its own, or is trained wherever `begin_training`
    has it done. `on_done` hears of each that is trained.

    Raises:
        SimArenaError: a run cannot be trained.
    """
    prepared = prepare(folder.settings)
    runs = folder.runs()
    if num_jobs > 1 or begin_training is not None:
        train_side_by_side(
            runs, num_jobs, on_done or (lambda _run: None), begin_training or TrainingProcess
        )
    else:
        for run, seed in zip(runs, folder.seeds, strict=True):
            one = prepare(replace(folder.settings, seed=seed))
            train(one, run, begin(run, one) if begin is not None else None)
            if on_done is not None:
                on_done(run)
    baselines = play_baselines(folder.settings, prepared.shape)
    for run in runs:
        measure(run, folder.settings, prepared.shape, baselines=baselines)
    return report_seeds(folder)


def report_seeds(folder: SeedsFolder) -> dict[str, Any]:
    """Write the report over all runs from what their folders hold, and return it.

    Raises:
        RunError: a run has not been measured, or a file is damaged.
    """
    runs = folder.runs()
    agent = folder.settings.agent
    measured = [read_outcomes(run.outcomes) for run in runs]
    trained = [[each for each in outcomes if each.agent == agent] for outcomes in measured]
    others = [each for each in measured[0] if each.agent != agent]
    own = RunFolder(folder.path)
    everything = [each for outcomes in trained for each in outcomes] + others
    own.write_text(own.outcomes.name, outcomes_to_lines(everything))
    return write_seeds_report(own, folder.settings, folder.seeds, runs, trained, everything)
