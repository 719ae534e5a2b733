from __future__ import annotations

from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.env.cases import scenario
from tests.env.playing.test_harm import beside

from simarena.env.codes import (
    ObservationKind,
    ObservationName,
    RewardKind,
    RewardName,
    Room,
    names_of,
)
from simarena.env.deployment.env import DeploymentEnv
from simarena.env.deployment.spaces import components
from simarena.env.kernel.deployment.components import DeploymentComponent
from simarena.env.kernel.online.components import OnlineComponent
from simarena.env.scenarios.scenario import Goal
from simarena.trace import Limits

DIAGNOSTIC_COMPONENTS = components(ObservationKind.DIAGNOSTIC)


def seen(env: DeploymentEnv, observation: np.ndarray[Any, Any]) -> dict[str, float]:
    names = components(env.options.observation_kind)
    return dict(zip(names, observation.tolist(), strict=True))


def test_base_has_the_five_components_of_the_predecessor() -> None:
    case = scenario(5, "17", "33Gi", target=3)
    env = DeploymentEnv(scenarios=case, observation="base")
    observation, info = env.reset(seed=0)
    assert info["pending"] == 5
    expected = [17_000 / 4_000, 33 * 1_024 / 4_096, 5 / 5, (3 - 5) / 5, 5 / 8]
    np.testing.assert_allclose(observation, expected, rtol=1e-6)


def test_scale_divides_pods_by_fifteen() -> None:
    env = DeploymentEnv(scenarios=scenario(20, target=3), observation="scale")
    observation, _ = env.reset(seed=0)
    np.testing.assert_allclose(observation, [0.125, 0.125, 0, (3 - 20) / 15, 1.0], rtol=1e-6)


def test_full_tells_that_memory_is_short_everywhere() -> None:
    env = DeploymentEnv(scenarios=scenario(3, "500m", "33Gi"))
    values = seen(env, env.reset(seed=0)[0])
    assert values["waiting_short_of_memory"] == 1
    assert values["waiting_short_of_cpu"] == 0
    assert values["nodes_short_of_memory"] == 1
    assert values["slots_by_memory"] == 0
    assert values["slots_by_cpu"] == 1
    assert values["memory_over_room"] == pytest.approx(4 / 5)  # 1Gi is four steps too many
    assert values["cpu_over_room"] < 0
    assert values["pods_missing"] == 0


def test_full_tells_what_one_node_can_hold() -> None:
    # 16 CPUs on one node: two pods of 6, and 4 CPUs are left.
    env = DeploymentEnv(scenarios=scenario(3, "6", "1Gi", nodes=1))
    values = seen(env, env.reset(seed=0)[0])
    assert values["ready"] == pytest.approx(2 / 3 / 2)
    assert values["waiting"] == pytest.approx(1 / 3 / 2)
    assert values["slots_by_cpu"] == pytest.approx(2 / 3 / 2)
    assert values["slots"] == pytest.approx(2 / 3 / 2)
    assert values["free_cpu"] == pytest.approx(4 / 16)
    assert values["free_cpu_over_request"] == pytest.approx(4 / 6 / 4)
    assert values["cpu_of_largest_node"] == pytest.approx(6 / 16 / 2)
    assert values["nodes_short_of_cpu"] == 1
    assert values["nodes"] == pytest.approx(1 / 5)


def test_full_tells_that_a_limit_is_near() -> None:
    env = DeploymentEnv(scenarios=scenario(1, "400m", "64Mi", target=2))
    values = seen(env, env.reset(seed=0)[0])
    assert values["can_decrease_cpu"] == values["can_decrease_memory"] == 0
    assert values["can_decrease_replicas"] == 0
    assert values["can_increase_cpu"] == values["can_increase_replicas"] == 1
    observation, *_, info = env.step(4)
    assert info["blocked"]
    assert seen(env, observation)["blocked"] == 1


