"""Agents as a command line names them: a run's folder, a name, or an import path."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from simarena.agents import TaskShape, make_agent
from simarena.evaluation.run_folder import RunFolder
from simarena.training.settings import env_options, settings_of
from simarena.training.trained import trained_agent

if TYPE_CHECKING:
    from gymnasium.vector import VectorEnv

    from simarena.agents import BatchAgent


def game_of(source: str) -> dict[str, Any]:
    """Return the environment's options that the agent at `source` plays with.

    A run's agent plays with the options it was trained with, any other sees `diagnostic`.

    Raises:
        RunError: `source` is a folder, but no run's.
    """
    if not Path(source).is_dir():
        return {"observation": "diagnostic", "reward": "guided", "num_actions": 7}
    return env_options(settings_of(RunFolder.open(Path(source))))


def player(
    source: str, env: VectorEnv[Any, Any, Any], game: dict[str, Any], seed: int
) -> BatchAgent:
    """Return the agent at `source` for `env`, which was made with the options `game`.

    Raises:
        UnknownNameError: no agent has that name.
        CheckpointError: the run's checkpoint cannot be used.
    """
    shape = task_shape(env, game)
    if Path(source).is_dir():
        return trained_agent(RunFolder.open(Path(source)), shape)
    return make_agent(source, shape, seed=seed)


def task_shape(env: VectorEnv[Any, Any, Any], game: dict[str, Any]) -> TaskShape:
    """Return what agents in `env`, which was made with the options `game`, see and may do."""
    size, *_ = env.single_observation_space.shape or (0,)
    return TaskShape(
        observation=game["observation"],
        observation_size=size,
        num_actions=game["num_actions"],
    )
