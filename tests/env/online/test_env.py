from __future__ import annotations

import math
import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from tests.env.cases import container, trace_of, workload

from simarena.cluster.config import ClusterConfig
from simarena.env.kernel.online.components import OnlineComponent
from simarena.env.online import (
    Hpa,
    LoadProfile,
    OnlineEnv,
    OnlineOptions,
    Service,
    Weights,
    online_scenario,
)
from simarena.env.registration import register_envs
from simarena.errors import (
    ConfigError,
    EpisodeError,
    ManifestError,
    ScenarioError,
    UnknownNameError,
)
from simarena.trace import Action

if TYPE_CHECKING:
    from pathlib import Path

register_envs()

NOOP, MORE_CPU, MORE_MEMORY, MORE, LESS_CPU, LESS_MEMORY, LESS = map(int, Action)


def level(rps: float, **options: Any) -> OnlineEnv:
    """The built-in service, 8 replicas of 1 CPU and 1Gi, under a load that never changes."""
    return OnlineEnv(profile=LoadProfile("level", (rps,)), **options)


def played(env: OnlineEnv, *actions: int) -> dict[str, Any]:
    env.reset(seed=0)
    info: dict[str, Any] = {}
    for action in actions:
        info = env.step(action)[4]
    return info


def test_it_passes_gymnasiums_checker() -> None:
    env = gymnasium.make("SimArena/Online-v0", profile="steps", horizon_s=100)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(env.unwrapped)


def test_it_passes_stable_baselines3s_checker() -> None:
    checker = pytest.importorskip("stable_baselines3.common.env_checker")
    checker.check_env(OnlineEnv(profile="spikes", horizon_s=100), warn=True)


def test_a_level_load_is_served_as_the_formula_says() -> None:
    info = played(level(640), NOOP)
    # 80 requests a second for each of 8 pods: 820 of their 1000 millicores.
    assert info["utilisation"] == pytest.approx(0.82)
    assert info["cpu_used_milli"] == 820
    assert info["memory_used_bytes"] == (300 + 4 * 80) * 2**20
    # At full speed a pod answers (1000 - 20) / 10 = 98 a second.
    assert info["served"] == pytest.approx(1 - math.exp(-(98 - 80) * 0.25))
    assert info["cost"] == pytest.approx(1.0)
    assert (info["ready"], info["load_rps"]) == (8, 640)


def test_the_reward_is_service_less_cost() -> None:
    env = level(640, weights=Weights(service=2.0, cost=0.5, change=0.25))
    env.reset(seed=0)
    _, reward, terminated, truncated, info = env.step(LESS)
    assert reward == pytest.approx(2 * info["served"] - 0.5 * info["cost"] - 0.25)
    assert not terminated
    assert not truncated


def test_replicas_come_and_go_as_the_controller_says() -> None:
    env = level(80)
    info = played(env, LESS)
    assert (info["replicas"], info["ready"]) == (7, 7)
    info = env.step(MORE)[4]
    # Started within the interval of 10 s: pods take 5 to 10 s.
    assert (info["replicas"], info["total"], info["created"]) == (8, 8, 1)
    assert env.step(NOOP)[4]["ready"] == 8


def test_another_request_is_rolled_out_pod_by_pod() -> None:
    env = level(80)
    info = played(env, MORE_CPU)
    assert info["cpu_milli"] == 1250
    # 2 of 8 may be missing and 2 more may be there: the first wave of four is starting or ready.
    assert info["ready"] >= 6
    assert 0 < info["updated"] < 10
    for _ in range(4):
        info = env.step(NOOP)[4]
    assert (info["updated"], info["ready"], info["total"]) == (8, 8, 8)
    assert info["cost"] == pytest.approx((1.25 + 0.11) / (1 + 0.11))


