from __future__ import annotations

import subprocess
import sys
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from tests.env.cases import container, scenario, trace_of, workload

from simarena.env.deployment.env import DeploymentEnv
from simarena.env.deployment.options import Options
from simarena.env.registration import register_envs
from simarena.errors import (
    ConfigError,
    EpisodeError,
    NotFoundError,
    ScenarioError,
    SimArenaError,
    UnknownNameError,
)
from simarena.training.players import game_of
from simarena.training.settings import TrainSettings

register_envs()


def test_the_reward_that_nobody_names_is_that_of_the_command_line() -> None:
    assert Options().reward == TrainSettings().reward == game_of("rules")["reward"]


def test_four_steps_less_memory_solve_thirty_three_gi() -> None:
    env = DeploymentEnv(scenarios="classic", reward="shaped")
    _, info = env.reset(options={"scenario": "classic-01"})
    assert (info["ready"], info["pending"], info["total"], info["target"]) == (0, 3, 3, 3)
    for _ in range(3):
        _, reward, terminated, truncated, _ = env.step(5)
        assert reward == pytest.approx(-0.45)
        assert not terminated
        assert not truncated
    _, reward, terminated, truncated, info = env.step(5)
    assert (reward, terminated, truncated) == (1.0, True, False)
    assert info["solved"]
    assert info["memory_bytes"] == 32 * 2**30


def test_a_healthy_scenario_ends_with_the_first_step_that_leaves_it_so() -> None:
    env = DeploymentEnv(scenarios=scenario(3))
    _, info = env.reset(seed=0)
    assert info["solved"]
    assert env.step(3)[2] is False
    assert env.step(6)[2] is True


def test_episodes_are_truncated_at_max_steps() -> None:
    env = DeploymentEnv(scenarios=scenario(1), max_steps=2)
    env.reset(seed=0)
    assert env.step(0)[2:4] == (False, False)
    assert env.step(0)[2:4] == (False, True)
    with pytest.raises(EpisodeError, match="call reset"):
        env.step(0)


def test_the_goal_on_the_last_step_is_termination() -> None:
    env = DeploymentEnv(scenarios=scenario(2), max_steps=1)
    env.reset(seed=0)
    assert env.step(3)[2:4] == (True, False)


def test_an_episode_that_falls_under_min_return_is_truncated() -> None:
    env = DeploymentEnv(scenarios=scenario(1), min_return=-0.5)  # -0.36 a step
    env.reset(seed=0)
    assert env.step(0)[3] is False
    assert env.step(0)[3] is True


@pytest.mark.parametrize("action", [-1, 7, 1.0, "up", None, np.array([1, 2])])
def test_what_is_no_action_is_refused(action: object) -> None:
    env = DeploymentEnv(scenarios=scenario())
    env.reset(seed=0)
    with pytest.raises(EpisodeError, match="from 0 to 6"):
        env.step(action)  # type: ignore[arg-type]


def test_stepping_before_a_reset_is_refused() -> None:
    with pytest.raises(EpisodeError, match="reset"):
        DeploymentEnv(scenarios=scenario()).step(0)


def test_a_smaller_action_space_is_the_first_actions() -> None:
    env = DeploymentEnv(scenarios=scenario(), num_actions=4)
    assert env.action_space.n == 4  # type: ignore[attr-defined]
    env.reset(seed=0)
    with pytest.raises(EpisodeError):
        env.step(4)


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"scenarios": "clasic"}, UnknownNameError, "did you mean 'classic'"),
        ({"scenarios": []}, ScenarioError, "at least one"),
        ({"observation": "ful"}, UnknownNameError, "full"),
        ({"reward": "shape"}, UnknownNameError, "shaped"),
        ({"sampling": "any"}, UnknownNameError, "random"),
        ({"num_actions": 8}, ConfigError, "from 1 to 7"),
        ({"num_actions": True}, ConfigError, "num_actions must be a whole number"),
        ({"noise": -1.0}, ConfigError, "noise"),
        ({"noise": float("nan")}, ConfigError, "noise"),
        ({"step_penalty": 0.1}, ConfigError, "cost_aware_v2"),
        ({"min_return": float("nan")}, ConfigError, "min_return"),
        ({"max_steps": 0}, ConfigError, "max_steps"),
        ({"duration_s": 0}, ConfigError, "duration_s"),
        ({"deploy": "web"}, ConfigError, "give trace"),
        ({"render_mode": "rgb"}, ConfigError, "rgb_array"),
        ({"trace": "/nowhere/at/all", "deploy": "web", "target": 1}, SimArenaError, "nowhere"),
        ({"trace": "x"}, ConfigError, "deploy"),
    ],
)
def test_bad_options_are_refused_in_one_line(
    options: dict[str, Any], error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says) as caught:
        DeploymentEnv(**options)
    assert "\n" not in str(caught.value)


