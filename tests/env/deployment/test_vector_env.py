from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode
from gymnasium.wrappers.vector import DictInfoToList, RecordEpisodeStatistics
from tests.env.cases import scenario

from simarena.cluster.codes import Status
from simarena.env.deployment.env import DeploymentEnv
from simarena.env.deployment.vector_env import DeploymentVectorEnv
from simarena.env.registration import register_envs
from simarena.errors import ConfigError, EpisodeError, UnknownNameError

register_envs()


def actions_of(*numbers: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    return np.array(numbers, np.int64)


def test_make_vec_gives_the_native_one() -> None:
    envs = gymnasium.make_vec("SimArena/Deployment-v0", num_envs=3, scenarios="classic")
    assert isinstance(envs.unwrapped, DeploymentVectorEnv)
    assert envs.metadata["autoreset_mode"] is AutoresetMode.NEXT_STEP
    observations, infos = envs.reset(seed=1)
    assert observations in envs.observation_space
    assert observations.shape == (3, 45)
    assert infos["ready"].shape == (3,)
    envs.close()


def test_what_was_refused_before_it_was_made_needs_no_closing() -> None:
    # Gymnasium 1.2 closes what is collected, unless it is closed.
    half_made = DeploymentVectorEnv.__new__(DeploymentVectorEnv)
    with pytest.raises(UnknownNameError, match="no observation"):
        half_made.__init__(2, observation="x")  # type: ignore[misc]
    half_made.close()

    envs = DeploymentVectorEnv(2, scenarios=scenario(2))
    assert not envs.closed
    envs.close()
    assert envs.closed


@pytest.mark.parametrize("noise", [0.0, 1.0])
def test_each_member_is_the_single_environment_with_its_seed(noise: float) -> None:
    envs = DeploymentVectorEnv(4, scenarios="classic", noise=noise, autoreset_mode="NextStep")
    singles = [DeploymentEnv(scenarios="classic", noise=noise) for _ in range(4)]
    observations, _ = envs.reset(seed=40)
    for row, env in enumerate(singles):
        np.testing.assert_array_equal(observations[row], env.reset(seed=40 + row)[0])
    ended = [False] * 4
    rng = np.random.default_rng(0)
    for _ in range(120):
        actions = rng.integers(0, 7, 4)
        observations, rewards, terminated, truncated, infos = envs.step(actions)
        for row, env in enumerate(singles):
            if ended[row]:
                expected = (env.reset()[0], 0.0, False, False)
            else:
                expected = env.step(actions[row])[:4]
            np.testing.assert_array_equal(observations[row], expected[0])
            assert (rewards[row], terminated[row], truncated[row]) == expected[1:]
            assert infos["step"][row] == env._episodes[0]["step"]
            ended[row] = bool(terminated[row] or truncated[row])


def test_same_step_begins_the_next_episode_and_keeps_the_end_of_the_last() -> None:
    same = DeploymentVectorEnv(3, scenarios="classic", autoreset_mode=AutoresetMode.SAME_STEP)
    following = DeploymentVectorEnv(3, scenarios="classic", autoreset_mode=AutoresetMode.NEXT_STEP)
    same.reset(seed=5)
    following.reset(seed=5)
    rng = np.random.default_rng(1)
    num_ended = 0
    for _ in range(150):
        actions = rng.integers(0, 7, 3)
        observations, rewards, terminated, truncated, infos = same.step(actions)
        expected = following.step(actions)
        ended = terminated | truncated
        np.testing.assert_array_equal(rewards, expected[1])
        np.testing.assert_array_equal(terminated, expected[2])
        np.testing.assert_array_equal(truncated, expected[3])
        assert ("final_obs" in infos) == bool(ended.any())
        if not ended.any():
            np.testing.assert_array_equal(observations, expected[0])
            continue
        num_ended += int(ended.sum())
        np.testing.assert_array_equal(infos["_final_obs"], ended)
        np.testing.assert_array_equal(infos["_final_info"], ended)
        for row in range(3):
            if not ended[row]:
                assert infos["final_obs"][row] is None
                continue
            np.testing.assert_array_equal(infos["final_obs"][row], expected[0][row])
            for key, value in expected[4].items():
                np.testing.assert_array_equal(infos["final_info"][key][row], value[row])
                assert infos["final_info"][f"_{key}"][row]
        # The other mode begins the next episode one step later, of the ended ones only.
        mask = ended.copy()
        observations_next, infos_next = following.reset(options={"reset_mask": mask})
        np.testing.assert_array_equal(observations[mask], observations_next[mask])
        np.testing.assert_array_equal(infos["scenario"], infos_next["scenario"])
    assert num_ended > 3


def test_disabled_waits_for_a_masked_reset() -> None:
    envs = DeploymentVectorEnv(2, scenarios=scenario(3), autoreset_mode=AutoresetMode.DISABLED)
    envs.reset(seed=0)
    _, _, terminated, _, _ = envs.step(actions_of(0, 3))
    assert terminated.tolist() == [True, False]
    with pytest.raises(EpisodeError, match=r"\[0\]"):
        envs.step(actions_of(0, 0))
    _, infos = envs.reset(options={"reset_mask": np.array([True, False])})
    assert infos["step"].tolist() == [0, 1]
    assert envs.step(actions_of(3, 6))[2].tolist() == [False, True]


def test_seeds_may_be_a_list() -> None:
    envs = DeploymentVectorEnv(3, scenarios="classic")
    first, _ = envs.reset(seed=[7, 8, 9])
    again, _ = envs.reset(seed=7)
    np.testing.assert_array_equal(first, again)
    with pytest.raises(ConfigError, match="as many seeds"):
        envs.reset(seed=[1, 2])
    with pytest.raises(ConfigError, match="at least 0"):
        envs.reset(seed=-1)


@pytest.mark.parametrize(
    "mask", [np.array([True]), np.array([False, False]), [True, False], np.array([1, 0])]
)
def test_a_bad_mask_is_refused(mask: object) -> None:
    envs = DeploymentVectorEnv(2, scenarios=scenario())
    with pytest.raises(ConfigError, match="reset_mask"):
        envs.reset(options={"reset_mask": mask})


@pytest.mark.parametrize(
    "actions", [[0, 7], [-1, 0], [0], [0, 0, 0], [0.0, 1.0], [[0, 0]], ["a", "b"]]
)
def test_bad_actions_move_nothing(actions: object) -> None:
    envs = DeploymentVectorEnv(2, scenarios=scenario(1))
    envs.reset(seed=0)
    before = envs.batch.episodes.copy()
    with pytest.raises(EpisodeError, match="actions must be"):
        envs.step(np.array(actions))
    np.testing.assert_array_equal(envs.batch.episodes, before)


def test_stepping_before_a_reset_is_refused() -> None:
    with pytest.raises(EpisodeError, match="reset"):
        DeploymentVectorEnv(2, scenarios=scenario()).step(actions_of(0, 0))


def test_bad_sizes_and_modes_are_refused() -> None:
    with pytest.raises(ConfigError, match="num_envs"):
        DeploymentVectorEnv(0, scenarios=scenario())
    with pytest.raises(ConfigError, match="num_threads"):
        DeploymentVectorEnv(1, scenarios=scenario(), num_threads=0)
    with pytest.raises(UnknownNameError, match="autoreset"):
        DeploymentVectorEnv(1, scenarios=scenario(), autoreset_mode="Never")


def test_cycling_members_share_out_the_scenarios() -> None:
    envs = DeploymentVectorEnv(4, scenarios="classic", sampling="cycle")
    rows = [envs.reset()[1]["scenario"].tolist() for _ in range(4)]
    assert rows == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11], [12, 13, 0, 1]]


