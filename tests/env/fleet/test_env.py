from __future__ import annotations

import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from tests.env.cases import container, trace_of, workload

from simarena.cluster.manifests.node_words import make_node
from simarena.env.codes import names_of
from simarena.env.fleet import (
    ClusterEnv,
    ClusterScenario,
    ClusterVectorEnv,
    cluster_scenario,
    generate_cluster,
)
from simarena.env.kernel.fleet.components import MemberComponent
from simarena.env.playing.sb3 import Sb3VecEnv
from simarena.env.registration import register_envs
from simarena.errors import ConfigError, EpisodeError, ScenarioError, UnknownNameError

if TYPE_CHECKING:
    from pathlib import Path

    from simarena.trace import Trace

register_envs()

_, _, MORE, LESS_CPU, LESS_MEMORY, LESS = range(1, 7)


def two_workloads() -> Trace:
    """One healthy Deployment, and one that asks for half a CPU more than a node has."""
    small = container(requests={"cpu": "1", "memory": "1Gi"})
    large = container(requests={"cpu": "16500m", "memory": "1Gi"})
    return trace_of((0, [workload("a", 2, small), workload("b", 1, large)]))


def solve(env: ClusterEnv, scenario: int) -> bool:
    """Replicas to the target; then less of what is short, of the Deployments whose pods wait."""
    observation, _ = env.reset(options={"scenario": scenario})
    terminated = truncated = False
    while not (terminated or truncated):
        action = 0
        for row, values in enumerate(observation["workloads"]):
            view = dict(zip(names_of(MemberComponent), values.tolist(), strict=True))
            change = 0
            if not view["present"] or view["healthy"]:
                continue
            if view["replicas_missing"] > 0:
                change = MORE
            elif view["replicas_missing"] < 0:
                change = LESS
            elif view["waiting_short_of_cpu"] > 0 and view["free_cpu_over_request"] < 0.25:
                change = LESS_CPU
            elif view["waiting_short_of_memory"] > 0:
                change = LESS_MEMORY
            if change:
                action = 6 * row + change
                break
        observation, _, terminated, truncated, _ = env.step(action)
    return terminated


