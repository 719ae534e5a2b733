from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests.simkube.conftest import deployment, node, trace_of

from simarena.env import DeploymentEnv, Scenario
from simarena.simkube.env import SimKubeEnv, SimKubeVectorEnv

if TYPE_CHECKING:
    from tests.simkube.conftest import Site

REPLICAS_MORE = 3
SHARED = (
    *("ready", "pending", "total", "target", "cpu_milli", "memory_bytes", "replicas", "waiting"),
    *("terminating", "short_cpu", "short_memory", "blocked", "solved", "harmed", "waste"),
)


def scenario(replicas: int = 1, target: int = 2, cpu: str = "500m", **more: Any) -> Scenario:
    return Scenario(
        name="live",
        family="recorded",
        trace=trace_of(deployment("web", replicas, cpu), deployment("other", 1)),
        nodes=(node("virtual-1"), node("virtual-2")),
        deploy="web",
        target=target,
        duration_s=60,
        **more,
    )


def live(site: Site, played: Scenario, **options: Any) -> SimKubeEnv:
    kubeconfig = str(site.kubeconfig)
    return SimKubeEnv(
        settings=site.settings, kubeconfig=kubeconfig, attempts=1, scenarios=played, **options
    )


@pytest.mark.parametrize("observation", ["scale", "diagnostic"])
def test_an_episode_is_that_of_the_environment_in_virtual_time(
    site: Site, observation: Any
) -> None:
    played = scenario()
    options: dict[str, Any] = {"observation": observation, "reward": "shaped"}
    here = live(site, played, **options)
    there = DeploymentEnv(scenarios=played, **options)
    assert here.observation_space == there.observation_space
    first, info = here.reset(seed=1)
    expected, expected_info = there.reset(seed=1)
    assert {name: info[name] for name in SHARED} == {name: expected_info[name] for name in SHARED}
    np.testing.assert_allclose(first, expected, atol=1e-6)
    assert list(info["action_mask"]) == list(expected_info["action_mask"])
    second, reward, terminated, truncated, info = here.step(REPLICAS_MORE)
    expected, expected_reward, *ends, _ = there.step(REPLICAS_MORE)
    np.testing.assert_allclose(second, expected, atol=1e-6)
    assert (reward, [terminated, truncated]) == (expected_reward, ends) == (1.0, [True, False])
    assert info["infrastructure_error"] == ""


def test_a_cluster_that_fails_truncates_the_episode_and_rewards_nothing(site: Site) -> None:
    env = live(site, scenario(), observation="scale", reward="shaped")
    before, _ = env.reset(seed=0)
    site.faults.fails_at = "apply"
    after, reward, terminated, truncated, info = env.step(REPLICAS_MORE)
    assert (reward, terminated, truncated) == (0.0, False, True)
    assert "failed" in info["infrastructure_error"]
    assert (after == before).all()
    assert (info["total"], info["replicas"]) == (1, 1)
    assert env.game.num_faults == 1


def test_other_nodes_than_the_scenarios_are_refused(site: Site) -> None:
    from simarena.errors import InfrastructureError

    played = scenario()
    object.__setattr__(played, "nodes", (node("virtual-1"),))
    with pytest.raises(
        InfrastructureError, match="made for nodes of 16 CPUs and 32Gi; the cluster"
    ):
        live(site, played, observation="scale").reset(seed=0)


def test_a_vector_of_clusters_steps_them_at_the_same_time(site: Site) -> None:
    envs = SimKubeVectorEnv(
        settings=site.settings,
        kubeconfig=str(site.kubeconfig),
        attempts=1,
        scenarios=scenario(),
        observation="scale",
        reward="shaped",
    )
    observations, infos = envs.reset(seed=1)
    assert observations.shape == (1, 5)
    assert infos["action_mask"].shape == (1, 7)
    _, rewards, terminated, *_ = envs.step(np.array([REPLICAS_MORE]))
    assert (rewards.tolist(), terminated.tolist()) == ([1.0], [True])
