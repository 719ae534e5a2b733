"""Steps a second of `SimArena/Deployment-v0`: one workload of 3 pods on 4 nodes, random actions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import gymnasium
import numpy as np
import pytest

import simarena  # noqa: F401 - registers the environment
from simarena.env import DeploymentVectorEnv, load_suite
from simarena.env.sb3 import Sb3VecEnv

if TYPE_CHECKING:
    from benchmarks.conftest import Rate

SCENARIOS = [scenario for scenario in load_suite("classic") if scenario.target == 3]
NUM_ACTIONS = 7


@pytest.fixture(params=["noop-free", "random"])
def lowest_action(request: pytest.FixtureRequest) -> int:
    """A step that changes nothing needs no replay; without noops nearly every step replays."""
    return int(request.param == "noop-free")


def test_one_environment_through_gymnasium_make(rate: Rate, lowest_action: int) -> None:
    steps = 10_000
    env = gymnasium.make("SimArena/Deployment-v0", scenarios=SCENARIOS)
    env.reset(seed=0)
    actions = np.random.default_rng(0).integers(lowest_action, NUM_ACTIONS, steps)

    def play() -> None:
        for action in actions:
            _, _, terminated, truncated, _ = env.step(action)
            if terminated or truncated:
                env.reset()

    rate(play, number=steps, unit="steps")


@pytest.mark.parametrize("num_envs", [64, 1_024])
def test_batch_in_one_thread(rate: Rate, num_envs: int, lowest_action: int) -> None:
    steps = 200
    env = DeploymentVectorEnv(num_envs, scenarios=SCENARIOS)
    env.reset(seed=0)
    actions = np.random.default_rng(0).integers(lowest_action, NUM_ACTIONS, (steps, num_envs))

    def play() -> None:
        for action in actions:
            env.step(action)

    rate(play, number=steps * num_envs, unit="steps")


def test_batch_of_generated_scenarios(rate: Rate) -> None:
    steps, num_envs = 100, 64
    env = DeploymentVectorEnv(num_envs, scenarios="train")
    env.reset(seed=0)
    actions = np.random.default_rng(0).integers(0, NUM_ACTIONS, (steps, num_envs))

    def play() -> None:
        for action in actions:
            env.step(action)

    rate(play, number=steps * num_envs, unit="steps")


def test_stable_baselines3_adapter_with_64_environments(rate: Rate) -> None:
    steps, num_envs = 200, 64
    env = Sb3VecEnv(DeploymentVectorEnv(num_envs, scenarios=SCENARIOS, autoreset_mode="SameStep"))
    env.seed(0)
    env.reset()
    actions = np.random.default_rng(0).integers(0, NUM_ACTIONS, (steps, num_envs))

    def play() -> None:
        for action in actions:
            env.step(action)

    rate(play, number=steps * num_envs, unit="steps")