@pytest.mark.parametrize("form", ["flat", "dict"])
def test_it_passes_gymnasiums_checker(form: str) -> None:
    env = gymnasium.make(
        "SimArena/Cluster-v0", num_scenarios=2, num_workloads=3, observation=form, max_steps=20
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(env.unwrapped)


def test_it_passes_stable_baselines3s_checker() -> None:
    checker = pytest.importorskip("stable_baselines3.common.env_checker")
    checker.check_env(ClusterEnv(num_scenarios=2, num_workloads=3, max_steps=20), warn=True)


def test_one_action_on_the_ill_one_makes_the_cluster_healthy() -> None:
    env = ClusterEnv(trace=two_workloads(), nodes=3)
    _, info = env.reset(seed=0)
    assert (info["healthy"], info["workloads"], info["pending"]) == (1, 2, 1)
    _, reward, terminated, _, info = env.step(0)
    # b has 0 of 1 ready and 1 of 1 there: half of its part, which is half of all.
    assert reward == pytest.approx((1 + 0.5) / 2 - 1)
    assert not terminated
    _, reward, terminated, _, info = env.step(6 + LESS_CPU)
    assert (reward, terminated, info["solved"]) == (1.0, True, True)
    with pytest.raises(EpisodeError):
        env.step(0)


def test_the_cluster_lives_on_and_shrinking_below_the_target_is_no_way_out() -> None:
    env = ClusterEnv(trace=two_workloads(), nodes=3)
    env.reset(seed=0)
    _, _, terminated, _, info = env.step(LESS)
    assert (info["ready"], info["healthy"], terminated) == (1, 0, False)
    _, _, _, _, info = env.step(0)
    assert info["ready"] == 1
    assert info["time_s"] == 60


def test_masks_forbid_what_a_limit_would_block() -> None:
    env = ClusterEnv(trace=two_workloads(), nodes=3, observation="dict")
    observation, _ = env.reset(seed=0)
    masks = env.action_masks()
    # b asks for as much CPU as may be, and has 1 replica, the least.
    assert masks.astype(int).tolist() == [1, *[1, 1, 1, 1, 1, 1], *[0, 1, 1, 1, 1, 0]]
    np.testing.assert_array_equal(observation["action_mask"], masks)
    info = env.step(6 + LESS)[4]
    assert info["blocked"]


def test_rows_without_a_deployment_are_empty_and_masked() -> None:
    scenarios = [
        cluster_scenario(two_workloads(), nodes=3),
        generate_cluster(0, num_workloads=3),
    ]
    env = ClusterEnv(scenarios=scenarios, observation="dict")
    observation, _ = env.reset(options={"scenario": "recorded"})
    assert observation["present"].tolist() == [1, 1, 0]
    assert not observation["workloads"][2].any()
    assert not env.action_masks()[13:].any()
    assert env.step(13)[4]["blocked"]


def test_generated_clusters_can_be_solved_and_are_not_healthy_before() -> None:
    env = ClusterEnv(num_scenarios=8, num_workloads=4, observation="dict")
    for row in range(8):
        _, info = env.reset(options={"scenario": row})
        assert info["healthy"] < info["workloads"]
        assert solve(env, row), row


def test_generated_clusters_follow_from_their_seed() -> None:
    assert generate_cluster(5).cluster.trace.events == generate_cluster(5).cluster.trace.events
    assert generate_cluster(5).name != generate_cluster(6).name
    names = [member.ref.name for member in generate_cluster(1, num_workloads=23).members]
    assert len(set(names)) == 23


def test_each_member_is_the_single_environment_with_its_seed() -> None:
    options: dict[str, Any] = {"num_scenarios": 4, "num_workloads": 3, "max_steps": 10}
    envs = ClusterVectorEnv(3, autoreset_mode="NextStep", **options)
    singles = [ClusterEnv(**options) for _ in range(3)]
    observations, _ = envs.reset(seed=7)
    for row, env in enumerate(singles):
        np.testing.assert_array_equal(observations[row], env.reset(seed=7 + row)[0])
    rng = np.random.default_rng(0)
    ended = [False] * 3
    for _ in range(30):
        actions = rng.integers(0, envs.batch.num_actions, 3)
        observations, rewards, terminated, truncated, _ = envs.step(actions)
        masks = envs.action_masks()
        for row, env in enumerate(singles):
            expected: Any
            if ended[row]:
                expected = (env.reset()[0], 0.0, False, False)
            else:
                expected = env.step(int(actions[row]))
            np.testing.assert_array_equal(observations[row], expected[0])
            np.testing.assert_array_equal(masks[row], env.action_masks())
            assert (rewards[row], terminated[row], truncated[row]) == tuple(expected[1:4])
            ended[row] = bool(terminated[row] or truncated[row])


def test_same_step_keeps_the_last_observation_as_a_dictionary() -> None:
    envs = ClusterVectorEnv(
        2, trace=two_workloads(), nodes=3, observation="dict", autoreset_mode="SameStep"
    )
    envs.reset(seed=0)
    observations, _, terminated, _, infos = envs.step(np.array([6 + LESS_CPU, 0]))
    assert terminated.tolist() == [True, False]
    final = infos["final_obs"][0]
    assert final in envs.single_observation_space
    assert final["cluster"][0] == 1.0
    assert observations["cluster"][:, 0].tolist() == [0.5, 0.5]


def test_maskable_ppo_finds_the_masks() -> None:
    masking = pytest.importorskip("sb3_contrib.common.maskable.utils")
    envs = ClusterVectorEnv(2, num_scenarios=2, num_workloads=2, autoreset_mode="SameStep")
    adapted = Sb3VecEnv(envs)
    adapted.reset()
    assert masking.is_masking_supported(adapted)
    np.testing.assert_array_equal(masking.get_action_masks(adapted), envs.action_masks())


def test_maskable_ppo_learns_from_it() -> None:
    contrib = pytest.importorskip("sb3_contrib")
    envs = Sb3VecEnv(
        ClusterVectorEnv(4, num_scenarios=2, num_workloads=2, autoreset_mode="SameStep")
    )
    model = contrib.MaskablePPO("MlpPolicy", envs, n_steps=16, batch_size=32, device="cpu", seed=0)
    model.learn(64)
    assert model.num_timesteps >= 64


def test_rendering_names_the_deployment() -> None:
    env = ClusterEnv(trace=two_workloads(), nodes=3, render_mode="ansi")
    env.reset(seed=0)
    env.step(6 + LESS_CPU)
    assert "b: decrease_cpu" in str(env.render())
    assert "healthy 2/2" in str(env.render())


@pytest.mark.parametrize(
    "options", [{"num_scenarios": 0}, {"interval_s": 0}, {"max_steps": True}, {"num_workloads": -1}]
)
def test_options_that_cannot_be_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        ClusterEnv(**options)


def test_other_wrong_settings_are_refused() -> None:
    with pytest.raises(UnknownNameError, match="observation"):
        ClusterEnv(observation="image")  # type: ignore[arg-type]
    with pytest.raises(ScenarioError, match="no scenarios"):
        ClusterEnv(scenarios=())
    with pytest.raises(ScenarioError, match="no Deployment"):
        ClusterEnv(trace=trace_of((0, [workload("a", 0, container())])))


def test_the_deathstarbench_trace_can_be_played(shared: Path) -> None:
    env = ClusterEnv(trace=shared / "traces" / "dsb-scaling.sktrace", nodes=2)
    observation, info = env.reset(seed=0)
    assert info["workloads"] == 27
    assert info["healthy"] < 27
    rng = np.random.default_rng(0)
    for _ in range(5):
        assert observation in env.observation_space
        observation = env.step(int(rng.choice(np.flatnonzero(env.action_masks()))))[0]


def test_a_trace_in_which_nothing_is_wrong_is_refused(shared: Path) -> None:
    with pytest.raises(ScenarioError, match="all 27 Deployments are healthy before any action"):
        ClusterEnv(trace=shared / "traces" / "dsb-scaling.sktrace")
    with pytest.raises(ConfigError, match="kubelet belongs to a trace"):
        ClusterEnv(kubelet="real")
    ClusterEnv(scenarios=cluster_scenario(healthy_workload()))  # on purpose


def healthy_workload() -> Trace:
    return trace_of((0, [workload("a", 2, container(requests={"cpu": "1", "memory": "1Gi"}))]))


def beside(other: str) -> ClusterScenario:
    """Return one Deployment of which a second pod is wanted, and another workload's, for two CPUs.

    The Deployment's pods are critical: the second one preempts the other's.
    """
    small = container(requests={"cpu": "1", "memory": "64Mi"})
    web = workload("web", 1, small)
    web["spec"]["template"]["spec"]["priorityClassName"] = "system-cluster-critical"
    web["spec"]["strategy"] = {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}}
    pod = {"metadata": {"labels": {"app": "other"}}, "spec": {"containers": [small]}}
    spec: dict[str, Any] = {"selector": {"matchLabels": {"app": "other"}}, "template": pod}
    manifest: dict[str, Any] = {
        "apiVersion": "apps/v1",
        "kind": other,
        "metadata": {"name": "other", "namespace": "default"},
        "spec": spec if other == "DaemonSet" else {**spec, "replicas": 1},
    }
    if other == "Pod":
        manifest = {**manifest, "apiVersion": "v1", "spec": pod["spec"]}
    one = cluster_scenario(
        trace_of((0, [manifest]), (5, [web])), nodes=[make_node("n", "2", "4Gi")], name="beside"
    )
    return replace(one, members=(replace(one.members[0], target=2),))


