"""Masks say exactly which actions a step would block."""

from __future__ import annotations

import functools
import os
from typing import Any

import gymnasium
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.env.cases import container, scenario, trace_of, workload

from simarena.cluster.manifests.node_words import make_node
from simarena.env import DeploymentEnv, DeploymentVectorEnv, Scenario, load_suite
from simarena.env.fleet import ClusterEnv, ClusterVectorEnv
from simarena.env.online import OnlineEnv, OnlineVectorEnv
from simarena.errors import EpisodeError
from simarena.trace import Action

_INTERPRETED = os.environ.get("NUMBA_DISABLE_JIT", "0") not in {"", "0"}
_NUM_EXAMPLES, _NUM_STEPS = (1, 8) if _INTERPRETED else (8, 40)
"""Interpreted, a step takes a thousand times as long."""


def test_masks_are_what_steps_block() -> None:
    scenarios = [
        scenario(1, "50m", "64Mi", name="low"),
        scenario(100, "16", "32Gi", name="high"),
        scenario(3, "500m", "512Mi", name="middle"),
        *load_suite("held-out")[:5],
    ]
    envs = DeploymentVectorEnv(len(scenarios), scenarios=scenarios, sampling="cycle", max_steps=30)
    random = np.random.default_rng(0)
    envs.reset(seed=0)
    num_blocked = 0
    for _ in range(25):
        masks = envs.action_masks()
        assert masks.shape == (len(scenarios), 7)
        assert masks[:, Action.NOOP].all()
        actions = random.integers(7, size=len(scenarios))
        infos = envs.step(actions)[4]
        taken = infos["step"] > 0  # others only began a new episode
        allowed = masks[np.arange(len(scenarios)), actions]
        np.testing.assert_array_equal(infos["blocked"][taken], ~allowed[taken])
        num_blocked += int(infos["blocked"].sum())
    assert num_blocked > 5


@pytest.mark.parametrize(
    ("made", "options"),
    [
        (DeploymentVectorEnv, {"scenarios": "held-out"}),
        (OnlineVectorEnv, {"interval_s": 3}),
        (ClusterVectorEnv, {"num_scenarios": 4, "interval_s": 5, "cpu_step_milli": 50}),
    ],
)
@settings(max_examples=_NUM_EXAMPLES)
@given(
    seed=st.integers(0, 2**31), favoured=st.sampled_from([(1, 3), (1, 4), (2, 3, 5), (1, 2, 4, 5)])
)
def test_a_step_blocks_just_what_its_mask_forbids(
    made: Any, options: dict[str, Any], seed: int, favoured: tuple[int, ...]
) -> None:
    envs = envs_of(made.__name__, tuple(options.items()))
    random = np.random.default_rng(seed)
    infos = envs.reset(seed=seed)[1]
    changes = np.array(favoured)
    for _ in range(_NUM_STEPS):
        masks = envs.action_masks()
        np.testing.assert_array_equal(masks, infos["action_mask"] == 1)
        assert infos["action_mask"].dtype == np.int8
        assert masks[:, 0].all()
        # One Deployment's requests again and again, so that all of its templates are in use.
        actions = changes[random.integers(len(changes), size=envs.num_envs)]
        infos = envs.step(actions)[4]
        taken = infos["step"] > 0
        allowed = masks[np.arange(envs.num_envs), actions]
        np.testing.assert_array_equal(infos["blocked"][taken], ~allowed[taken])


@functools.cache
def envs_of(made: str, options: tuple[tuple[str, Any], ...]) -> Any:
    return globals()[made](8, **dict(options))


@pytest.mark.jit  # nearly a thousand steps of a running cluster
def test_a_mask_forbids_another_request_where_all_templates_are_in_use() -> None:
    envs = OnlineVectorEnv(16, interval_s=3)
    envs.reset(seed=0)
    random = np.random.default_rng(0)
    forbidden_within_limits = 0
    for _ in range(60):
        mask = envs.action_masks()[:, Action.INCREASE_CPU]
        is_within = envs.batch.seat.observations[:, 42] == 1.0
        forbidden_within_limits += int((is_within & ~mask).sum())
        # Rollouts follow each other faster than they end, and larger pods wait for room.
        envs.step(random.choice([Action.INCREASE_CPU, Action.INCREASE_REPLICAS], size=16))
    assert forbidden_within_limits > 0


