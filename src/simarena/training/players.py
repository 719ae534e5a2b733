"""Agents as a command line names them: a run's folder, a name, or an import path."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from simarena.agents import TaskShape, make_agent
from simarena.env import DeploymentVectorEnv, load_suite
from simarena.env.suite import SUITES
from simarena.errors import UnknownNameError
from simarena.training.run_folder import RunFolder
from simarena.training.settings import TrainSettings, env_options
from simarena.training.trained import trained_agent

if TYPE_CHECKING:
    from simarena.agents import BatchAgent
    from simarena.env import Scenario


def game_of(source: str) -> dict[str, Any]:
    """Return the environment's options that the agent at `source` plays with.

    A run's agent plays with the options it was trained with, any other with `full` observations.

    Raises:
        RunError: `source` is a folder, but no run's.
    """
    if not Path(source).is_dir():
        return {"observation": "full", "reward": "shaped", "num_actions": 7}
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
        observation_size=env.batch.seat.observations.shape[1],
        num_actions=game["num_actions"],
    )


def find_scenario(name: str) -> Scenario:
    """Return the scenario called `name` in any suite.

    Raises:
        UnknownNameError: there is none; the message offers the nearest.
    """
    known: list[str] = []
    for suite in SUITES:
        for scenario in load_suite(suite):
            if scenario.name == name:
                return scenario
            known.append(scenario.name)
    raise UnknownNameError("scenario", name, known)  # noqa: EM101 a kind, not a message
