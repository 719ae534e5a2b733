"""Real, short trainings: what they leave, and that a killed one loses nothing but time."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from simarena.agents import DqnAgent, TaskShape
from simarena.env import load_suite
from simarena.errors import CheckpointError
from simarena.evaluation.playing import evaluate
from simarena.evaluation.run_folder import RunFolder
from simarena.training.checkpoint import Checkpoint
from simarena.training.job import Prepared, prepare, train
from simarena.training.sb3.models import build_model
from simarena.training.sb3.state import load_weights
from simarena.training.settings import TrainSettings
from simarena.training.trained import trained_agent

if TYPE_CHECKING:
    from pathlib import Path

    from simarena.training.segments import OnProgress

SHORT: dict[str, Any] = {
    "suite": "classic",
    "eval_suite": "classic",
    "agent": "dqn",
    "steps": 1_600,
    "num_envs": 16,
    "net_arch": (16,),
    "batch_size": 32,
    "buffer_size": 1_000,
    "learning_starts": 500,
    "gradient_steps": 1,
    "target_update_interval": 200,
    "checkpoint_interval": 400,
}


PPO: dict[str, Any] = {"rollout_steps": 10, "num_epochs": 2, "num_quantiles": 4}


class Killed(Exception):  # noqa: N818 it stands for a signal
    """Stands for a signal that nothing survives."""


def kill_after(step: int) -> OnProgress:
    """Return a listener that ends the training at the first row after `step`."""

    def listen(row: dict[str, Any]) -> None:
        if row["step"] > step:
            raise Killed

    return listen


def new_run(path: Path, **changes: object) -> tuple[RunFolder, Prepared]:
    settings = TrainSettings(**(SHORT | changes))
    return RunFolder.create(path, command=["t"], settings=settings.to_json()), prepare(settings)


def timeless(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows of metrics without what the clock says."""
    return [{k: v for k, v in row.items() if k not in {"seconds", "steps_per_s"}} for row in rows]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    run, prepared = new_run(tmp_path_factory.mktemp("runs") / "finished")
    train(prepared, run)
    return run


def test_it_leaves_checkpoints_metrics_and_event_files(finished: RunFolder) -> None:
    names = sorted(path.name for path in finished.checkpoints.iterdir())
    steps = [400, 800, 1_200, 1_600]
    assert names == ["latest.npz", *(f"step_{step:09d}.npz" for step in steps)]
    counters = Checkpoint(finished.latest).counters
    assert (counters.step, counters.finished) == (1_600, True)
    rows = finished.metrics_rows()
    assert rows[-1]["step"] == 1_600
    assert rows[-1]["episodes"] == counters.episodes == sum(r.get("num_finished", 0) for r in rows)
    assert rows[-1]["updates"] == counters.updates > 60
    assert rows[-1]["exploration"] < rows[0]["exploration"]
    assert any(finished.tensorboard.iterdir())


@pytest.mark.parametrize("kill_at", [100, 450, 900])
def test_a_killed_run_goes_on_as_if_nothing_had_happened(
    finished: RunFolder, tmp_path: Path, kill_at: int
) -> None:
    run, prepared = new_run(tmp_path / "killed")
    with pytest.raises(Killed):
        train(prepared, run, kill_after(kill_at))
    assert run.metrics_rows()[-1]["step"] > kill_at
    train(prepare(prepared.settings), RunFolder.open(run.path))
    assert timeless(run.metrics_rows()) == timeless(finished.metrics_rows())
    for part in ("weights", "optimizer", "replay"):
        ours, theirs = (Checkpoint(each.latest).arrays(part) for each in (run, finished))
        assert ours.keys() == theirs.keys()
        for name, array in ours.items():
            np.testing.assert_array_equal(array, theirs[name], err_msg=f"{part}/{name}")


def test_a_finished_run_is_left_as_it_is(finished: RunFolder) -> None:
    before = finished.latest.read_bytes()
    settings = TrainSettings.from_json(finished.read_json("settings.json"), "settings.json")
    train(prepare(settings), finished)
    assert finished.latest.read_bytes() == before


