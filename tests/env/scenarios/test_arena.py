"""The fixed suites: they never change, and are solved by looking, not by chance."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simarena.env.deployment.env import DeploymentEnv
from simarena.env.deployment.vector_env import DeploymentVectorEnv
from simarena.env.scenarios.arena import ERRATA, digest
from simarena.env.scenarios.generator import CORE_FAMILIES, FAMILIES
from simarena.env.scenarios.oracle import shortest_solution
from simarena.env.scenarios.scenario import Goal, Scenario
from simarena.env.scenarios.suite import load_suite
from simarena.trace import Action

DIGEST = "2ce79742f25c9c36dc21fe5fd731e3a7ec81718c304ad8ab5a4c28414285fd6e"
"""If this test fails, published results no longer compare: draw a new version instead."""

DIGEST_V2 = "bea829cf5a273f3185dd3e2dc1a21147d0159b1f9043eafe7363e210e8b59c74"

SUITE = tuple(load_suite("arena-v1"))
SECOND = tuple(load_suite("arena-v2"))
HEALTHY = np.array([one.family == "healthy" for one in SUITE])


def solved_by(
    actions: np.ndarray[tuple[int, int], np.dtype[np.int64]], suite: tuple[Scenario, ...] = SUITE
) -> list[bool]:
    """Return which scenarios, rows, a sequence of actions solves within their steps."""
    env = DeploymentVectorEnv(
        len(suite), scenarios=suite, sampling="cycle", observation="base", autoreset_mode="NextStep"
    )
    env.reset(seed=0)
    over = np.zeros(len(suite), np.bool_)
    solved = np.zeros(len(suite), np.bool_)
    for taken in actions:
        _, _, terminated, truncated, _ = env.step(taken)
        solved |= terminated & ~over
        over |= terminated | truncated
    return solved.tolist()


def always(action: Action) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    return np.full((24, len(SUITE)), int(action), np.int64)


def test_it_never_changes() -> None:
    assert digest(SUITE) == DIGEST


def test_it_holds_all_families_and_severities_in_both_halves() -> None:
    train, held_out = load_suite("arena-v1/train"), load_suite("arena-v1/held-out")
    assert (len(train), len(held_out)) == (50, 50)
    assert {one.name for one in (*train, *held_out)} == {one.name for one in SUITE}
    for half in (train, held_out):
        families = Counter(one.family for one in half)
        assert set(families) == set(FAMILIES)
        assert {families[family] for family in CORE_FAMILIES} == {6}
        assert {one.severity for one in half} == {1, 2, 3}


def test_every_scenario_is_as_long_as_it_says_and_leaves_room_for_detours() -> None:
    for one in SUITE:
        assert one.optimal_steps is not None
        assert (one.optimal_steps == 1) == (one.family == "healthy")
        assert 2 * one.optimal_steps <= one.max_steps


@pytest.mark.jit
def test_the_oracle_solves_every_scenario_in_as_many_steps_as_it_says() -> None:
    ways = [shortest_solution(one) for one in SUITE]
    assert [len(way or ()) for way in ways] == [one.optimal_steps for one in SUITE]
    padded = np.zeros((24, len(SUITE)), np.int64)
    for row, way in enumerate(ways):
        padded[: len(way or ()), row] = way or ()
    assert all(solved_by(padded))


@pytest.mark.jit
def test_doing_nothing_solves_the_healthy_and_no_other() -> None:
    assert solved_by(always(Action.NOOP)) == HEALTHY.tolist()


@pytest.mark.jit
def test_scaling_to_the_floor_solves_at_most_what_only_has_too_many_replicas() -> None:
    floor = np.full((24, len(SUITE)), int(Action.DECREASE_REPLICAS), np.int64)
    floor[12:18], floor[18:] = int(Action.DECREASE_CPU), int(Action.DECREASE_MEMORY)
    families = {one.family for one, hit in zip(SUITE, solved_by(floor), strict=True) if hit}
    assert families <= {"replica_surplus", "healthy"}
    # Nor is the floor itself, one replica, anybody's goal.
    assert min(one.target for one in SUITE) > 1


@pytest.mark.jit
@pytest.mark.parametrize("action", list(Action)[1:])
def test_an_agent_that_is_stuck_with_one_action_solves_less_than_a_third(action: Action) -> None:
    # It is right where one thing is wrong, and that is what it always changes.
    assert np.mean(solved_by(always(action))) < 1 / 3


@pytest.mark.jit
@settings(max_examples=3)
@given(st.integers(0, 2**32))
def test_acting_at_random_solves_less_than_a_quarter(seed: int) -> None:
    drawn = np.random.default_rng(seed).integers(7, size=(24, len(SUITE)))
    hits = np.array(solved_by(drawn))
    assert hits[~HEALTHY].mean() < 0.25


def test_the_second_never_changes_either() -> None:
    assert digest(SECOND) == DIGEST_V2


def test_a_sixth_of_the_second_is_healthy_and_halves_hold_the_same_families() -> None:
    train, held_out = load_suite("arena-v2/train"), load_suite("arena-v2/held-out")
    assert (len(train), len(held_out)) == (60, 60)
    counts = [Counter(one.family for one in half) for half in (train, held_out)]
    assert counts[0] == counts[1]
    assert set(counts[0]) == set(FAMILIES)
    assert 6 * sum(one.family == "healthy" for one in SECOND) == len(SECOND)
    assert min(one.target for one in SECOND) > 1


def test_in_the_second_a_goal_on_waste_gives_no_family_away() -> None:
    with_ceiling = Counter(one.family for one in SECOND if one.goal.max_waste is not None)
    assert set(with_ceiling) == set(FAMILIES)
    assert max(with_ceiling.values()) < sum(with_ceiling.values()) / 5


@pytest.mark.jit
def test_the_oracle_solves_all_of_the_second_and_harms_nobody() -> None:
    ways = [shortest_solution(one) for one in SECOND]
    assert [len(way or ()) for way in ways] == [one.optimal_steps for one in SECOND]
    padded = np.zeros((24, len(SECOND)), np.int64)
    for row, way in enumerate(ways):
        padded[: len(way or ()), row] = way or ()
    assert all(solved_by(padded, SECOND))
    assert all(one.goal.harmless for one in SECOND)


def test_doing_nothing_solves_a_sixth_of_the_second() -> None:
    nothing = np.zeros((24, len(SECOND)), np.int64)
    assert solved_by(nothing, SECOND) == [one.family == "healthy" for one in SECOND]


@pytest.mark.jit
def test_what_has_an_erratum_cannot_be_solved_without_harm() -> None:
    by_name = {one.name: one for one in SUITE}
    wrong = [by_name[name] for name in ERRATA]
    assert len(wrong) == 6
    assert {one.family for one in wrong} == {"noisy_neighbour"}
    ways = [shortest_solution(one) for one in wrong]
    for one, way in zip(wrong, ways, strict=True):
        now = replace(one, goal=Goal(max_failures=one.goal.max_failures))
        env = DeploymentEnv(scenarios=now)
        env.reset(seed=0)
        infos = [env.step(action)[4] for action in way or ()]
        assert infos[-1]["harmed"] > 0
        assert not infos[-1]["solved"]
