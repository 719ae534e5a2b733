"""Agents as a command line names them: a run's folder, a name, or an import path."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from simarena.agents import TaskShape, make_agent
from simarena.env import DeploymentVectorEnv, load_suite
from simarena.training.playing import evaluate
from simarena.training.run_folder import RunFolder
from simarena.training.settings import TrainSettings, env_options
from simarena.training.trained import trained_agent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simarena.agents import BatchAgent
    from simarena.training.evaluation import Evaluation


def game_of(source: str) -> dict[str, Any]:
    """Return the environment's options that the agent at `source` plays with.

    A run's agent plays with the options it was trained with, any other sees `diagnostic`.

    Raises:
        RunError: `source` is a folder, but no run's.
    """
    if not Path(source).is_dir():
        return {"observation": "diagnostic", "reward": "shaped", "num_actions": 7}
    run = RunFolder.open(Path(source))
    settings = TrainSettings.from_json(
        run.read_json("settings.json"), str(run.path / "settings.json")
    )
    return env_options(settings)


def player(source: str, env: DeploymentVectorEnv, game: dict[str, Any], seed: int) -> BatchAgent:
    """Return the agent at `source` for `env`, which was made with the options `game`.

    Raises:
        UnknownNameError: no agent has that name.
        CheckpointError: the run's checkpoint cannot be used.
    """
    shape = task_shape(env, game)
    if Path(source).is_dir():
        return trained_agent(RunFolder.open(Path(source)), shape)
    return make_agent(source, shape, seed=seed)


def task_shape(env: DeploymentVectorEnv, game: dict[str, Any]) -> TaskShape:
    """Return what agents in `env`, which was made with the options `game`, see and may do."""
    return TaskShape(
        observation=game["observation"],
        observation_size=env.batch.observation_space.shape[0],
        num_actions=game["num_actions"],
    )


def evaluate_sources(
    sources: Sequence[str], suite: str, *, num_seeds: int, seed: int = 0
) -> list[Evaluation]:
    """Return how the agents at `sources` do on a suite, all in the game of the first."""
    scenarios = load_suite(suite)
    game = game_of(sources[0])
    env = DeploymentVectorEnv(1, scenarios=scenarios[:1], **game)
    agents = [player(source, env, game, seed) for source in sources]
    env.close()
    return [evaluate(each, scenarios, num_seeds=num_seeds, seed=seed, **game) for each in agents]