def test_pods_over_their_memory_limit_are_killed_and_the_load_moves_on() -> None:
    env = level(600)
    env.reset(seed=0)
    infos = [env.step(LESS)[4] for _ in range(6)]
    # 4 pods use 300Mi + 150 x 4Mi of 1Gi, 3 of them use 1100Mi.
    assert [info["oom_kills"] > 0 for info in infos] == [False] * 4 + [True] * 2
    assert infos[-1]["ready"] == 0
    assert infos[-1]["served"] == 0.0
    assert infos[-1]["restarts"] == 2


def test_without_a_real_kubelet_nothing_is_killed() -> None:
    scenario = online_scenario(LoadProfile("level", (600.0,)))
    cluster = replace(scenario.cluster, config=ClusterConfig())
    env = OnlineEnv(scenarios=replace(scenario, cluster=cluster))
    info = played(env, *[LESS] * 6)
    assert info["oom_kills"] == 0
    assert info["ready"] == 2


@pytest.mark.parametrize("metadata", ["x", 5, ["x"], {"annotations": "x"}])
def test_a_trace_whose_pods_metadata_have_another_form_is_refused(metadata: object) -> None:
    web = workload("web", 1, container())
    web["spec"]["template"]["metadata"] = metadata
    with pytest.raises(ManifestError, match=r"Deployment web: spec\.template\.metadata.* must be"):
        OnlineEnv(trace=trace_of((0, [web])), deploy="web")


def test_an_action_over_a_limit_is_blocked() -> None:
    env = level(10, memory_step_bytes=2**30)
    observation, _ = env.reset(seed=0)
    assert observation[OnlineComponent.CAN_DECREASE_MEMORY] == 0
    observation, _, _, _, info = env.step(LESS_MEMORY)
    assert info["blocked"]
    assert info["memory_bytes"] == 2**30
    assert observation[OnlineComponent.BLOCKED] == 1


def test_many_different_requests_do_not_run_out_of_templates() -> None:
    env = level(10, cpu_step_milli=10, interval_s=60)
    env.reset(seed=0)
    for number in range(1, 31):
        info = env.step(MORE_CPU)[4]
        assert not info["blocked"]
        assert info["cpu_milli"] == 1000 + 10 * number
    assert info["updated"] == info["total"] == 8


def test_a_rollout_that_never_ends_blocks_once_all_templates_are_in_use() -> None:
    # 4 nodes of 8 CPUs: no pod of 9 CPUs and more ever finds a node, so old pods stay.
    env = level(10, cpu_step_milli=8_000, interval_s=1)
    env.reset(seed=0)
    env.step(MORE_CPU)
    info = env.step(NOOP)[4]
    assert info["waiting"] > 0
    assert info["short_cpu"] == info["waiting"]
    assert not env.step(LESS_CPU)[4]["blocked"]
    for _ in range(30):
        info = env.step(NOOP)[4]
    assert (info["ready"], info["updated"], info["waiting"]) == (8, 8, 0)


def test_an_autoscaler_does_what_kubernetes_does() -> None:
    # 200 requests a second for 8 pods: 270m each, 27 %. ceil(8 x 27 / 70) = 4, after 5 minutes.
    env = level(200, hpa=Hpa(target_percent=70))
    env.reset(seed=0)
    replicas = [env.step(NOOP)[4]["replicas"] for _ in range(40)]
    assert replicas[0] == 8
    assert replicas[-1] == 4
    assert level(200, hpa=True).scenarios[0].hpa == Hpa()
    assert level(200, hpa=False).scenarios[0].hpa is None


def test_the_same_seed_and_actions_give_the_same_episode() -> None:
    runs = []
    for _ in range(2):
        env = OnlineEnv(noise=0.1, random_start=True, horizon_s=300)
        rng = np.random.default_rng(0)
        observations = [env.reset(seed=3)[0]]
        rewards = []
        for _ in range(60):
            observation, reward, _, truncated, _ = env.step(int(rng.integers(7)))
            observations.append(observation)
            rewards.append(reward)
            if truncated:
                observations.append(env.reset()[0])
        runs.append((np.array(observations), rewards))
    np.testing.assert_array_equal(runs[0][0], runs[1][0])
    assert runs[0][1] == runs[1][1]


