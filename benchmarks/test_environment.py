"""Steps a second of `SimArena/Deployment-v0`: one workload of 3 pods on 4 nodes, random actions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import gymnasium
import numpy as np
import pytest

import simarena  # noqa: F401 - registers the environment
from simarena.env import DeploymentVectorEnv, load_suite
from simarena.env.codes import Autoreset
from simarena.env.deployment.batch import DeploymentBatch
from simarena.env.deployment.options import Options
from simarena.env.playing.sb3 import Sb3VecEnv

if TYPE_CHECKING:
    from benchmarks.conftest import Rate
    from pytest_benchmark.fixture import BenchmarkFixture

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


@pytest.mark.parametrize("remember", [True, False], ids=["remembering", "replaying"])
@pytest.mark.parametrize(("num_envs", "num_threads"), [(64, 1), (1_024, 1), (1_024, 2)])
def test_batch(
    rate: Rate, num_envs: int, num_threads: int, lowest_action: int, *, remember: bool
) -> None:
    """With and without remembering what was replayed before; all of it warm after the warm-up."""
    steps = 200
    env = DeploymentVectorEnv(
        num_envs, scenarios=SCENARIOS, num_threads=num_threads, remember=remember
    )
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


def test_memory_of_one_environment(benchmark: BenchmarkFixture) -> None:
    """Time to make the batch; the table says how many bytes each of its environments has."""
    num_envs = 64
    options = Options(scenarios=SCENARIOS)

    def make() -> DeploymentBatch:
        batch = DeploymentBatch(options, num_envs, Autoreset.SAME_STEP)
        batch.reset(np.ones(num_envs, np.bool_))
        return batch

    batch = benchmark.pedantic(make, rounds=3, iterations=1, warmup_rounds=1)
    benchmark.extra_info["figure"] = f"{batch.num_bytes // num_envs:,} bytes each"