@pytest.mark.parametrize("other", ["StatefulSet", "DaemonSet", "ReplicaSet", "Pod"])
def test_a_goal_is_not_met_at_the_cost_of_another_workload(other: str) -> None:
    env = ClusterEnv(scenarios=beside(other), interval_s=30)
    _, info = env.reset(seed=0)
    assert (info["harmed"], info["solved"]) == (0, False)
    _, reward, terminated, _, info = env.step(MORE)
    assert (info["healthy"], info["workloads"]) == (1, 1)
    assert (info["harmed"], info["solved"], terminated) == (1, False, False)
    assert reward < 1.0
    assert env.step(0)[4]["harmed"] == 1


def test_half_a_cpu_each_leaves_the_other_workload_its_place() -> None:
    env = ClusterEnv(scenarios=beside("StatefulSet"), interval_s=30)
    env.reset(seed=0)
    env.step(LESS_CPU)
    _, reward, terminated, _, info = env.step(MORE)
    assert (info["harmed"], info["solved"], terminated, reward) == (0, True, True, 1.0)


def test_what_befalls_others_without_any_action_is_no_harm() -> None:
    """A pod that a Job makes comes and goes; the bar is the same moment of the same cluster."""
    job = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "job", "namespace": "default"},
        "spec": {
            "ttlSecondsAfterFinished": 60,
            "template": {"spec": {"restartPolicy": "Never", "containers": [container()]}},
        },
    }
    trace = trace_of((0, [job, workload("a", 1, container())]))
    one = cluster_scenario(trace, nodes=1)
    one = replace(one, members=(replace(one.members[0], target=9),))
    env = ClusterEnv(scenarios=one, interval_s=30, max_steps=20)
    env.reset(seed=0)
    assert [env.step(0)[4]["harmed"] for _ in range(20)] == [0] * 20


def test_scenarios_without_others_have_no_room_for_them() -> None:
    envs = ClusterVectorEnv(2, num_scenarios=2, num_workloads=2)
    assert envs.batch.seat.others.shape[1] == 0