@pytest.mark.parametrize(
    "made",
    [
        lambda: DeploymentEnv(scenarios=scenario(1)),
        lambda: OnlineEnv(profile="steps"),
        lambda: ClusterEnv(num_scenarios=1),
    ],
)
def test_infos_of_one_environment_have_a_mask_to_sample_by(made: Any) -> None:
    env = made()
    with pytest.raises(EpisodeError, match="reset"):
        env.action_masks()
    _, info = env.reset(seed=0)
    kept = info["action_mask"]
    for _ in range(10):
        mask = info["action_mask"]
        assert mask.tolist() == env.action_masks().tolist()
        action = env.action_space.sample(mask)
        _, _, terminated, truncated, info = env.step(action)
        assert not info["blocked"]
        if terminated or truncated:
            break
    assert kept.tolist() != [0] * len(kept)
    assert not np.shares_memory(kept, info["action_mask"])


def test_ends_of_episodes_have_masks_too() -> None:
    envs = DeploymentVectorEnv(2, scenarios=scenario(3), max_steps=1, autoreset_mode="SameStep")
    envs.reset(seed=0)
    infos = envs.step(np.array([Action.DECREASE_CPU, Action.INCREASE_REPLICAS]))[4]
    assert infos["final_info"]["_action_mask"].tolist() == [True, True]
    # 500m and one step less would be 0, which is too little; the next episodes begin anew.
    assert infos["final_info"]["action_mask"].shape == (2, 7)
    assert infos["action_mask"][:, Action.DECREASE_CPU].tolist() == [0, 0]
    assert infos["action_mask"][:, Action.INCREASE_REPLICAS].tolist() == [1, 1]


def test_every_event_that_applies_the_workload_counts() -> None:
    small = {"requests": {"cpu": "100m", "memory": "1Gi"}}
    large = {"requests": {"cpu": "15800m", "memory": "31.9Gi"}}
    one = Scenario(
        name="two-events",
        family="test",
        trace=trace_of(
            (0, [workload("web", 2, container(**large))]),
            (5, [workload("web", 2, container(**small))]),
        ),
        nodes=(make_node("n", "32", "64Gi"),),
        deploy="web",
        target=5,
        duration_s=20,
    )
    env = DeploymentEnv(scenarios=one)
    env.reset(seed=0)
    mask = env.action_masks()
    # The first event's CPU would cross 16, the second's fall under 50m; the other one may change.
    assert mask.all()
    assert not env.step(Action.INCREASE_CPU)[4]["blocked"]
    assert not env.step(Action.DECREASE_CPU)[4]["blocked"]
    for _ in range(32):
        env.step(Action.DECREASE_CPU)
    mask = env.action_masks()
    assert not mask[Action.DECREASE_CPU]
    assert env.step(Action.DECREASE_CPU)[4]["blocked"]


def test_it_is_where_other_libraries_look_for_it() -> None:
    env = gymnasium.make("SimArena/Deployment-v0", scenarios=scenario(1), num_actions=4)
    env.reset(seed=0)
    assert env.get_wrapper_attr("action_masks")().tolist() == [True] * 4
    contrib = pytest.importorskip("sb3_contrib.common.maskable.utils")
    from simarena.env import Sb3VecEnv

    envs = Sb3VecEnv(DeploymentVectorEnv(3, scenarios=scenario(1), autoreset_mode="SameStep"))
    envs.reset()
    assert contrib.is_masking_supported(envs)
    expected = [[True, True, True, True, False, True, False]] * 3  # 500m and 1 replica are low
    assert contrib.get_action_masks(envs).tolist() == expected
