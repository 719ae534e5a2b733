"""A search for settings: Optuna proposes them, runs are trained with them, hopeless ones cut short.

runs/<name>/
    sweep.json           what is searched, from which settings
    journal.log          Optuna's record of all trials; a killed search goes on from it
    trials/<n>/seed-<m>/ a run folder for each trial and seed
    command.txt, versions.json, report.md, report.json

What is minimised are the mean steps to solve, an unsolved episode counting its whole limit, over
scenarios and seeds. Nothing here looks at scenarios that are held out, unless it is told to.
"""

from __future__ import annotations

import time
import warnings
from dataclasses import asdict, dataclass, replace
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from simarena.checks.plain_fields import check_plain_fields
from simarena.errors import ConfigError, RunError, SimArenaError
from simarena.evaluation.json_lines import MAX_BYTES
from simarena.evaluation.outcome import read_outcomes
from simarena.evaluation.run_folder import RunFolder, new_folder
from simarena.evaluation.summary import summarize
from simarena.files.bounded import require_file
from simarena.training.job import prepare
from simarena.training.processes import TrainingProcess
from simarena.training.settings import TrainSettings, settings_of
from simarena.training.sweeps.report import write_sweep_report
from simarena.training.sweeps.search_space import Parameter, parse_space

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from optuna import Study
    from optuna.trial import Trial

    from simarena.training.processes import BeginTraining, Training

_FILE: Final = "sweep.json"
_JOURNAL: Final = "journal.log"
_POLL_S: Final = 0.2
_RUNGS: Final = 20  # of a training, at which trials are compared
_WARM_RUNGS: Final = 6  # before any is cut short
_WARM_TRIALS: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepSettings:
    """What a search does."""

    base: Mapping[str, Any]
    """Settings of every run that are not the defaults."""

    space: Sequence[str]
    """What is searched, as `Parameter.parse` reads it."""

    num_trials: int = 20
    num_seeds: int = 1
    """Trainings of each trial, with seeds that follow; their mean counts."""

    prunes: bool = True
    """Whether a trial ends early whose training is worse than half of the others at that point."""

    def __post_init__(self) -> None:
        """Refuse a search that cannot be made."""
        check_plain_fields(self)
        for name in ("num_trials", "num_seeds"):
            if not 1 <= getattr(self, name) <= 100_000:  # noqa: PLR2004
                message = f"{name} must be from 1 to 100000, got {getattr(self, name)}"
                raise ConfigError(message)
        self.parameters()

    def parameters(self) -> list[Parameter]:
        """Return what is searched."""
        return parse_space(self.space, dict(self.base))


class SweepFolder:
    """The folder of a search."""

    def __init__(self, path: Path, settings: SweepSettings) -> None:
        self.path = path
        self.settings = settings

    @classmethod
    def create(cls, path: Path, *, command: Sequence[str], settings: SweepSettings) -> SweepFolder:
        """Make the folder; it appears complete.

        Raises:
            RunError: there is something at `path` already, or it cannot be written.
        """
        with new_folder(path, command=command) as part:
            part.write_json(_FILE, asdict(settings))
            (part.path / "trials").mkdir()
        return cls(path, settings)

    @classmethod
    def open(cls, path: Path) -> SweepFolder:
        """Return the folder at `path`.

        Raises:
            RunError: there is no search there, or it is damaged.
            StorageError: its journal is no file.
        """
        if not (path / _FILE).is_file():
            message = f"{path}: is no search (no {_FILE} in it); see 'simarena sweep'"
            raise RunError(message)
        stored = RunFolder(path).read_json(_FILE)
        if (path / _JOURNAL).exists():
            require_file(path / _JOURNAL, MAX_BYTES)
        try:
            stored["base"] = {
                key: tuple(value) if isinstance(value, list) else value
                for key, value in stored["base"].items()
            }
            return cls(path, SweepSettings(**stored))
        except (KeyError, TypeError, AttributeError, SimArenaError) as error:
            message = f"{path / _FILE}: is damaged ({error}); search again with a new --name"
            raise RunError(message) from error

    def extend(self, num_trials: int) -> None:
        """Let the search make so many trials in all."""
        self.settings = replace(self.settings, num_trials=num_trials)
        RunFolder(self.path).write_json(_FILE, asdict(self.settings))

    def run_of(self, trial: int, settings: TrainSettings) -> RunFolder:
        """Return the run of a trial and a seed, made if it is not there yet."""
        path = self.path / "trials" / f"{trial:03d}" / f"seed-{settings.seed}"
        if path.exists():
            return RunFolder.open(path)
        command = ["simarena", "sweep", "--resume", str(self.path)]
        return RunFolder.create(path, command=command, settings=settings.to_json())


def check_search(settings: SweepSettings) -> None:
    """Notice what no run of the search could be made with, before anything is written.

    Raises:
        SimArenaError: the settings of every run, or a value that is searched, cannot be used.
        ModuleNotFoundError: Optuna is not installed.
    """
    if find_spec("optuna") is None:
        message = "No module named 'optuna'"
        raise ModuleNotFoundError(message, name="optuna")
    prepare(TrainSettings.for_agent(**settings.base)).env.close()
    for parameter in settings.parameters():
        for end in parameter.ends():
            one = TrainSettings.for_agent(**{**settings.base, parameter.name: end})
            prepare(one).env.close()


