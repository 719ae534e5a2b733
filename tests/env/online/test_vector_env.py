from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
import pytest

from simarena.env.online import LoadProfile, OnlineEnv, OnlineVectorEnv
from simarena.env.playing.sb3 import Sb3VecEnv
from simarena.env.registration import register_envs

register_envs()

OPTIONS: dict[str, Any] = {"horizon_s": 80, "noise": 0.1, "random_start": True}


def test_make_vec_gives_the_native_one() -> None:
    envs = gymnasium.make_vec("SimArena/Online-v0", num_envs=3, profile="daily")
    assert isinstance(envs.unwrapped, OnlineVectorEnv)
    observations, infos = envs.reset(seed=1)
    assert observations in envs.observation_space
    assert infos["served"].shape == (3,)


def test_each_member_is_the_single_environment_with_its_seed() -> None:
    envs = OnlineVectorEnv(3, autoreset_mode="NextStep", **OPTIONS)
    singles = [OnlineEnv(**OPTIONS) for _ in range(3)]
    observations, _ = envs.reset(seed=40)
    for row, env in enumerate(singles):
        np.testing.assert_array_equal(observations[row], env.reset(seed=40 + row)[0])
    ended = [False] * 3
    rng = np.random.default_rng(0)
    for _ in range(25):
        actions = rng.integers(0, 7, 3)
        observations, rewards, terminated, truncated, _ = envs.step(actions)
        for row, env in enumerate(singles):
            expected: Any
            if ended[row]:
                expected = (env.reset()[0], 0.0, False, False)
            else:
                expected = env.step(int(actions[row]))
            np.testing.assert_array_equal(observations[row], expected[0])
            assert (rewards[row], terminated[row], truncated[row]) == tuple(expected[1:4])
            ended[row] = bool(truncated[row])


def test_same_step_and_masked_resets_agree_with_each_other() -> None:
    same = OnlineVectorEnv(2, autoreset_mode="SameStep", **OPTIONS)
    waiting = OnlineVectorEnv(2, autoreset_mode="Disabled", **OPTIONS)
    np.testing.assert_array_equal(same.reset(seed=5)[0], waiting.reset(seed=5)[0])
    rng = np.random.default_rng(1)
    for _ in range(20):
        actions = rng.integers(0, 7, 2)
        observations, rewards, _, truncated, infos = same.step(actions)
        expected: Any = waiting.step(actions)
        np.testing.assert_array_equal(rewards, expected[1])
        if truncated.any():
            np.testing.assert_array_equal(infos["final_obs"][0], expected[0][0])
            expected = waiting.reset(options={"reset_mask": truncated})
        np.testing.assert_array_equal(observations, expected[0])


def test_threads_and_full_tables_change_nothing_but_the_time() -> None:
    # 32 rows of pods are too few for the rollouts of 30 replicas: the tables grow on the way.
    profile = LoadProfile("level", (500.0,))
    runs = []
    for num_threads in (1, 2):
        envs = OnlineVectorEnv(3, profile=profile, cpu_step_milli=50, num_threads=num_threads)
        for _ in range(2):  # the second time they are large from the beginning
            observations = [envs.reset(seed=2)[0]]
            before = envs.batch._batch.pods.shape[1]
            for step in range(40):
                action = 3 if step < 25 else (1, 4)[step % 2]
                observations.append(envs.step(np.full(3, action))[0])
            runs.append((before, np.array(observations)))
        envs.close()
    assert runs[0][0] < runs[1][0]
    for _, seen in runs[1:]:
        np.testing.assert_array_equal(runs[0][1], seen)


def test_stable_baselines3_learns_from_it_without_a_word() -> None:
    sb3 = pytest.importorskip("stable_baselines3")
    envs = Sb3VecEnv(OnlineVectorEnv(4, autoreset_mode="SameStep", horizon_s=100))
    model = sb3.PPO("MlpPolicy", envs, n_steps=16, batch_size=32, device="cpu", seed=0)
    model.learn(64)
    assert model.num_timesteps >= 64


@pytest.mark.jit
def test_the_kernel_is_compiled_once() -> None:
    from simarena.env.kernel.online.stepping import play

    for interval_s in (1, 10):
        envs = OnlineVectorEnv(2, profile="steps", interval_s=interval_s)
        envs.reset(seed=0)
        envs.step(np.array([0, 1]))
    assert len(play.signatures) == 1  # type: ignore[attr-defined]