def test_the_agent_acts_as_the_librarys_own_policy(finished: RunFolder) -> None:
    prepared = prepare(TrainSettings(**SHORT))
    from simarena.env import Sb3VecEnv

    model = build_model(prepared.settings, Sb3VecEnv(prepared.env))
    weights = Checkpoint(finished.latest).arrays("weights")
    load_weights(model, weights, "test")
    space = prepared.env.single_observation_space
    space.seed(0)
    observations = np.stack([space.sample() for _ in range(500)])
    expected, _ = model.predict(observations, deterministic=True)
    agent = DqnAgent(prepared.shape, weights)
    assert (agent.act_batch(observations, {}) == expected).mean() > 0.99  # last bits may differ


def test_exploration_is_drawn_for_each_environment() -> None:
    prepared = prepare(TrainSettings(**SHORT | {"exploration_start": 0.5}))
    from simarena.env import Sb3VecEnv

    model = build_model(prepared.settings, Sb3VecEnv(prepared.env))
    observations = np.zeros((4_000, prepared.shape.observation_size), dtype=np.float32)
    greedy, _ = model.predict(observations, deterministic=True)
    explored, _ = model.predict(observations)
    assert np.mean(explored != greedy) == pytest.approx(0.5 * 6 / 7, abs=0.04)


def test_episodes_end_a_run_and_drive_its_exploration(tmp_path: Path) -> None:
    run, prepared = new_run(tmp_path / "run", episodes=40, steps=100_000, checkpoint_interval=5_000)
    train(prepared, run)
    counters = Checkpoint(run.latest).counters
    assert counters.finished
    assert 40 <= counters.episodes < 40 + SHORT["num_envs"]
    assert run.metrics_rows()[-1]["exploration"] == pytest.approx(0.05, abs=0.1)


@pytest.mark.parametrize("agent", ["qrdqn", "ppo", "maskable-ppo"])
def test_every_algorithm_goes_on_where_it_was_killed(tmp_path: Path, agent: str) -> None:
    whole, prepared = new_run(tmp_path / "whole", agent=agent, **PPO)
    train(prepared, whole)
    assert Checkpoint(whole.latest).counters.updates > 10
    run, prepared = new_run(tmp_path / "killed", agent=agent, **PPO)
    with pytest.raises(Killed):
        train(prepared, run, kill_after(900))
    train(prepare(prepared.settings), run)
    assert timeless(run.metrics_rows()) == timeless(whole.metrics_rows())
    ours, theirs = Checkpoint(run.latest), Checkpoint(whole.latest)
    assert dataclasses.replace(ours.counters, seconds=0) == dataclasses.replace(
        theirs.counters, seconds=0
    )
    for part in ("weights", "optimizer"):
        for name, array in ours.arrays(part).items():
            np.testing.assert_array_equal(array, theirs.arrays(part)[name], err_msg=name)


@pytest.mark.parametrize("agent", ["qrdqn", "ppo", "maskable-ppo"])
def test_every_agent_acts_as_the_librarys_own_policy(tmp_path: Path, agent: str) -> None:
    run, prepared = new_run(tmp_path / "run", agent=agent, **PPO)
    train(prepared, run)
    from simarena.env import Sb3VecEnv

    model = build_model(prepared.settings, Sb3VecEnv(prepared.env))
    weights = Checkpoint(run.latest).arrays("weights")
    load_weights(model, weights, "test")
    prepared.env.reset(seed=0)
    observations = prepared.env.reset(seed=0)[0]
    masks = prepared.env.action_masks()
    options: dict[str, Any] = {"action_masks": masks} if agent == "maskable-ppo" else {}
    expected, _ = model.predict(observations, deterministic=True, **options)
    acting = trained_agent(run, prepared.shape)
    assert acting.name == agent
    assert acting.needs_masks == bool(options)
    assert acting.act_batch(observations, options).tolist() == expected.tolist()


def test_masked_agents_never_take_what_a_limit_blocks(tmp_path: Path) -> None:
    run, prepared = new_run(tmp_path / "run", agent="maskable-ppo", **PPO)
    train(prepared, run)
    agent = trained_agent(run, prepared.shape)
    played = evaluate(agent, load_suite("classic"), num_seeds=1)
    assert played.blocked.sum() == 0