def test_each_member_can_be_given_its_scenario() -> None:
    envs = DeploymentVectorEnv(3, scenarios="classic")
    _, infos = envs.reset(options={"scenario": [3, "classic-01", 9]})
    assert infos["scenario"].tolist() == [3, 0, 9]
    with pytest.raises(ConfigError, match="as many scenarios"):
        envs.reset(options={"scenario": [1, 2]})


def test_threads_change_nothing_but_the_time() -> None:
    one = DeploymentVectorEnv(7, scenarios="classic", autoreset_mode="SameStep")
    two = DeploymentVectorEnv(7, scenarios="classic", autoreset_mode="SameStep", num_threads=3)
    np.testing.assert_array_equal(one.reset(seed=2)[0], two.reset(seed=2)[0])
    rng = np.random.default_rng(2)
    for _ in range(60):
        actions = rng.integers(0, 7, 7)
        first, second = one.step(actions), two.step(actions)
        for a, b in zip(first[:4], second[:4], strict=True):
            np.testing.assert_array_equal(a, b)
        for key in one.batch.info_keys:
            np.testing.assert_array_equal(first[4][key], second[4][key])
    two.close()


def test_what_was_returned_is_not_written_to_again() -> None:
    envs = DeploymentVectorEnv(2, scenarios="classic", autoreset_mode="SameStep")
    envs.reset(seed=0)
    kept = envs.step(actions_of(1, 2))
    copies = [np.copy(part) for part in kept[:4]], {k: np.copy(v) for k, v in kept[4].items()}
    for _ in range(5):
        envs.step(actions_of(3, 3))
    for part, copied in zip(kept[:4], copies[0], strict=True):
        np.testing.assert_array_equal(part, copied)
    for key, value in copies[1].items():
        np.testing.assert_array_equal(kept[4][key], value)


