"""Runs trained by a crew: each is an order, and what it made goes into the run's folder."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from simarena.distributed.federated import files_of, manifest_of
from simarena.distributed.manifests import TRAINING
from simarena.distributed.work import Order
from simarena.errors import RunError
from simarena.files.storage import write_bytes
from simarena.training.checkpoint import Checkpoint
from simarena.training.job import checkpoint_path
from simarena.training.settings import settings_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from simarena.distributed.crews.crew import Crew
    from simarena.distributed.work import WorkEnd
    from simarena.evaluation.run_folder import RunFolder
    from simarena.training.settings import TrainSettings

_LOOK_S: Final = 0.2
_METRICS_S: Final = 2.0


class CrewTrainings:
    """Has the runs under one folder trained by a crew."""

    def __init__(self, crew: Crew, root: Path) -> None:
        self._crew = crew
        self._root = root
        self._ended: dict[str, WorkEnd] = {}
        self._looked_s = 0.0

    def begin(self, run: RunFolder) -> CrewTraining:
        """Have a run trained, unless it is.

        Raises:
            SimArenaError: its settings name what no job may.
        """
        name = ".".join(run.path.relative_to(self._root).parts)
        if not _is_trained(run):
            self._crew.begin(name, training_order(settings_of(run), name))
        return CrewTraining(run, name, self)

    def end(self, name: str) -> WorkEnd | None:
        """Return how a training has ended; None if it has not."""
        now = time.monotonic()
        if name not in self._ended and now - self._looked_s > _LOOK_S:
            self._ended |= dict(self._crew.ended())
            self._looked_s = time.monotonic()
        return self._ended.pop(name, None)

    def metrics(self, name: str) -> bytes | None:
        """Return a training's rows of metrics as far as they are seen."""
        return self._crew.so_far(name).get("metrics.jsonl")

    def stop(self, name: str) -> None:
        """Give up a training."""
        self._crew.stop(name)


class CrewTraining:
    """One run being trained."""

    def __init__(self, run: RunFolder, name: str, trainings: CrewTrainings) -> None:
        self.run = run
        self._name = name
        self._trainings = trainings
        self._heard_s = time.monotonic()

    def is_done(self) -> bool:
        """Return whether the run is trained and its agent played.

        Raises:
            RunError: it failed.
        """
        if _is_trained(self.run):
            return True
        end = self._trainings.end(self._name)
        if end is None:
            if time.monotonic() - self._heard_s > _METRICS_S:
                self._heard_s = time.monotonic()
                self._write(self._trainings.metrics(self._name))
            return False
        if end.error is not None:
            message = f"{self.run.path}: the training failed: {end.error}"
            raise RunError(message)
        self._keep(end.files)
        return True

    def stop(self) -> None:
        """Give it up."""
        if not _is_trained(self.run):
            self._trainings.stop(self._name)

    def _write(self, metrics: bytes | None) -> None:
        if metrics is not None:
            self.run.write_text(self.run.metrics.name, metrics.decode("utf-8", "replace"))

    def _keep(self, files: Mapping[str, bytes]) -> None:
        """Write what was made, its checkpoint last: a run that has one is done.

        Raises:
            RunError: something is missing, or damaged.
        """
        run, settings = self.run, settings_of(self.run)
        run.mend()
        missing = {"checkpoint_final.npz", "outcomes.jsonl"} - files.keys()
        if missing:
            message = f"{run.path}: the training left no {min(missing)}; train again"
            raise RunError(message)
        self._write(files.get("metrics.jsonl"))
        write_bytes(run.outcomes, files["outcomes.jsonl"])
        handed = run.checkpoints / "handed_in.npz"
        handed.write_bytes(files["checkpoint_final.npz"])
        if Checkpoint(handed).agent != settings.agent:
            message = f"{run.path}: was handed a checkpoint of another agent; train again"
            raise RunError(message)
        handed.rename(run.latest)


def training_order(settings: TrainSettings, job: str) -> Order:
    """Return the order to train with these settings and play what was trained.

    Raises:
        SimArenaError: they name what no job may: code, or files that it is not given.
    """
    files = files_of(settings)
    if settings.transfer is not None:
        files["weights"] = checkpoint_path(settings.transfer).read_bytes()
    return Order(kind=TRAINING, manifest=manifest_of(settings, job), files=files)


def _is_trained(run: RunFolder) -> bool:
    return (
        run.outcomes.exists() and run.latest.exists() and Checkpoint(run.latest).counters.finished
    )
