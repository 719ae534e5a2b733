"""Environments of a batch can be asked one by one, as those of Gymnasium's SyncVectorEnv."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
from gymnasium.vector import SyncVectorEnv
from tests.env.cases import scenario

from simarena.env import DeploymentEnv, DeploymentVectorEnv
from simarena.env.fleet import ClusterVectorEnv
from simarena.env.online import OnlineVectorEnv
from simarena.errors import ConfigError, UnknownNameError


@pytest.mark.parametrize("name", ["action_masks", "render", "action_space", "render_mode"])
def test_they_answer_as_separate_environments_do(name: str) -> None:
    envs = DeploymentVectorEnv(2, scenarios=scenario(2), render_mode="ansi")
    apart = SyncVectorEnv([lambda: DeploymentEnv(scenarios=scenario(2), render_mode="ansi")] * 2)
    for each in (envs, apart):
        each.reset(seed=0)
        each.step(np.array([3, 0]))
    assert np.array_equal(np.array(envs.call(name)), np.array(apart.call(name)))
    assert len(envs.get_attr(name)) == 2


def test_what_they_are_given_they_give_back() -> None:
    envs = DeploymentVectorEnv(2, scenarios=scenario(2))
    envs.set_attr("level", [1, 2])
    envs.set_attr("label", "both")
    twin = copy.deepcopy(envs)
    envs.set_attr("level", 7)
    assert envs.get_attr("level") == (7, 7)
    assert twin.get_attr("level") == (1, 2)
    assert twin.call("label") == ("both", "both")
    with pytest.raises(ConfigError, match="as many values"):
        envs.set_attr("level", [1, 2, 3])


@pytest.mark.parametrize("name", ["reward", "action_space", "render_mode", "scenarios"])
def test_what_decides_how_they_play_is_fixed(name: str) -> None:
    envs = DeploymentVectorEnv(2, scenarios=scenario(2))
    with pytest.raises(ConfigError, match="fixed when environments are made"):
        envs.set_attr(name, "scale")


@pytest.mark.parametrize(
    "made",
    [
        lambda: DeploymentVectorEnv(1, scenarios=scenario(1)),
        lambda: OnlineVectorEnv(1, profile="steps"),
        lambda: ClusterVectorEnv(1, num_scenarios=1),
    ],
)
def test_what_they_do_not_have_is_an_attribute_error_with_the_nearest(made: Any) -> None:
    envs = made()
    for kind in (AttributeError, UnknownNameError):
        with pytest.raises(kind, match="did you mean 'action_masks'"):
            envs.get_attr("action_mask")