def test_a_trace_is_a_scenario_with_deploy_and_target() -> None:
    trace = trace_of((0, [workload("web", 2, container(requests={"cpu": "1", "memory": "1Gi"}))]))
    env = DeploymentEnv(trace=trace, deploy="web", target=3, nodes=2, duration_s=10)
    env.reset(seed=0)
    assert env.step(3)[2] is True
    with pytest.raises(NotFoundError, match="did you mean 'web'"):
        DeploymentEnv(trace=trace, deploy="wbe", target=3)
    with pytest.raises(ScenarioError, match="target"):
        DeploymentEnv(trace=trace, deploy="web", target=0)
    with pytest.raises(ScenarioError, match="node"):
        DeploymentEnv(trace=trace, deploy="web", target=1, nodes=0)


def test_a_workload_that_arrives_after_the_duration_is_refused() -> None:
    one = workload("web", 2, container(requests={"cpu": "1", "memory": "1Gi"}))
    other = workload("api", 2, container(requests={"cpu": "1", "memory": "1Gi"}))
    trace = trace_of((0, [other]), (60, [one]))
    with pytest.raises(ScenarioError, match="after 60 s"):
        DeploymentEnv(trace=trace, deploy="web", target=2)
    env = DeploymentEnv(trace=trace, deploy="web", target=2, duration_s=70)
    assert env.reset(seed=0)[1]["ready"] == 2


def test_scenarios_can_be_chosen_at_reset() -> None:
    env = DeploymentEnv(scenarios="classic")
    assert env.reset(options={"scenario": 4})[1]["scenario"] == 4
    assert env.reset(options={"scenario": "classic-09"})[1]["scenario"] == 8
    with pytest.raises(UnknownNameError, match="classic-09"):
        env.reset(options={"scenario": "classic-9"})
    with pytest.raises(NotFoundError, match="from 0 to 13"):
        env.reset(options={"scenario": 14})
    with pytest.raises(UnknownNameError, match="option of reset"):
        env.reset(options={"scenarios": 1})


def test_cycling_plays_all_scenarios_in_turn() -> None:
    env = DeploymentEnv(scenarios="classic", sampling="cycle")
    rows = [env.reset()[1]["scenario"] for _ in range(15)]
    assert rows == [*range(14), 0]


def test_sampling_follows_the_seed() -> None:
    env = DeploymentEnv(scenarios="classic")
    first = [env.reset(seed=11 if row == 0 else None)[1]["scenario"] for row in range(40)]
    again = [env.reset(seed=11 if row == 0 else None)[1]["scenario"] for row in range(40)]
    other = [env.reset(seed=12 if row == 0 else None)[1]["scenario"] for row in range(40)]
    assert first == again != other
    assert len(set(first)) > 10


def test_an_unseeded_environment_draws_a_seed() -> None:
    rows = [DeploymentEnv(scenarios="classic").reset()[1]["scenario"] for _ in range(12)]
    assert len(set(rows)) > 1


def test_what_was_returned_is_not_written_to_again() -> None:
    env = DeploymentEnv(scenarios="classic")
    first, info = env.reset(options={"scenario": 0})
    kept, kept_info = first.copy(), dict(info)
    env.step(5)
    np.testing.assert_array_equal(first, kept)
    assert info == kept_info


def test_render_says_what_happened(capsys: pytest.CaptureFixture[str]) -> None:
    env = DeploymentEnv(scenarios=scenario(3, "500m", "33Gi"), reward="shaped", render_mode="ansi")
    env.reset(seed=0)
    env.step(5)
    assert env.render() == (
        "step   1  memory request -256Mi  ready 0/3  pending 3  total 3  cpu 500m  memory 33536Mi  "
        "replicas 3  reward -0.450  (3 short of memory)"
    )
    shown = DeploymentEnv(scenarios=scenario(3), render_mode="human")
    shown.reset(seed=0)
    shown.step(0)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith("replicas 3  (healthy)")
    assert lines[1].endswith("reward 1.000  (solved)")


@pytest.mark.parametrize("observation", ["base", "scale", "full", "diagnostic", "neighbours"])
def test_gymnasium_finds_nothing_to_say(observation: str) -> None:
    env = gymnasium.make(
        "SimArena/Deployment-v0", scenarios="classic", observation=observation, render_mode="ansi"
    )
    check_env(env.unwrapped)


def test_stable_baselines3_finds_nothing_to_say() -> None:
    checker = pytest.importorskip("stable_baselines3.common.env_checker")
    checker.check_env(DeploymentEnv(scenarios="classic", noise=0.5))


@pytest.mark.parametrize("order", ["import simarena, gymnasium", "import gymnasium, simarena"])
def test_importing_the_package_registers_without_loading_the_simulator(order: str) -> None:
    code = (
        f"{order}, sys; assert 'numba' not in sys.modules;"
        "print('SimArena/Deployment-v0' in gymnasium.registry, gymnasium.__spec__.loader)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.startswith("True")
    assert "SourceFileLoader" in done.stdout
