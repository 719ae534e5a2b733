"""Who does the pieces changes no bit: one process, several, or workers of a bucket."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests.distributed._fakes import WarmCrew, workers
from tests.distributed._trainings import CUT, OUTER, assert_equal, plainly, run_of, settings_of

from simarena.distributed.bucket import open_bucket
from simarena.distributed.claims import Identity
from simarena.distributed.driving import nonces
from simarena.distributed.federated import (
    BucketExecutor,
    CrewExecutor,
    check_learner,
    make_reducer,
    manifest_of,
    train_in_rounds,
)
from simarena.distributed.manifests import Quota
from simarena.distributed.reducing import unpack_update
from simarena.distributed.work import ROUND, Order
from simarena.env import load_suite
from simarena.errors import CheckpointError, ConfigError
from simarena.training.checkpoint import Checkpoint
from simarena.training.job import play_trained, prepare
from simarena.training.job import train as train_plainly
from simarena.training.sb3.local_update import Learner, Piece
from simarena.training.settings import TrainSettings

if TYPE_CHECKING:
    from pathlib import Path

    from simarena.distributed.work import WorkEnd
    from simarena.training.job import Prepared


@pytest.mark.parametrize("agent", ["ppo", "dqn", "qrdqn", "maskable-ppo"])
def test_a_piece_depends_on_what_it_is_given_alone(agent: str) -> None:
    learner = Learner(settings_of(agent))
    start = learner.initial_weights()
    one = Piece(member=0, round=1, num_rounds=3, local_steps=64)
    first = learner.update(start, one)
    other = learner.update(start, Piece(member=1, round=1, num_rounds=3, local_steps=64))
    second = Piece(member=0, round=2, num_rounds=3, local_steps=64)
    after = learner.update(first.weights, second, first.state)
    again = Learner(settings_of(agent))
    repeated = again.update(first.weights, second, first.state)
    assert_equal(repeated.weights, after.weights)
    assert_equal(repeated.state, after.state)
    assert_equal(learner.update(start, one).weights, first.weights)
    assert (first.samples, after.samples) == (64, 64)
    assert any((first.weights[k] != other.weights[k]).any() for k in start)
    assert any((first.weights[k] != start[k]).any() for k in start)


def test_weights_of_another_network_and_a_damaged_state_are_refused() -> None:
    learner = Learner(settings_of("ppo"))
    piece = Piece(member=0, round=1, num_rounds=1, local_steps=8)
    with pytest.raises(CheckpointError, match="holds a network of"):
        learner.update({"a": np.zeros(3, np.float32)}, piece)
    with pytest.raises(CheckpointError, match="state is damaged"):
        learner.update(learner.initial_weights(), piece, {"counters": np.zeros(1, np.int64)})


def test_processes_make_the_weights_of_one_process(
    undisturbed: tuple[Prepared, dict[str, Any]], tmp_path: Path, crew: WarmCrew
) -> None:
    prepared, wanted = undisturbed
    run = run_of(prepared.settings, tmp_path / "run")
    train_in_rounds(prepared, run, CUT, CrewExecutor(lambda _number: crew))
    assert_equal(Checkpoint(run.latest).arrays("weights"), wanted)
    assert [row["round"] for row in run.metrics_rows()] == [1, 2, 3]
    assert Checkpoint(run.latest).counters.step == 2 * 3 * 64
    assert not (run.path / "rounds").exists()
    assert play_trained(run, prepared.settings, prepared.shape).outcomes()


def test_workers_of_a_bucket_make_the_weights_of_one_process(
    undisturbed: tuple[Prepared, dict[str, Any]], tmp_path: Path, crew: WarmCrew
) -> None:
    prepared, wanted = undisturbed
    bucket = open_bucket(str(tmp_path / "store"))
    run = run_of(prepared.settings, tmp_path / "run")
    executor = BucketExecutor(bucket, Identity("c", nonces()), "g", poll_s=0.05)
    with workers(bucket, crew.processes()):
        train_in_rounds(prepared, run, CUT, executor)
    assert_equal(Checkpoint(run.latest).arrays("weights"), wanted)
    assert [row["round"] for row in run.metrics_rows()] == [1, 2, 3]


class KilledError(Exception):
    """Stands for the end of the process that closes the rounds."""


def test_rounds_that_were_left_are_gone_on_with_bit_by_bit(tmp_path: Path, crew: WarmCrew) -> None:
    prepared = prepare(settings_of("dqn"))
    run = run_of(prepared.settings, tmp_path / "run")
    executor = CrewExecutor(lambda _number: crew)

    def die(row: dict[str, Any]) -> None:
        if row["round"] == 2:
            raise KilledError

    with pytest.raises(KilledError):
        train_in_rounds(prepared, run, CUT, executor, die)
    assert [path.name for path in (run.path / "rounds").iterdir()] == ["after_000002"]
    train_in_rounds(prepared, run, CUT, executor)
    assert_equal(Checkpoint(run.latest).arrays("weights"), plainly(prepared.settings))
    assert [row["round"] for row in run.metrics_rows()] == [1, 2, 3]
    train_in_rounds(prepared, run, CUT, executor)  # it is done
    assert len(run.metrics_rows()) == 3


def test_rounds_begin_with_the_weights_of_another_run(tmp_path: Path) -> None:
    settings = settings_of("ppo")
    other = run_of(settings, tmp_path / "other")
    train_plainly(prepare(settings), other)
    taken = prepare(replace(settings, transfer=str(other.path)))
    begun: list[bytes] = []

    class Noting:
        """Trains nothing."""

        def train(self, *arguments: Any) -> bytes:
            begun.append(arguments[2].initial())
            return begun[0]

    train_in_rounds(taken, run_of(taken.settings, tmp_path / "run"), CUT, Noting())
    (tmp_path / "begun.npz").write_bytes(begun[0])
    found = Checkpoint(tmp_path / "begun.npz").arrays("weights")
    assert_equal(found, Checkpoint(other.latest).arrays("weights"))


def test_rounds_are_trained_on_a_trace_that_members_are_handed(
    tmp_path: Path, crew: WarmCrew
) -> None:
    path = str(tmp_path / "a.sktrace")
    load_suite("classic")[5].trace.save(path)
    settings = replace(settings_of("ppo"), suite=None, trace=path, deploy="web", target=3)
    prepared = prepare(settings)
    run = run_of(settings, tmp_path / "run")
    train_in_rounds(prepared, run, CUT, CrewExecutor(lambda _number: crew))
    assert_equal(Checkpoint(run.latest).arrays("weights"), plainly(settings))
    manifest = manifest_of(settings, "g.00000", "g")
    assert manifest.trace_uri == "inputs/g/trace"
    assert manifest.train_settings(trace=path) == settings


def test_who_is_handed_no_weights_begins_with_those_of_the_group(
    tmp_path: Path, crew: WarmCrew
) -> None:
    prepared = prepare(settings_of("dqn"))
    made = []
    for files in ({}, {"global": make_reducer(prepared, OUTER).initial()}):
        piece = {"member": 0, "round": 1, "num_rounds": 1, "local_steps": 64}
        manifest = manifest_of(prepared.settings, "one")
        crew.begin("one", Order(kind=ROUND, manifest=manifest, files=files, round=piece))
        ended: list[tuple[str, WorkEnd]] = []
        while not ended:
            ended = crew.ended()
        made.append(ended[0][1].files["update.npz"])
    crew.close()
    assert_equal(*(dict(unpack_update("one", each)[0].weights) for each in made))


def test_the_jobs_of_members_are_within_what_workers_allow() -> None:
    Quota().require(manifest_of(settings_of("dqn"), "g.00000"))


@pytest.mark.parametrize(
    "settings",
    [
        TrainSettings.for_agent("greedy"),
        TrainSettings(episodes=3),
        TrainSettings(suite=None, trace="/", deploy="w", target=1),
    ],
)
def test_a_training_that_cannot_be_averaged_is_refused(settings: TrainSettings) -> None:
    with pytest.raises(ConfigError):
        check_learner(settings)
