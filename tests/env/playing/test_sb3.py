from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest
from tests.env.cases import scenario

from simarena.env.deployment.vector_env import DeploymentVectorEnv
from simarena.errors import ConfigError

pytest.importorskip("stable_baselines3")

from simarena.env.playing.sb3 import Sb3VecEnv

IDS = ["SimArena/Deployment-v0", "SimArena/Online-v0", "SimArena/Cluster-v0"]


@pytest.mark.parametrize("given", [5, None, "SimArena/Deployment-v0"])
def test_what_is_no_vector_environment_of_ours_is_refused(given: Any) -> None:
    with pytest.raises(ConfigError, match="must be a vector environment of SimArena"):
        Sb3VecEnv(given)


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


def test_members_can_be_asked_and_marked_but_not_changed() -> None:
    envs = Sb3VecEnv(DeploymentVectorEnv(3, scenarios=scenario(), autoreset_mode="SameStep"))
    envs.reset()
    assert envs.get_attr("render_mode") == [None, None, None]
    assert envs.get_attr("action_space", indices=1) == [envs.action_space]
    assert envs.env_is_wrapped(object, indices=[0]) == [False]  # type: ignore[arg-type]
    masks = envs.env_method("action_masks", indices=[2])
    assert masks[0].tolist() == envs.get_attr("action_masks")[2]().tolist()
    envs.set_attr("stage", "easy", indices=[0, 2])
    assert envs.get_attr("stage") == ["easy", None, "easy"]
    with pytest.raises(ConfigError, match="fixed"):
        envs.set_attr("noise", 1.0)
    assert not envs.has_attr("action_mask")
    with pytest.raises(AttributeError, match="did you mean 'action_masks'"):
        envs.env_method("action_mask")
    envs.close()


def test_adapters_are_copied_with_their_environments() -> None:
    envs = Sb3VecEnv(DeploymentVectorEnv(2, scenarios="classic", autoreset_mode="SameStep"))
    envs.seed(0)
    envs.reset()
    envs.step(np.array([1, 2]))
    copied = copy.deepcopy(envs)
    pickled = pickle.loads(pickle.dumps(envs))
    expected = envs.step(np.array([3, 1]))[:3]
    for other in (copied, pickled):
        for part, same in zip(other.step(np.array([3, 1]))[:3], expected, strict=True):
            np.testing.assert_array_equal(part, same)


@pytest.mark.parametrize("name", IDS)
def test_stable_baselines3_makes_environments_by_id(name: str) -> None:
    from stable_baselines3 import DQN
    from stable_baselines3.common.env_util import make_vec_env

    model = DQN("MlpPolicy", name, learning_starts=4, buffer_size=100, seed=0, device="cpu")
    model.learn(8)
    assert model.num_timesteps >= 8
    few = {"num_scenarios": 1} if name == IDS[2] else {}
    envs = make_vec_env(name, n_envs=2, seed=0, env_kwargs=few)
    envs.reset()
    shape = envs.observation_space.shape or ()
    observations = envs.step(np.array([1, 2]))[0]
    assert isinstance(observations, np.ndarray)
    assert observations.shape == (2, *shape)
    assert [info["action_mask"].dtype for info in envs.step(np.array([0, 0]))[3]] == [np.int8] * 2
    envs.close()


def test_subprocesses_of_stable_baselines3_play_as_one_process_does() -> None:
    from stable_baselines3.common.env_util import make_vec_env
    from stable_baselines3.common.vec_env import SubprocVecEnv

    name = "SimArena/Deployment-v0"
    options: dict[str, Any] = {"env_kwargs": {"scenarios": scenario(1)}, "seed": 3, "n_envs": 2}
    apart = make_vec_env(
        name, vec_env_cls=SubprocVecEnv, vec_env_kwargs={"start_method": "spawn"}, **options
    )
    together = make_vec_env(name, **options)
    np.testing.assert_array_equal(apart.reset(), together.reset())
    for actions in ([3, 1], [3, 3], [0, 2]):
        first, second = apart.step(np.array(actions)), together.step(np.array(actions))
        np.testing.assert_array_equal(first[0], second[0])
        np.testing.assert_array_equal(first[1].astype(np.float32), second[1])
    apart.close()


def test_dqn_learns_from_it_without_a_word() -> None:
    from stable_baselines3 import DQN

    envs = Sb3VecEnv(DeploymentVectorEnv(8, scenarios="classic", autoreset_mode="SameStep"))
    model = DQN("MlpPolicy", envs, learning_starts=64, buffer_size=1_000, seed=0, device="cpu")
    model.learn(400)
    assert model.num_timesteps >= 400
    assert len(model.ep_info_buffer or ()) > 0
