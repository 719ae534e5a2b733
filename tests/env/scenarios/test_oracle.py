from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest
from tests.env.cases import scenario

from simarena.env.deployment.env import DeploymentEnv
from simarena.env.scenarios.oracle import require_solvable, shortest_solution
from simarena.errors import ScenarioError
from simarena.trace import Action, Limits

if TYPE_CHECKING:
    from simarena.env.scenarios.scenario import Scenario


def by_trying_all(case: Scenario, most: int) -> int | None:
    """Return the length of the shortest of all sequences of actions."""
    env = DeploymentEnv(scenarios=case, observation="base")
    for length in range(1, most + 1):
        for actions in product(range(1, 7), repeat=length):
            env.reset(seed=0)
            if [env.step(action)[2] for action in actions[:-1]].count(True):
                continue
            if env.step(actions[-1])[2]:
                return length
    return None


def test_a_healthy_scenario_is_solved_by_doing_nothing_once() -> None:
    assert shortest_solution(scenario(3)) == (Action.NOOP,)


def test_the_way_back_is_found_in_each_direction() -> None:
    assert shortest_solution(scenario(1)) == (Action.INCREASE_REPLICAS,) * 2
    assert shortest_solution(scenario(5)) == (Action.DECREASE_REPLICAS,) * 2
    assert shortest_solution(scenario(3, "17")) == (Action.DECREASE_CPU,) * 2
    assert shortest_solution(scenario(3, "500m", "33Gi")) == (Action.DECREASE_MEMORY,) * 4


def test_no_sequence_is_shorter() -> None:
    for case in (
        scenario(4, "16500m", "512Mi"),
        scenario(3, "17", "32.25Gi", nodes=3),
        scenario(2, "9", nodes=2),
    ):
        found = shortest_solution(case)
        assert found is not None
        assert len(found) == by_trying_all(case, 3)


def test_what_is_found_does_solve() -> None:
    case = scenario(5, "17", "33Gi")
    env = DeploymentEnv(scenarios=case)
    env.reset(seed=0)
    ends = [env.step(action)[2] for action in require_solvable(case)]
    assert ends == [False] * 7 + [True]


def test_a_scenario_that_no_agent_can_solve_is_refused() -> None:
    hopeless = scenario(3, target=7, max_steps=3)
    assert shortest_solution(hopeless) is None
    with pytest.raises(ScenarioError, match="no 3 actions lead to its goal"):
        require_solvable(hopeless)


def test_limits_block_ways() -> None:
    assert shortest_solution(scenario(2, max_steps=4), Limits(max_replicas=2)) is None
