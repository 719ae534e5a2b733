from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.env.cases import container, scenario, trace_of, workload

from simarena.cluster.manifests.node_words import make_node
from simarena.env.deployment import memory
from simarena.env.deployment.vector_env import DeploymentVectorEnv
from simarena.env.scenarios.scenario import Scenario, scenario_from_trace
from simarena.env.scenarios.suite import load_suite

NOOP, MORE_CPU, MORE_REPLICAS, LESS_CPU, LESS_REPLICAS = 0, 1, 3, 4, 6


def of_several_events() -> Scenario:
    small = container(requests={"cpu": "1", "memory": "1Gi"}, limits={"cpu": "1500m"})
    large = container(requests={"cpu": "3", "memory": "2Gi"})
    trace = trace_of(
        (0, [workload("web", 2, small)]),
        (10, [workload("web", 4, small)]),
        (20, [workload("web", 3, large)]),
    )
    return scenario_from_trace(trace, deploy="web", target=3, nodes=2, duration_s=60)


def assert_that_walks_are_equal(
    seed: int, num_envs: int = 4, steps: int = 60, **options: Any
) -> None:
    """Walk at random, once remembering and once not; every number must be the same."""
    rng = np.random.default_rng(seed)
    fresh = DeploymentVectorEnv(num_envs, remember=False, **options)
    envs = DeploymentVectorEnv(num_envs, **options)
    np.testing.assert_array_equal(envs.reset(seed=seed)[0], fresh.reset(seed=seed)[0])
    for _ in range(steps):
        actions = rng.integers(0, 7, num_envs)
        seen, expected = envs.step(actions), fresh.step(actions)
        for got, wanted in zip(seen[:4], expected[:4], strict=True):
            np.testing.assert_array_equal(got, wanted)
        for key, info in expected[4].items():
            if key != "final_obs":  # an array of arrays; they are in the seats
                np.testing.assert_equal(seen[4][key], info)
        for field in ("episodes", "finals", "final_observations"):
            got, wanted = getattr(envs.batch.seat, field), getattr(fresh.batch.seat, field)
            np.testing.assert_array_equal(got, wanted)
    assert envs.batch.num_replays < fresh.batch.num_replays


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("autoreset", ["NextStep", "SameStep"])
def test_random_walks_are_the_same_whether_replays_are_remembered_or_not(
    seed: int, autoreset: str
) -> None:
    assert_that_walks_are_equal(seed, scenarios="classic", autoreset_mode=autoreset)


@pytest.mark.parametrize("observation", ["base", "scale", "full", "diagnostic", "neighbours"])
def test_noise_is_drawn_alike(observation: str) -> None:
    assert_that_walks_are_equal(7, scenarios="classic", noise=1.0, observation=observation)


def test_generated_scenarios_of_all_families_are_remembered_rightly() -> None:
    scenarios = load_suite("train")[:40]
    assert_that_walks_are_equal(
        8, num_envs=40, steps=12, scenarios=scenarios, sampling="cycle", max_steps=4
    )


def test_workloads_that_are_applied_several_times_are_remembered_rightly() -> None:
    assert_that_walks_are_equal(9, scenarios=of_several_events())


def test_outcomes_that_push_each_other_out_are_replayed_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(memory, "_BYTES_OF_ENV", 512)
    assert_that_walks_are_equal(10, num_envs=1, steps=200, scenarios="classic")


def test_threads_remember_apart_and_the_same() -> None:
    assert_that_walks_are_equal(11, num_envs=5, scenarios="classic", num_threads=2)


def test_a_state_that_comes_back_is_not_replayed() -> None:
    envs = DeploymentVectorEnv(1, scenarios=scenario(target=9))
    envs.reset(seed=0)
    for action in (MORE_CPU, LESS_CPU, MORE_REPLICAS, NOOP, LESS_REPLICAS, MORE_CPU):
        envs.step(np.array([action]))
    assert envs.batch.num_replays == 3  # at the start, with more CPU, with more replicas


def test_a_workload_that_is_applied_very_often_is_not_remembered() -> None:
    one = container(requests={"cpu": "1", "memory": "1Gi"})
    events = [(10 * number, [workload("web", 1 + number % 3, one)]) for number in range(9)]
    often = scenario_from_trace(
        trace_of(*events), deploy="web", target=3, nodes=[make_node("n", "8", "16Gi")], duration_s=5
    )
    envs = DeploymentVectorEnv(1, scenarios=often)
    envs.reset(seed=0)
    envs.reset(seed=0)
    assert envs.batch.num_replays == 2
