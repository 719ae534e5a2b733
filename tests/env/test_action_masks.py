"""Masks say exactly which actions a step would block."""

from __future__ import annotations

import gymnasium
import numpy as np
import pytest
from tests.env.cases import container, scenario, trace_of, workload

from simarena.cluster.node_spec import make_node
from simarena.env import DeploymentEnv, DeploymentVectorEnv, Scenario, load_suite
from simarena.trace import Action


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
