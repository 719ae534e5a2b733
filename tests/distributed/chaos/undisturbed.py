"""What a storm trains, and what comes of it where nothing happens: `python -m ... FOLDER`."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from simarena.distributed.averaging import OuterSettings
from simarena.distributed.crews.crew import LocalCrew
from simarena.distributed.federated import CrewExecutor, RoundsSettings, make_reducer
from simarena.evaluation.run_folder import RunFolder
from simarena.training.job import prepare, train
from simarena.training.settings import TrainSettings

NUM_SEEDS: Final = 4
"""Jobs whose numbers differ by as many are equal."""
JOB: Final[dict[str, Any]] = {
    "suite": "classic",
    "eval_suite": None,
    "steps": 60_000,
    "num_envs": 8,
    "checkpoint_interval": 8_000,
    "eval_seeds": 1,
}
ROUNDS: Final = RoundsSettings(
    num_workers=2, num_rounds=3, local_steps=128, quorum=2, outer=OuterSettings(momentum=0.5)
)


def round_settings() -> TrainSettings:
    """Return what is trained in rounds."""
    return TrainSettings(
        suite="classic", eval_suite=None, steps=800, num_envs=8, net_arch=(8,), rollout_steps=8,
        batch_size=16, eval_seeds=1,
    )  # fmt: skip


def job_file(folder: Path, number: int) -> Path:
    """Return where the checkpoint of a job is kept."""
    return folder / f"seed-{number % NUM_SEEDS}.npz"


def rounds_file(folder: Path) -> Path:
    """Return where the weights after the last round are kept."""
    return folder / "rounds.npz"


def compile_kernels() -> None:
    """Let what everybody needs be compiled, or read, before they begin; no tensor is touched."""
    with tempfile.TemporaryDirectory(prefix="simarena-kernels-") as folder:
        _train(Path(folder) / "run", {**JOB, "steps": 1_000}, 0)


def _train(path: Path, job: dict[str, Any], seed: int) -> Path:
    """Train, and return the checkpoint."""
    settings = TrainSettings.for_agent("greedy", **job, seed=seed)
    run = RunFolder.create(path, command=["t"], settings=settings.to_json())
    train(prepare(settings), run)
    return run.latest


def main() -> None:
    """Write all of it into a folder."""
    folder = Path(sys.argv[1])
    for seed in range(NUM_SEEDS):
        shutil.copyfile(_train(folder / f"s{seed}", JOB, seed), job_file(folder, seed))
    prepared = prepare(round_settings())
    executor = CrewExecutor(lambda number: LocalCrew(folder / "work", number))
    reducer = make_reducer(prepared, ROUNDS.outer)
    rounds_file(folder).write_bytes(executor.train(prepared, ROUNDS, reducer, lambda _made: None))


if __name__ == "__main__":
    main()
