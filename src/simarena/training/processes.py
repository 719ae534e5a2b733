"""Runs trained side by side, each in a process of its own."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING, Final, Protocol, Self, TypeAlias

from simarena.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from simarena.evaluation.run_folder import RunFolder

_POLL_S: Final = 0.2
_PATIENCE_S: Final = 10.0


class Training(Protocol):
    """A run being trained, and its agent played, somewhere."""

    run: RunFolder

    def is_done(self) -> bool:
        """Return whether the run is trained and its agent played.

        Raises:
            RunError: it failed.
        """

    def stop(self) -> None:
        """End it if it still goes on."""


BeginTraining: TypeAlias = "Callable[[RunFolder], Training]"
"""Has a run trained; the local way is a `TrainingProcess`."""


class TrainingProcess:
    """A process that trains one run and plays its agent; it ends with the `with` block."""

    def __init__(self, run: RunFolder) -> None:
        self.run = run
        self._log = run.path / "worker.log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 our own module, and a path
                [sys.executable, "-m", "simarena.training.worker", str(run.path)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )

    def __enter__(self) -> Self:
        """Go on beside it."""
        return self

    def __exit__(self, *_exception: object) -> None:
        """End the process if it still runs; its run can be resumed."""
        self.stop()

    def is_done(self) -> bool:
        """Return whether the run is trained and its agent played.

        Raises:
            RunError: the process failed; the message ends with what it said last.
        """
        status = self._process.poll()
        if status is None:
            return False
        if status != 0:
            said = self._log.read_text("utf-8", "replace").split("\n")
            reason = next((line for line in reversed(said) if line.strip()), f"status {status}")
            message = f"{self.run.path}: the training failed: {reason.strip()}"
            raise RunError(message)
        self._log.unlink(missing_ok=True)
        return True

    def stop(self) -> None:
        """End the process, kindly at first."""
        if self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def train_side_by_side(
    runs: Sequence[RunFolder],
    num_jobs: int,
    on_done: Callable[[RunFolder], None],
    begin: BeginTraining = TrainingProcess,
) -> None:
    """Train all `runs`, `num_jobs` at a time; `on_done` hears of each that is finished.

    Raises:
        RunError: one of them failed. The others are stopped, and can be resumed.
    """
    waiting, working = list(runs), list[Training]()
    try:
        while waiting or working:
            while waiting and len(working) < num_jobs:
                working.append(begin(waiting.pop(0)))
            time.sleep(_POLL_S)
            for each in [each for each in working if each.is_done()]:
                working.remove(each)
                on_done(each.run)
    finally:
        for each in working:
            each.stop()