def test_every_component_has_a_name() -> None:
    env = DeploymentEnv(scenarios=scenario())
    assert env.observation_space.shape == (len(DIAGNOSTIC_COMPONENTS),)
    assert len(set(components(ObservationKind.DIAGNOSTIC))) == len(DIAGNOSTIC_COMPONENTS)
    assert components(ObservationKind.FULL) == DIAGNOSTIC_COMPONENTS[:35]


@pytest.mark.parametrize("observation", ["base", "scale", "full", "diagnostic", "neighbours"])
@pytest.mark.parametrize("noise", [0.0, 5.0])
@given(data=st.data())
def test_bounds_hold_out_to_the_limits(
    observation: ObservationName, noise: float, data: st.DataObject
) -> None:
    limits = Limits(max_cpu_milli=2_000, max_memory_bytes=2**30, max_replicas=6)
    case = scenario(
        data.draw(st.integers(1, 9)),
        data.draw(st.sampled_from(["50m", "1", "17"])),
        data.draw(st.sampled_from(["64Mi", "1Gi", "40Gi"])),
        target=data.draw(st.integers(1, 7)),
        nodes=data.draw(st.integers(1, 2)),
    )
    env = DeploymentEnv(
        scenarios=case, observation=observation, noise=noise, limits=limits, max_steps=200
    )
    first, _ = env.reset(seed=data.draw(st.integers(0, 2**32)))
    assert env.observation_space.contains(first)
    direction = data.draw(st.sampled_from([(1, 2, 3), (4, 5, 6), (1, 5, 3), (4, 2, 6)]))
    for step in range(30):
        vector, _, terminated, truncated, _ = env.step(direction[step % 3])
        assert env.observation_space.contains(vector)
        if terminated or truncated:
            break


def test_noise_is_gaussian_on_counts_and_leaves_the_truth_alone() -> None:
    env = DeploymentEnv(
        scenarios=scenario(4, "17", target=4), observation="base", noise=0.5, reward="shaped"
    )
    env.reset(seed=3)
    pending = []
    for _ in range(39):
        observation, reward, *_, info = env.step(0)
        assert info["pending"] == 4
        assert reward == pytest.approx(-0.6)
        pending.append(observation[2] * 5)
    assert np.mean(pending) == pytest.approx(4, abs=0.35)
    assert np.std(pending) == pytest.approx(0.5, abs=0.2)
    assert len(set(pending)) == len(pending)


def test_neighbours_adds_two_components_to_the_diagnostic_ones() -> None:
    cases = (beside(10), beside(10, goal=Goal(harmless=False)))
    for case, spared, harmed in zip(cases, (1.0, 0.0), (0.5, 0.0), strict=True):
        env = DeploymentEnv(scenarios=case, observation="neighbours")
        old = DeploymentEnv(scenarios=case, observation="diagnostic")
        observation, first = env.reset(seed=0)[0], old.reset(seed=0)[0]
        assert np.array_equal(observation[:-2], first)
        assert observation[-2:].tolist() == [spared, 0.0]
        observation = env.step(3)[0]  # one more pod, in the place of another workload's
        assert np.array_equal(observation[:-2], old.step(3)[0])
        assert observation[-2:].tolist() == [spared, harmed]
        assert env.observation_space.contains(observation)


def test_what_nodes_have_room_for_is_in_every_observation_that_shows_it_in_one_order() -> None:
    rooms = names_of(Room)
    for component in (DeploymentComponent, OnlineComponent):
        names = names_of(component)
        first = names.index(rooms[0])
        assert names[first : first + len(rooms) - 1] == rooms[:-1]
        assert [component[name.upper()].declared for name in rooms] == [
            room.declared for room in Room
        ]


def test_names_of_observations_and_rewards_are_those_of_their_codes() -> None:
    for names, codes in ((ObservationName, ObservationKind), (RewardName, RewardKind)):
        assert get_args(names) == tuple(code.name.lower() for code in codes)
        assert [int(code) for code in codes] == list(range(len(codes)))
