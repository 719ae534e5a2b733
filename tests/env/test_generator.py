from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simarena.env.env import DeploymentEnv
from simarena.env.generator import FAMILIES, SPLITS, generate
from simarena.env.suite import SUITES, load_suite
from simarena.errors import ScenarioError, UnknownNameError

if TYPE_CHECKING:
    from simarena.env.scenario import Scenario


def shortest(scenario: Scenario, most: int = 14) -> list[int] | None:
    """Return the shortest way to the goal with lowering requests and changing replicas, if any.

    Only settings count, not the order of the actions; more requests never help a pending pod.
    """
    env = DeploymentEnv(scenarios=scenario, observation="base")
    for length in range(most + 1):
        for cpu in range(length + 1):
            for memory in range(length - cpu + 1):
                pods = length - cpu - memory
                for way in (3, 6) if pods else (3,):
                    actions = [4] * cpu + [5] * memory + [way] * pods or [0]
                    env.reset(seed=0)
                    for action in actions:
                        _, _, terminated, truncated, _ = env.step(action)
                        if terminated or truncated:
                            break
                    if terminated:
                        return actions
    return None


def steps_with(scenario: Scenario, action: int, most: int = 14) -> int | None:
    """Return how many steps reach the goal with nothing but one action, if it can."""
    env = DeploymentEnv(scenarios=scenario, observation="base")
    env.reset(seed=0)
    for step in range(1, most + 1):
        _, _, terminated, truncated, _ = env.step(action)
        if terminated:
            return step
        if truncated:
            break
    return None


def test_where_another_action_helps_by_chance_the_named_one_still_does() -> None:
    scenario = generate("mem_insufficient", 179_117, severity=2)
    assert shortest(scenario) == [4, 4, 4, 4]
    assert steps_with(scenario, 5) is not None


@settings(max_examples=25)
@given(st.sampled_from(FAMILIES), st.integers(0, 10**6), st.sampled_from([1, 2, 3]))
def test_every_scenario_can_be_solved_and_is_as_hard_as_it_says(
    family: str, seed: int, severity: int
) -> None:
    try:
        scenario = generate(family, seed, severity=severity)
    except ScenarioError:
        pytest.fail(f"{family} {seed} {severity} has no scenario")
    way = shortest(scenario)
    assert way is not None
    assert len(way) <= scenario.max_steps
    if family == "healthy":
        assert way == [0]
        return
    least, most = {1: (1, 3), 2: (4, 7), 3: (8, 12)}[severity]
    assert len(way) <= most
    if family in {"cpu_insufficient", "mem_insufficient", "replica_deficit", "replica_surplus"}:
        assert len(way) >= least
        wanted = {"cpu_insufficient": 4, "mem_insufficient": 5, "replica_deficit": 3}
        steps = steps_with(scenario, wanted.get(family, 6))
        assert steps is not None
        # Another action may happen to do as well, by moving where pods are placed, but no better.
        assert len(way) <= steps <= most


@pytest.mark.parametrize("family", FAMILIES)
def test_only_the_healthy_begin_at_their_goal(family: str) -> None:
    for seed in range(20):
        _, info = DeploymentEnv(scenarios=generate(family, seed)).reset(seed=0)
        assert info["solved"] == (family == "healthy")


def test_a_seed_always_gives_the_same_scenario() -> None:
    assert generate("mixed", 12, "train") == generate("mixed", 12, "train")
    assert generate("mixed", 12, "train") != generate("mixed", 12, "held-out")


def test_splits_share_no_seed_and_no_scenario() -> None:
    train, held_out = load_suite("train"), load_suite("held-out")
    assert (len(train), len(held_out)) == (1_000, 200)
    assert not {one.seed for one in train} & {one.seed for one in held_out}
    assert len({one.name for one in (*train, *held_out)}) == 1_200
    assert {one.split for one in train} == {"train"}
    assert {one.family for one in held_out} == set(FAMILIES)


@pytest.mark.parametrize("suite", SUITES)
def test_names_do_not_tell_what_is_wrong(suite: str) -> None:
    for scenario in load_suite(suite):
        shown = f"{scenario.name} {scenario.deploy} {scenario.trace.source}".lower()
        for word in ("cpu", "mem", "replica", "insuff", "healthy", "surplus", "deficit", "mixed"):
            assert word not in shown


def test_clusters_vary() -> None:
    train = load_suite("train")
    assert {len(one.nodes) for one in train} == set(range(1, 9))
    assert len({one.nodes[0]["status"]["allocatable"]["cpu"] for one in train}) == 5
    assert {one.target for one in train} == set(range(1, 11))
    with_others = sum(len(one.trace.events) > 1 for one in train)
    assert 0.3 < with_others / len(train) < 0.7


def test_classic_has_the_fourteen() -> None:
    classic = load_suite("classic")
    asked = [(*one.settings, one.target) for one in classic]
    gi = 2**30
    assert len(classic) == 14
    assert asked[0] == (500, 33 * gi, 3, 3)
    assert asked[3] == (17_000, 33 * gi, 3, 3)
    assert asked[13] == (250, 33 * gi, 5, 3)
    assert [row for row, one in enumerate(classic) if one.family == "healthy"] == [7, 8]


@pytest.mark.parametrize("row", range(14))
def test_every_classic_scenario_can_be_solved(row: int) -> None:
    scenario = load_suite("classic")[row]
    way: Any = {12: [5] * 32, 11: [3] * 8}.get(row) or shortest(scenario, 9)
    env = DeploymentEnv(scenarios=scenario)
    env.reset(seed=0)
    assert [env.step(action)[2] for action in way][-1]


def test_what_cannot_be_generated_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'mixed'"):
        generate("mixd", 0)
    with pytest.raises(UnknownNameError, match="train"):
        generate("mixed", 0, "trian")
    with pytest.raises(ScenarioError, match="severity"):
        generate("mixed", 0, severity=4)
    with pytest.raises(ScenarioError, match="seed"):
        generate("mixed", -1)
    with pytest.raises(UnknownNameError, match="held-out"):
        load_suite("heldout")
    assert len(SPLITS) == 3
