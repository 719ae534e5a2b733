from __future__ import annotations

import numpy as np
import pytest
from tests.env.cases import scenario

from simarena.env.vector_env import DeploymentVectorEnv
from simarena.errors import ConfigError

pytest.importorskip("stable_baselines3")

from simarena.env.sb3 import Sb3VecEnv


def test_ends_of_episodes_are_told_as_stable_baselines3_expects() -> None:
    envs = Sb3VecEnv(
        DeploymentVectorEnv(3, scenarios=scenario(3), max_steps=2, autoreset_mode="SameStep")
    )
    envs.seed(0)
    first = envs.reset()
    observations, rewards, dones, infos = envs.step(np.array([0, 3, 3]))
    assert isinstance(observations, np.ndarray)
    assert isinstance(first, np.ndarray)
    assert dones.tolist() == [True, False, False]
    assert rewards.dtype == np.float32
    assert infos[0]["is_success"]
    assert not infos[0]["TimeLimit.truncated"]
    assert infos[0]["episode"]["r"] == 1.0
    assert infos[0]["episode"]["l"] == 1
    assert infos[1] == infos[2] == {}
    np.testing.assert_array_equal(observations[0], first[0])
    assert not np.array_equal(infos[0]["terminal_observation"], first[0])
    _, _, dones, infos = envs.step(np.array([3, 3, 6]))
    assert dones.tolist() == [False, True, True]
    assert infos[1]["TimeLimit.truncated"]
    assert not infos[1]["is_success"]
    assert not infos[2]["TimeLimit.truncated"]
    assert infos[0] == {}


def test_seeds_count_up_and_are_used_once() -> None:
    envs = Sb3VecEnv(DeploymentVectorEnv(3, scenarios="classic", autoreset_mode="SameStep"))
    plain = DeploymentVectorEnv(3, scenarios="classic", autoreset_mode="SameStep")
    assert envs.seed(5) == [5, 6, 7]
    np.testing.assert_array_equal(envs.reset(), plain.reset(seed=5)[0])
    np.testing.assert_array_equal(envs.reset(), plain.reset()[0])
    envs.set_options({"scenario": 4})
    envs.reset()
    assert envs.vector_env.batch.episodes["scenario"].tolist() == [4, 4, 4]


def test_only_same_step_will_do() -> None:
    with pytest.raises(ConfigError, match="SameStep"):
        Sb3VecEnv(DeploymentVectorEnv(2, scenarios=scenario()))


def test_members_have_nothing_of_their_own() -> None:
    envs = Sb3VecEnv(DeploymentVectorEnv(2, scenarios=scenario(), autoreset_mode="SameStep"))
    assert envs.get_attr("render_mode") == [None, None]
    assert envs.env_is_wrapped(object, indices=[0]) == [False]  # type: ignore[arg-type]
    with pytest.raises(ConfigError):
        envs.set_attr("noise", 1.0)
    with pytest.raises(ConfigError):
        envs.env_method("explain")
    envs.close()


def test_dqn_learns_from_it_without_a_word() -> None:
    from stable_baselines3 import DQN

    envs = Sb3VecEnv(DeploymentVectorEnv(8, scenarios="classic", autoreset_mode="SameStep"))
    model = DQN("MlpPolicy", envs, learning_starts=64, buffer_size=1_000, seed=0, device="cpu")
    model.learn(400)
    assert model.num_timesteps >= 400
    assert len(model.ep_info_buffer or ()) > 0
