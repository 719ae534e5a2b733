"""Trainings done by others: a run's folder holds what it would if it were trained here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.distributed._fakes import WarmCrew, workers

from simarena.distributed.bucket import open_bucket
from simarena.distributed.crews.bucket_crew import BucketCrew
from simarena.distributed.crews.crew import LocalCrew
from simarena.distributed.crews.crew_trainings import CrewTrainings
from simarena.distributed.work import WorkEnd
from simarena.errors import JobError, RunError
from simarena.evaluation.run_folder import RunFolder
from simarena.training.checkpoint import Checkpoint
from simarena.training.job import prepare, train
from simarena.training.processes import train_side_by_side
from simarena.training.settings import TrainSettings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from simarena.distributed.crews.crew import Crew
    from simarena.distributed.work import Order


def runs_in(folder: Path, seeds: int = 2, steps: int = 400) -> list[RunFolder]:
    return [
        RunFolder.create(
            folder / f"seed-{seed}",
            command=["t"],
            settings=TrainSettings.for_agent(
                "greedy",
                suite="classic",
                eval_suite=None,
                steps=steps,
                num_envs=8,
                eval_seeds=1,
                seed=seed,
            ).to_json(),
        )
        for seed in range(seeds)
    ]


def trained_by(crew: Crew, root: Path, runs: list[RunFolder]) -> list[str]:
    done: list[str] = []
    train_side_by_side(
        runs, 2, lambda run: done.append(run.path.name), CrewTrainings(crew, root).begin
    )
    crew.close()
    return sorted(done)


def weights(run: RunFolder) -> dict[str, bytes]:
    found = Checkpoint(run.latest)
    assert found.counters.finished
    return {name: each.tobytes() for name, each in found.arrays("weights").items()}


def test_processes_and_a_bucket_leave_the_runs_that_a_training_here_leaves(
    tmp_path: Path, crew: WarmCrew
) -> None:
    here = runs_in(tmp_path / "here")
    for run in here:
        settings = TrainSettings.from_json(run.read_json("settings.json"), "")
        train(prepare(settings), run)
    local = runs_in(tmp_path / "local")
    assert trained_by(crew, tmp_path / "local", local) == ["seed-0", "seed-1"]
    bucket = open_bucket(str(tmp_path / "store"))
    remote = runs_in(tmp_path / "remote")
    with workers(bucket, crew.processes()):
        trained_by(BucketCrew(bucket, "nonce", "r"), tmp_path / "remote", remote)
    for one, two, three in zip(here, local, remote, strict=True):
        assert weights(one) == weights(two) == weights(three)
        rows = [
            [(row["step"], row.get("return_mean")) for row in run.metrics_rows()]
            for run in (one, two, three)
        ]
        assert rows[0] == rows[1] == rows[2]
        assert two.outcomes.read_text() == three.outcomes.read_text()


def test_what_is_trained_already_is_not_asked_for_again(tmp_path: Path, crew: WarmCrew) -> None:
    runs = runs_in(tmp_path / "runs", seeds=1)
    trained_by(crew, tmp_path / "runs", runs)

    class Idle:
        """Nobody."""

        def begin(self, name: str, order: Order) -> None:
            raise AssertionError(name)

        def ended(self) -> list[tuple[str, WorkEnd]]:
            return []

        def so_far(self, name: str) -> Mapping[str, bytes]:
            return {}

        def stop(self, name: str) -> None:
            raise AssertionError(name)

        def close(self) -> None:
            return

    assert trained_by(Idle(), tmp_path / "runs", runs) == ["seed-0"]


def test_whoever_comes_back_waits_for_the_jobs_that_it_submitted(tmp_path: Path) -> None:
    bucket = open_bucket(str(tmp_path / "store"))
    [run] = runs_in(tmp_path / "runs", seeds=1)
    CrewTrainings(BucketCrew(bucket, "n", "r"), tmp_path / "runs").begin(run)
    again = BucketCrew(bucket, "n", "r")
    CrewTrainings(again, tmp_path / "runs").begin(run)
    names = [each.key for each in bucket.list("jobs/pending/")]
    assert names == ["jobs/pending/r.seed-0/manifest.json"]
    [other] = runs_in(tmp_path / "others", seeds=1, steps=800)
    with pytest.raises(JobError, match="asks for something else"):
        CrewTrainings(again, tmp_path / "others").begin(other)
    again.stop("seed-0")
    CrewTrainings(again, tmp_path / "runs").begin(run)
    assert [each.key for each in bucket.list("jobs/pending/")] == [
        "jobs/pending/r.seed-0-retry-1/manifest.json"
    ]


def test_a_failed_training_is_told_with_its_reason(tmp_path: Path) -> None:
    class Failing(LocalCrew):
        """Does nothing well."""

        def ended(self) -> list[tuple[str, WorkEnd]]:
            return [("seed-0", WorkEnd(error="no memory"))]

        def begin(self, name: str, order: Order) -> None:
            return

    runs = runs_in(tmp_path / "runs", seeds=1)
    with pytest.raises(RunError, match="seed-0: the training failed: no memory"):
        trained_by(Failing(tmp_path, 1), tmp_path / "runs", runs)