def search(
    folder: SweepFolder,
    *,
    num_jobs: int = 1,
    on_trial: Callable[[dict[str, Any]], None],
    begin_training: BeginTraining = TrainingProcess,
) -> dict[str, Any]:
    """Make the trials that are left, `num_jobs` at a time; return the report.

    `on_trial` hears of each that has ended: number, state, value, params. Runs are trained wherever
    `begin_training` has it done.

    Raises:
        RunError: every trial failed, or another process searches here.
        SimArenaError: no run can be made from these settings.
    """
    settings = folder.settings
    base = TrainSettings.for_agent(**settings.base)
    prepare(base)  # what cannot be trained is noticed, and kernels are compiled, once
    with RunFolder(folder.path).locked(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Optuna's, on what it calls experimental
        study = _study(folder, base)
        waiting = _unfinished(study)
        working: list[_Trial] = []
        try:
            while True:
                num_begun = len(study.get_trials(deepcopy=False)) - len(waiting)
                while len(working) < num_jobs and (waiting or num_begun < settings.num_trials):
                    one = waiting.pop(0) if waiting else study.ask()
                    working.append(_Trial(folder, one, begin_training))
                    num_begun += 1
                if not working:
                    break
                time.sleep(_POLL_S)
                for each in [each for each in working if each.has_ended(study)]:
                    working.remove(each)
                    on_trial(_told(study, each.trial.number))
        finally:
            for each in working:
                each.stop()
        trials = [_told(study, trial.number) for trial in study.get_trials(deepcopy=False)]
    return write_sweep_report(RunFolder(folder.path), folder.settings.base, trials)


class _Trial:
    """A trial under way: its runs, one after the other."""

    def __init__(self, folder: SweepFolder, trial: Trial, begin_training: BeginTraining) -> None:
        self.trial = trial
        self._folder = folder
        self._begin_training = begin_training
        self._training: Training | None = None
        self._steps: list[float] = []
        self._rates: list[float] = []
        self._rung = -1

    def has_ended(self, study: Study) -> bool:
        """Go on, and return whether the study was told how it ended."""
        from optuna.trial import TrialState

        try:
            if self._training is None:
                run = self._folder.run_of(self.trial.number, self._next())
                self._training = self._begin_training(run)
            if self._training.is_done():
                self._count(self._training.run)
                self._training = None
            elif self._is_hopeless():
                self.stop()
                study.tell(self.trial, state=TrialState.PRUNED)
                return True
        except SimArenaError as error:
            self.trial.set_user_attr("failure", str(error))
            study.tell(self.trial, state=TrialState.FAIL)
            return True
        if len(self._steps) < self._folder.settings.num_seeds:
            return False
        self.trial.set_user_attr("solve_rate", float(np.mean(self._rates)))
        study.tell(self.trial, float(np.mean(self._steps)))
        return True

    def stop(self) -> None:
        """End its training; what it has learned is kept where it can be, and gone on with."""
        if self._training is not None:
            self._training.stop()

    def _next(self) -> TrainSettings:
        settings = self._folder.settings
        values = {each.name: each.suggest(self.trial) for each in settings.parameters()}
        one = TrainSettings.for_agent(**{**settings.base, **values})
        return replace(one, seed=one.seed + len(self._steps))

    def _count(self, run: RunFolder) -> None:
        summary = summarize(read_outcomes(run.outcomes))
        self._steps.append(summary.steps.value)
        self._rates.append(summary.solve_rate.value)

    def _is_hopeless(self) -> bool:
        """Report how the first seed's training goes, and return whether that is too bad."""
        if self._steps or self._training is None:
            return False
        run = self._training.run
        total = settings_of(run).steps
        rows = [row for row in run.metrics_rows() if "length_mean" in row]
        for row in rows:
            rung = _RUNGS * row["step"] // total
            if rung > self._rung:
                self._rung = rung
                self.trial.report(row["length_mean"], rung)
        return bool(rows) and self._folder.settings.prunes and self.trial.should_prune()


def _study(folder: SweepFolder, base: TrainSettings) -> Study:
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    storage = JournalStorage(JournalFileBackend(str(folder.path / _JOURNAL)))
    study = optuna.create_study(
        study_name="sweep", storage=storage, direction="minimize", load_if_exists=True
    )
    # A search that goes on must not draw again what it drew at first.
    study.sampler = optuna.samplers.TPESampler(seed=base.seed + len(study.get_trials()))
    study.pruner = optuna.pruners.MedianPruner(
        n_startup_trials=_WARM_TRIALS, n_warmup_steps=_WARM_RUNGS
    )
    return study


def _unfinished(study: Study) -> list[Trial]:
    """Return the trials that were under way when the search was killed."""
    from optuna.trial import Trial, TrialState

    running = study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
    return [Trial(study, each._trial_id) for each in running]  # noqa: SLF001 no public way


def _told(study: Study, number: int) -> dict[str, Any]:
    trial = study.get_trials(deepcopy=False)[number]
    return {
        "number": number,
        "state": trial.state.name.lower(),
        "value": trial.value if trial.state.name == "COMPLETE" else None,
        "solve_rate": trial.user_attrs.get("solve_rate"),
        "params": dict(trial.params),
        "failure": trial.user_attrs.get("failure"),
    }