def test_a_random_walk_never_leaves_the_space() -> None:
    env = OnlineEnv(horizon_s=600, noise=0.3, random_start=True)
    rng = np.random.default_rng(1)
    for seed in range(3):
        observation, _ = env.reset(seed=seed)
        truncated = False
        while not truncated:
            assert env.observation_space.contains(observation)
            observation, reward, _, truncated, _ = env.step(int(rng.integers(7)))
            assert math.isfinite(reward)
    with pytest.raises(EpisodeError, match="reset"):
        env.step(0)


def test_noise_moves_the_load_and_nothing_else() -> None:
    env = level(100, noise=0.2)
    env.reset(seed=0)
    loads = [env.step(NOOP)[4]["load_rps"] for _ in range(30)]
    assert len(set(loads)) == 30
    assert np.mean(loads) == pytest.approx(100, rel=0.15)


def test_a_recorded_cluster_can_be_played() -> None:
    resources = container(requests={"cpu": "500m", "memory": "1Gi"})
    trace = trace_of(
        (0, [workload("db", 1, resources)]),
        (30, [workload("web", 2, resources)]),
        (40, [workload("web", 5, resources)]),
        (100, [workload("db", 2, resources)]),
    )
    env = OnlineEnv(trace=trace, deploy="web", rps_per_replica=30, nodes=2)
    _, info = env.reset(seed=0)
    assert (info["ready"], info["load_rps"]) == (2, 60)
    for _ in range(2):
        info = env.step(NOOP)[4]
    # The load follows the recorded scaling; the replicas are the agent's to change.
    assert (info["replicas"], info["load_rps"]) == (2, 150)


def test_the_load_profile_begins_again() -> None:
    env = OnlineEnv(profile=LoadProfile("two", (10.0, 30.0), every_s=10), horizon_s=50)
    env.reset(seed=0)
    assert [env.step(NOOP)[4]["load_rps"] for _ in range(5)] == [10, 30, 10, 30, 10]


def test_rendering_says_what_matters(capsys: pytest.CaptureFixture[str]) -> None:
    env = level(600, render_mode="ansi")
    played(env, *[LESS] * 6)
    assert "out of memory" in str(env.render())
    env = level(100, render_mode="human")
    env.reset(seed=0)
    assert "ready 8/8" in capsys.readouterr().out


@pytest.mark.parametrize(
    "options",
    [
        {"interval_s": 0},
        {"interval_s": 2.5},
        {"horizon_s": 5},
        {"noise": -1},
        {"cpu_step_milli": 0},
        {"deploy": "web"},
        {"profile": "trace"},
        {"trace": trace_of((0, [workload("web", 1, container())]))},
        {"scenarios": ()},
    ],
)
def test_options_that_cannot_be_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises((ConfigError, ScenarioError)):
        OnlineEnv(**options)


def test_other_wrong_settings_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"weights\.cost"):
        Weights(cost=-1)
    with pytest.raises(ConfigError, match="cpu_per_request_ms"):
        Service(cpu_per_request_ms=0)
    with pytest.raises(UnknownNameError, match="sampling"):
        OnlineOptions(sampling="always")  # type: ignore[arg-type]
    free = trace_of((0, [workload("web", 1, container())]))
    with pytest.raises(ScenarioError, match="requests neither"):
        OnlineEnv(trace=free, deploy="web")


def test_the_deathstarbench_trace_can_be_played(shared: Path) -> None:
    env = OnlineEnv(
        trace=shared / "traces" / "dsb-scaling.sktrace", deploy="nginx-thrift", nodes=6, noise=0.05
    )
    observation, info = env.reset(seed=0)
    assert observation in env.observation_space
    assert info["ready"] == info["replicas"]
    rng = np.random.default_rng(0)
    for _ in range(20):
        observation = env.step(int(rng.integers(7)))[0]
        assert observation in env.observation_space
