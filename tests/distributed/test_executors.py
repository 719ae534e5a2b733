"""Who does the pieces changes no bit: one process, several, or workers of a bucket."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from simarena.distributed.averaging import OuterSettings, Update, aggregate
from simarena.distributed.bucket import open_bucket
from simarena.distributed.claims import Identity
from simarena.distributed.driving import drive, nonces
from simarena.distributed.federated import (
    BucketExecutor,
    LocalExecutor,
    RoundsSettings,
    check_learner,
    manifest_of,
    train_in_rounds,
)
from simarena.distributed.manifests import Quota
from simarena.distributed.rounds import run_member
from simarena.distributed.task_process import TaskProcess
from simarena.distributed.worker import Employment, WorkerSettings, serve
from simarena.errors import CheckpointError, ConfigError
from simarena.evaluation.run_folder import RunFolder
from simarena.training.checkpoint import Checkpoint
from simarena.training.job import play_trained, prepare
from simarena.training.sb3.local_update import Learner, Piece
from simarena.training.settings import TrainSettings

if TYPE_CHECKING:
    from pathlib import Path

OUTER = OuterSettings(learning_rate=0.9, momentum=0.3)
CUT = RoundsSettings(num_workers=2, num_rounds=3, local_steps=64, quorum=2, outer=OUTER)


def settings_of(agent: str) -> TrainSettings:
    return TrainSettings.for_agent(
        agent,
        suite="classic",
        eval_suite=None,
        steps=400,
        num_envs=8,
        net_arch=(8,),
        batch_size=16,
        rollout_steps=4,
        learning_starts=32,
        buffer_size=200,
        num_quantiles=4,
        target_update_interval=16,
        eval_seeds=1,
    )


def plainly(settings: TrainSettings) -> dict[str, Any]:
    """Return the last weights of a training in rounds, in the fewest words."""
    learner = Learner(settings)
    weights, velocity = learner.initial_weights(), None
    states: dict[int, Any] = {}
    for number in range(1, CUT.num_rounds + 1):
        updates = []
        for member in range(CUT.num_workers):
            piece = Piece(
                member=member,
                round=number,
                num_rounds=CUT.num_rounds,
                local_steps=CUT.local_steps,
            )
            made = learner.update(weights, piece, states.get(member))
            states[member] = made.state
            updates.append(Update(f"{member}", made.weights, made.samples))
        weights, velocity = aggregate(weights, updates, OUTER, velocity)
    return weights


def assert_equal(found: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert found.keys() == wanted.keys()
    for name, array in wanted.items():
        assert found[name].dtype == array.dtype
        assert found[name].tobytes() == array.tobytes(), name


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


def test_processes_and_a_bucket_make_the_weights_of_one_process(tmp_path: Path) -> None:
    settings = settings_of("dqn")
    wanted = plainly(settings)
    prepared = prepare(settings)

    def run(name: str) -> RunFolder:
        return RunFolder.create(tmp_path / name, command=["t"], settings=settings.to_json())

    local = run("local")
    train_in_rounds(prepared, local, CUT, LocalExecutor(tmp_path / "work"))
    assert_equal(Checkpoint(local.latest).arrays("weights"), wanted)

    bucket = open_bucket(str(tmp_path / "store"))
    processes = [TaskProcess(tmp_path / f"w{number}") for number in range(2)]
    employments = [
        Employment(
            Identity(f"w{number}", nonces()),
            WorkerSettings(max_idle_s=2.0, idle_s=0.05, look_s=0.02),
            process,
        )
        for number, process in enumerate(processes)
    ]
    threads = [
        threading.Thread(
            target=drive,
            args=(serve(each, run_member), bucket),
        )
        for each in employments
    ]
    remote = run("bucket")
    executor = BucketExecutor(bucket, Identity("c", nonces()), "g", poll_s=0.05)
    coordinating = threading.Thread(target=train_in_rounds, args=(prepared, remote, CUT, executor))
    coordinating.start()
    while not bucket.list("jobs/pending/"):
        coordinating.join(0.05)
    for thread in threads:
        thread.start()
    for thread in (*threads, coordinating):
        thread.join()
    for process in processes:
        process.close()
    assert_equal(Checkpoint(remote.latest).arrays("weights"), wanted)
    assert [row["round"] for row in remote.metrics_rows()] == [1, 2, 3]
    assert Checkpoint(remote.latest).counters.step == 2 * 3 * 64
    assert play_trained(remote, settings, prepared.shape).outcomes()


def test_the_jobs_of_members_are_within_what_workers_allow() -> None:
    Quota().require(manifest_of(settings_of("dqn"), "g.00000"))


@pytest.mark.parametrize(
    "settings",
    [
        TrainSettings.for_agent("greedy"),
        TrainSettings(episodes=3),
        TrainSettings(suite=None, trace="/a.sktrace", deploy="w", target=1),
        TrainSettings(transfer="/a.npz"),
    ],
)
def test_a_training_that_cannot_be_averaged_is_refused(settings: TrainSettings) -> None:
    with pytest.raises(ConfigError):
        check_learner(settings)