@pytest.mark.parametrize("agent", ["qrdqn", "ppo"])
def test_every_algorithm_ends_with_its_episodes_and_takes_weights_over(
    tmp_path: Path, agent: str
) -> None:
    first, prepared = new_run(tmp_path / "first", agent=agent, episodes=40, steps=50_000, **PPO)
    train(prepared, first)
    counters = Checkpoint(first.latest).counters
    assert counters.finished
    assert 40 <= counters.episodes < 40 + SHORT["num_envs"]
    second, prepared = new_run(
        tmp_path / "second",
        agent=agent,
        transfer=str(first.path),
        **PPO | {"steps": 160, "learning_rate": 1e-9, "learning_starts": 10**6},
    )
    train(prepared, second)
    ours, theirs = (Checkpoint(each.latest).arrays("weights") for each in (second, first))
    for name, array in ours.items():
        if "target" not in name:
            np.testing.assert_allclose(array, theirs[name], atol=1e-6, err_msg=name)


def test_a_transfer_keeps_weights_and_nothing_else(finished: RunFolder, tmp_path: Path) -> None:
    run, prepared = new_run(tmp_path / "run", transfer=str(finished.path), learning_starts=10**6)
    train(prepared, run)  # never learns, so the weights stay what they were
    ours, theirs = Checkpoint(run.latest), Checkpoint(finished.latest)
    for name, array in ours.arrays("weights").items():
        if not name.startswith("q_net_target"):
            np.testing.assert_array_equal(array, theirs.arrays("weights")[name])
    assert ours.counters.updates == 0
    assert run.metrics_rows()[0]["exploration"] > 0.9


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"observation": "base"}, "observation 'diagnostic', this asks for 'base'"),
        ({"num_actions": 4}, "number of actions 7, this asks for 4"),
        ({"agent": "greedy"}, "agent 'dqn', this asks for 'greedy'"),
    ],
)
def test_a_checkpoint_of_another_task_is_refused_naming_both(
    finished: RunFolder, changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(CheckpointError, match=said):
        prepare(TrainSettings(**SHORT | changes, transfer=str(finished.path)))


def test_a_network_of_other_widths_is_refused(finished: RunFolder, tmp_path: Path) -> None:
    run, prepared = new_run(tmp_path / "run", transfer=str(finished.path), net_arch=(24, 16))
    with pytest.raises(CheckpointError, match="45-16-7, the settings ask for 45-24-16-7"):
        train(prepared, run)


def test_a_damaged_checkpoint_is_said_in_a_line(finished: RunFolder, tmp_path: Path) -> None:
    run, prepared = new_run(tmp_path / "run")
    run.latest.write_bytes(finished.latest.read_bytes()[:-2_000])
    with pytest.raises(CheckpointError, match=r"latest\.npz: not a readable checkpoint"):
        train(prepared, run)


def test_a_low_return_cuts_episodes_off(tmp_path: Path) -> None:
    run, prepared = new_run(tmp_path / "run", min_return=-1.0, steps=800, learning_starts=10**6)
    train(prepared, run)
    rows = [row for row in run.metrics_rows() if "length_mean" in row]
    assert max(row["length_mean"] for row in rows) < 12


def test_greedy_trains_and_resumes_too(tmp_path: Path) -> None:
    whole, prepared = new_run(tmp_path / "whole", agent="greedy")
    train(prepared, whole)
    run, prepared = new_run(tmp_path / "killed", agent="greedy")
    with pytest.raises(Killed):
        train(prepared, run, kill_after(500))
    train(prepare(prepared.settings), run)
    assert timeless(run.metrics_rows()) == timeless(whole.metrics_rows())
    ours, theirs = (Checkpoint(each.latest).arrays("weights") for each in (run, whole))
    assert ours["averages"].tolist() == theirs["averages"].tolist()
    assert ours["counts"].sum() == 1_600


def test_the_shape_is_kept_with_the_weights(finished: RunFolder) -> None:
    assert Checkpoint(finished.latest).shape == TaskShape(
        observation="diagnostic", observation_size=45, num_actions=7
    )
