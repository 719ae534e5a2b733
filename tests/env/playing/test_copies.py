"""A copy, a pickle and a saved state of an environment go on as it does, bit by bit."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cloudpickle
import gymnasium
import numpy as np
import pytest
from gymnasium.vector import AsyncVectorEnv, SyncVectorEnv
from tests.env.cases import scenario

from simarena.env import DeploymentEnv, DeploymentVectorEnv, load_suite
from simarena.env.deployment.memory import Memory
from simarena.env.fleet import ClusterEnv, ClusterVectorEnv
from simarena.env.online import OnlineEnv, OnlineVectorEnv
from simarena.env.playing.batch import CHANGING, LASTING
from simarena.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable


SINGLES: dict[str, tuple[type, dict[str, Any]]] = {
    "deployment": (DeploymentEnv, {"scenarios": "classic", "noise": 0.5}),
    "replaying": (DeploymentEnv, {"scenarios": "classic", "remember": False}),
    "online": (OnlineEnv, {"profile": "spikes", "noise": 0.2, "horizon_s": 400, "interval_s": 20}),
    "cluster": (ClusterEnv, {"num_scenarios": 3, "max_steps": 9, "observation": "dict"}),
}
VECTORS: dict[str, tuple[type, dict[str, Any]]] = {
    "deployment": (DeploymentVectorEnv, {"scenarios": "classic", "noise": 0.5}),
    "replaying": (DeploymentVectorEnv, {"scenarios": "classic", "remember": False}),
    "online": (OnlineVectorEnv, {"profile": "all", "horizon_s": 400, "interval_s": 20}),
    "cluster": (ClusterVectorEnv, {"num_scenarios": 3, "max_steps": 9}),
}


def unpickled(env: Any) -> Any:
    return pickle.loads(pickle.dumps(env))


def unpickled_from_read_only_memory(env: Any) -> Any:
    """As frameworks do that keep arrays in memory that processes share."""
    buffers: list[pickle.PickleBuffer] = []
    data = pickle.dumps(env, protocol=5, buffer_callback=buffers.append)
    frozen = [memoryview(bytes(buffer.raw())) for buffer in buffers]
    return pickle.loads(data, buffers=frozen)


COPIERS = (copy.deepcopy, copy.copy, unpickled, unpickled_from_read_only_memory)


def is_same(first: Any, second: Any) -> bool:
    """Return whether what two environments told is equal to the last bit."""
    if isinstance(first, dict):
        return first.keys() == second.keys() and all(is_same(first[k], second[k]) for k in first)
    if isinstance(first, (tuple, list)):
        return len(first) == len(second) and all(map(is_same, first, second))
    if first is None or second is None:
        return first is second
    one, other = np.asarray(first), np.asarray(second)
    if one.dtype == object:
        return one.shape == other.shape and all(map(is_same, one.tolist(), other.tolist()))
    return one.dtype == other.dtype and one.tobytes() == other.tobytes()


def walk(env: Any, steps: int, seed: int = 0) -> list[Any]:
    """Take random steps; return all that they told. Ended episodes are followed by new ones."""
    random = np.random.default_rng(seed)
    told: list[Any] = []
    for _ in range(steps):
        if isinstance(env, gymnasium.Env):
            told.append(env.step(int(random.integers(env.action_space.n))))  # type: ignore[attr-defined]
            if told[-1][2] or told[-1][3]:
                told.append(env.reset())
        else:
            most = env.single_action_space.n
            told.append(env.step(random.integers(most, size=env.num_envs)))
    return told


@pytest.mark.parametrize("kind", SINGLES)
@pytest.mark.parametrize("copied", COPIERS)
def test_a_copy_goes_on_alike_and_apart(kind: str, copied: Callable[[Any], Any]) -> None:
    made, options = SINGLES[kind]
    env = made(**options)
    fresh = copied(env)
    assert is_same(env.reset(seed=4), fresh.reset(seed=4))
    walk(env, 5)
    twin = copied(env)
    bystander = copied(env)
    assert is_same(walk(env, 25, seed=1), walk(twin, 25, seed=1))
    # What the others did has changed nothing here.
    before = bystander.save_state()
    walk(twin, 3)
    assert bystander.save_state() == before


@pytest.mark.parametrize("kind", SINGLES)
def test_the_observation_of_a_copy_changes(kind: str) -> None:
    made, options = SINGLES[kind]
    env = made(**options)
    first, _ = env.reset(seed=4)
    twin = copy.deepcopy(env)
    assert not is_same(first, twin.step(3)[0])


@pytest.mark.parametrize("kind", VECTORS)
@pytest.mark.parametrize("copied", COPIERS)
@pytest.mark.parametrize("mode", ["NextStep", "SameStep"])
def test_a_copied_vector_goes_on_alike(kind: str, copied: Callable[[Any], Any], mode: str) -> None:
    made, options = VECTORS[kind]
    envs = made(3, autoreset_mode=mode, num_threads=2, **options)
    envs.reset(seed=4)
    walk(envs, 6)
    twin = copied(envs)
    assert is_same(walk(envs, 25, seed=1), walk(twin, 25, seed=1))
    envs.close()
    twin.close()


@pytest.mark.parametrize("kind", SINGLES)
def test_a_finished_episode_stays_finished_in_copies_and_states(kind: str) -> None:
    made, options = SINGLES[kind]
    env = made(**{**options, "horizon_s": 40} if kind == "online" else {**options, "max_steps": 2})
    env.reset(seed=0)
    state = None
    for _ in range(2):
        _, _, terminated, truncated, _ = env.step(0)
        if terminated or truncated:
            state = env.save_state()
            break
    assert state is not None
    for other in (copy.deepcopy(env), unpickled(env)):
        with pytest.raises(Exception, match="call reset first"):
            other.step(0)
    expected = env.reset()
    env.restore_state(state)
    with pytest.raises(Exception, match="call reset first"):
        env.step(0)
    assert is_same(env.reset(), expected)


@pytest.mark.parametrize("kind", SINGLES)
def test_a_state_is_gone_back_to_as_often_as_wanted(kind: str) -> None:
    made, options = SINGLES[kind]
    env = made(**options)
    fresh = env.save_state()
    env.reset(seed=4)
    walk(env, 4)
    state = pickle.loads(pickle.dumps(env.save_state()))
    expected = walk(env, 20, seed=1)
    walk(env, 9, seed=2)
    env.restore_state(state)
    assert is_same(walk(env, 20, seed=1), expected)
    other = made(**options)  # one that was made with the same options
    other.restore_state(state)
    assert is_same(walk(other, 20, seed=1), expected)
    other.restore_state(fresh)
    with pytest.raises(Exception, match="reset"):
        other.step(0)
    assert is_same(other.reset(seed=4), made(**options).reset(seed=4))


@pytest.mark.parametrize("kind", VECTORS)
def test_the_state_of_a_vector_is_gone_back_to(kind: str) -> None:
    made, options = VECTORS[kind]
    envs = made(3, num_threads=2, **options)
    envs.reset(seed=4)
    walk(envs, 4)
    state = envs.save_state()
    expected = walk(envs, 20, seed=1)
    envs.restore_state(state)
    assert is_same(walk(envs, 20, seed=1), expected)
    alone = made(3, **options)  # threads make no difference
    alone.restore_state(state)
    assert is_same(walk(alone, 20, seed=1), expected)
    envs.close()


def test_a_state_from_before_tables_grew_and_one_from_after_fit() -> None:
    env = DeploymentEnv(scenarios=scenario(1, target=90), max_steps=1_000)
    env.reset(seed=0)
    small = env.save_state()
    many = [env.step(3) for _ in range(60)]  # 61 replicas and their rollouts: 32 rows are too few
    large = env.save_state()
    env.restore_state(small)
    assert is_same([env.step(3) for _ in range(60)], many)
    other = DeploymentEnv(scenarios=scenario(1, target=90), max_steps=1_000)
    other.restore_state(small)  # scenarios are equal, if not the same objects
    other.restore_state(large)
    assert is_same(other.step(6), env.step(6))


def test_what_is_remembered_makes_no_difference_to_a_state() -> None:
    first = DeploymentEnv(scenarios="classic", remember=True)
    second = DeploymentEnv(scenarios="classic", remember=False)
    first.reset(seed=1)
    walk(first, 5)
    second.restore_state(first.save_state())
    assert is_same(walk(first, 30, seed=2), walk(second, 30, seed=2))


def test_a_state_of_something_else_is_refused_and_nothing_changes() -> None:
    env = DeploymentEnv(scenarios=scenario(1))
    env.reset(seed=0)
    before = env.save_state()
    for other in (
        DeploymentEnv(scenarios=scenario(2)),
        DeploymentEnv(scenarios=scenario(1), max_steps=7),
        DeploymentEnv(scenarios=scenario(1), reward="scale"),
        OnlineEnv(),
    ):
        with pytest.raises(ConfigError, match="something else"):
            env.restore_state(other.save_state())
    envs = DeploymentVectorEnv(2, scenarios=scenario(1))
    with pytest.raises(ConfigError, match="save_state"):
        env.restore_state(envs.save_state())  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="save_state"):
        envs.restore_state(before)  # type: ignore[arg-type]
    assert env.save_state() == before


def test_a_pickle_of_another_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    env = DeploymentEnv(scenarios=scenario(1))
    env.reset(seed=0)
    data = pickle.dumps(env)
    monkeypatch.setattr("simarena.env.playing.batch.CACHE_FOLDER", Path("other"))
    with pytest.raises(ConfigError, match="another version"):
        pickle.loads(data)


def test_every_table_of_a_seat_is_saved_shared_or_made_anew() -> None:
    for env in (DeploymentEnv(scenarios="classic"), OnlineEnv(), ClusterEnv(num_scenarios=1)):
        names = set(env._batch.seat._fields)
        remembered = set(Memory._fields) - {"edited_specs"} | {"unedited"}
        assert names <= CHANGING | LASTING | {"progress"} | remembered
        assert not CHANGING & LASTING


def test_scenarios_are_shared_and_a_suite_is_pickled_by_its_name() -> None:
    env = DeploymentEnv(scenarios="train")
    assert copy.deepcopy(env).scenarios is env.scenarios
    assert unpickled(env).scenarios is env.scenarios
    assert len(pickle.dumps(env)) < 500_000  # its bank has 14 MB
    suite = load_suite("arena-v1/train")
    assert pickle.loads(pickle.dumps(suite)) is suite
    assert unpickled(scenario(2)) == scenario(2)


def test_wrapped_environments_are_copied_too() -> None:
    env = gymnasium.make("SimArena/Deployment-v0", scenarios="classic")
    env.reset(seed=2)
    env.step(1)
    expected = [copy.deepcopy(env).step(action) for action in (1, 2)]
    twin = copy.deepcopy(env)
    assert is_same(twin.step(1), expected[0])
    assert is_same(unpickled(env).step(2), expected[1])
    assert is_same(cloudpickle.loads(cloudpickle.dumps(env)).step(2), expected[1])


def test_spawned_processes_of_gymnasium_play_as_one_process_does() -> None:
    played = scenario(1)

    def make() -> gymnasium.Env[Any, Any]:
        return DeploymentEnv(scenarios=played)

    apart = AsyncVectorEnv([make, make], context="spawn")
    together = SyncVectorEnv([make, make])
    assert is_same(apart.reset(seed=1)[0], together.reset(seed=1)[0])
    for actions in ([3, 1], [3, 3], [0, 2]):
        first, second = apart.step(np.array(actions)), together.step(np.array(actions))
        assert is_same(first[:4], second[:4])
        assert is_same(first[4]["action_mask"], second[4]["action_mask"])
    apart.close()