def test_gymnasiums_wrappers_understand_the_infos() -> None:
    envs = DeploymentVectorEnv(2, scenarios=scenario(3), autoreset_mode="SameStep")
    wrapped = DictInfoToList(RecordEpisodeStatistics(envs))
    wrapped.reset(seed=0)
    infos: Any = wrapped.step(actions_of(0, 3))[4]
    assert infos[0]["final_info"]["solved"]
    assert "final_info" not in infos[1]
    assert infos[1]["ready"] == 4


def test_tables_grow_when_a_workload_outgrows_them() -> None:
    small = scenario(3, "50m", "64Mi", target=3)
    large = scenario(95, "50m", "64Mi", target=95, name="large")
    envs = DeploymentVectorEnv(3, scenarios=[small, large], autoreset_mode="SameStep")
    before = envs.batch._batch.pods.shape[1]
    assert before < 95
    _, infos = envs.reset(options={"scenario": [0, 1, 0]})
    assert infos["ready"].tolist() == [3, 95, 3]
    assert envs.batch._batch.pods.shape[1] > before
    assert (envs.batch.episodes["status"] == Status.OK).all()
    # What another environment did before its neighbour made the tables grow is still there.
    _, _, terminated, _, infos = envs.step(actions_of(3, 3, 0))
    assert terminated.tolist() == [False, False, True]
    assert infos["final_info"]["ready"][2] == 3


def test_render_gives_a_line_for_each() -> None:
    envs = DeploymentVectorEnv(2, scenarios=scenario(2), render_mode="ansi")
    envs.reset(seed=0)
    envs.step(actions_of(3, 0))
    lines = envs.render()
    assert lines is not None
    assert "solved" in lines[0]
    assert "nothing" in lines[1]
    assert DeploymentVectorEnv(1, scenarios=scenario()).render() is None


@pytest.mark.jit
def test_the_kernel_is_compiled_once() -> None:
    from simarena.env.kernel.deployment.stepping import play

    for observation in ("base", "full"):
        envs = DeploymentVectorEnv(2, scenarios="classic", observation=observation)
        envs.reset(seed=0)
        envs.step(actions_of(0, 1))
    assert len(play.signatures) == 1  # type: ignore[attr-defined]
