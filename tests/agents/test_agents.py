"""Agents on situations small enough to judge by hand."""

from __future__ import annotations

import sys
from collections import Counter
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from tests.env.cases import scenario

from simarena.agents import (
    AGENTS,
    Agent,
    DqnAgent,
    GreedyAgent,
    OracleAgent,
    RandomAgent,
    RulesAgent,
    TaskShape,
    make_agent,
)
from simarena.env.codes import ObservationKind
from simarena.env.deployment.spaces import components
from simarena.errors import CheckpointError, ConfigError, UnknownNameError
from simarena.trace import Action

DIAGNOSTIC_COMPONENTS = components(ObservationKind.DIAGNOSTIC)
SHAPE = TaskShape(
    observation="diagnostic", observation_size=len(DIAGNOSTIC_COMPONENTS), num_actions=7
)
BLIND = TaskShape(observation="base", observation_size=5, num_actions=7)


def seen(**changes: int | bool) -> dict[str, Any]:
    """Return the infos of one environment at its goal, with changes."""
    values: dict[str, Any] = {
        "step": 0,
        "ready": 3,
        "pending": 0,
        "total": 3,
        "target": 3,
        "replicas": 3,
        "cpu_milli": 2000,
        "memory_bytes": 2 * 2**30,
        "short_cpu": 0,
        "short_memory": 0,
        "oom_killed": 0,
        "evicted": 0,
        "harmed": 0,
        "failures": 0,
        "blocked": False,
    }
    return values | changes


def observed(**components: float) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Return a `diagnostic` observation in which there is room for all, with changes."""
    vector = np.zeros(len(DIAGNOSTIC_COMPONENTS), dtype=np.float32)
    for name, value in ({"slots_by_cpu": 1.0, "slots_by_memory": 1.0} | components).items():
        vector[DIAGNOSTIC_COMPONENTS.index(name)] = value
    return vector


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, Action.NOOP),
        ({"replicas": 5, "total": 5}, Action.DECREASE_REPLICAS),
        ({"replicas": 1, "total": 1}, Action.INCREASE_REPLICAS),
        ({"ready": 1, "pending": 2, "short_cpu": 2}, Action.DECREASE_CPU),
        ({"ready": 1, "pending": 2, "short_memory": 2}, Action.DECREASE_MEMORY),
        ({"ready": 1, "pending": 2}, Action.NOOP),  # they only start
        ({"replicas": 5, "short_cpu": 2}, Action.DECREASE_REPLICAS),
        ({"short_cpu": 1, "cpu_milli": 500}, Action.NOOP),  # 0m is no request to have
        ({"short_cpu": 1, "short_memory": 1, "step": 1}, Action.DECREASE_CPU),
        ({"short_cpu": 1, "short_memory": 1, "step": 2}, Action.DECREASE_MEMORY),
        ({"short_cpu": 1, "short_memory": 1, "cpu_milli": 500, "step": 1}, Action.DECREASE_MEMORY),
    ],
)
def test_rules_do_what_an_operator_would(changes: dict[str, int], expected: Action) -> None:
    assert RulesAgent(BLIND).act(np.zeros(5, dtype=np.float32), seen(**changes)) == expected
    assert RulesAgent(SHAPE).act(observed(), seen(**changes)) == expected


def test_rules_shrink_the_resource_of_which_nodes_have_too_little() -> None:
    both = seen(ready=1, pending=2, short_cpu=2, short_memory=2)
    agent = RulesAgent(SHAPE)
    assert agent.act(observed(slots_by_cpu=0.2), both) == Action.DECREASE_CPU
    assert agent.act(observed(slots_by_memory=0.2), both) == Action.DECREASE_MEMORY


def test_rules_give_memory_to_who_lacks_it_and_do_not_take_it_back() -> None:
    agent = RulesAgent(SHAPE)
    assert agent.act(observed(), seen(oom_killed=1)) == Action.INCREASE_MEMORY
    short = seen(step=1, short_memory=1)
    assert agent.act(observed(), short) == Action.NOOP
    assert agent.act(observed(), seen(short_memory=1)) == Action.DECREASE_MEMORY
    assert agent.act(observed(), seen(evicted=2)) == Action.INCREASE_MEMORY


def test_rules_shrink_what_is_above_the_ceiling_on_waste() -> None:
    agent = RulesAgent(SHAPE)
    assert agent.act(observed(cpu_over_ceiling=0.5), seen()) == Action.DECREASE_CPU
    assert agent.act(observed(memory_over_ceiling=0.5), seen()) == Action.DECREASE_MEMORY
    assert agent.act(observed(cpu_over_ceiling=-0.5), seen()) == Action.NOOP


def test_rules_do_not_repeat_what_was_blocked_within_an_episode() -> None:
    agent = RulesAgent(BLIND)
    nothing = np.zeros(5, dtype=np.float32)
    both = {"short_cpu": 1, "short_memory": 1}
    assert agent.act(nothing, seen(**both)) == Action.DECREASE_MEMORY
    assert agent.act(nothing, seen(**both, step=1, blocked=True)) == Action.DECREASE_CPU
    assert agent.act(nothing, seen(**both, step=2)) == Action.DECREASE_CPU
    assert agent.act(nothing, seen(**both)) == Action.DECREASE_MEMORY


def test_rules_keep_to_the_actions_there_are() -> None:
    shape = TaskShape(observation="base", observation_size=5, num_actions=4)
    agent = RulesAgent(shape)
    nothing = np.zeros(5, dtype=np.float32)
    assert agent.act(nothing, seen(short_cpu=1)) == Action.NOOP
    assert agent.act(nothing, seen(replicas=2)) == Action.INCREASE_REPLICAS


def test_the_oracle_takes_the_shortest_way_to_what_it_was_shown() -> None:
    oracle = OracleAgent(SHAPE)
    nothing = np.zeros((2, SHAPE.observation_size), dtype=np.float32)
    with pytest.raises(ConfigError, match="has to see the scenarios"):
        oracle.act_batch(nothing, {"scenario": [0, 1], "step": [0, 0]})
    oracle.study((scenario(2), scenario(3, "17")))
    first = oracle.act_batch(nothing, {"scenario": [0, 1], "step": [0, 1]})
    assert first.tolist() == [Action.INCREASE_REPLICAS, Action.DECREASE_CPU]
    after = oracle.act_batch(nothing, {"scenario": [0, 1], "step": [1, 2]})
    assert after.tolist() == [Action.NOOP, Action.NOOP]
    few = OracleAgent(TaskShape(observation="base", observation_size=5, num_actions=2))
    few.study((scenario(2), scenario(2)))
    assert few.act_batch(nothing, {"scenario": [0], "step": [0]}).tolist() == [Action.NOOP]


def test_random_repeats_itself_with_a_seed_and_takes_every_action() -> None:
    agent = RandomAgent(SHAPE)
    observations = np.zeros((700, SHAPE.observation_size), dtype=np.float32)
    agent.begin(700, seed=3)
    first = agent.act_batch(observations, {})
    agent.begin(700, seed=3)
    assert (agent.act_batch(observations, {}) == first).all()
    counts = Counter(first.tolist())
    assert sorted(counts) == list(range(7))
    assert min(counts.values()) > 60


def test_greedy_averages_what_each_action_earned() -> None:
    agent = GreedyAgent(SHAPE)
    everyone = np.ones(4, dtype=np.bool_)
    taken = np.array([3, 3, 5, 0])
    earned = np.array([1.0, 0.0, -1.0, 0.2])
    agent.learn_batch(taken, earned, playing=everyone, finished=~everyone)
    assert agent.averages.tolist() == [0.2, 0, 0, 0.5, 0, -1.0, 0]
    away = np.array([False, True, True, True])
    agent.learn_batch(taken, earned, playing=away, finished=~everyone)
    assert agent.averages[3] == pytest.approx(1 / 3)
    assert agent.counts.tolist() == [2, 0, 0, 3, 0, 2, 0]


def test_greedy_mostly_takes_the_best_and_explores_a_tenth() -> None:
    agent = GreedyAgent(SHAPE)
    agent.restore({"averages": np.eye(7)[2], "counts": np.ones(7)})
    agent.begin(7000, seed=0)
    actions = agent.act_batch(np.zeros((7000, 1), dtype=np.float32), {})
    assert np.mean(actions == 2) == pytest.approx(0.9 + 0.1 / 7, abs=0.02)
    assert agent.weights()["averages"].tolist() == np.eye(7)[2].tolist()


def network(sizes: tuple[int, ...]) -> dict[str, np.ndarray[Any, np.dtype[np.float32]]]:
    """Return arrays of a Q-network under the names that the library gives them."""
    random = np.random.default_rng(0)
    weights: dict[str, Any] = {"q_net_target.q_net.0.weight": np.zeros((1, 1))}
    for index, (size, following) in enumerate(pairwise(sizes)):
        weights[f"q_net.q_net.{2 * index}.weight"] = random.normal(size=(following, size))
        weights[f"q_net.q_net.{2 * index}.bias"] = random.normal(size=following)
    return weights


def test_dqn_takes_the_most_valued_action() -> None:
    shape = TaskShape(observation="base", observation_size=2, num_actions=3)
    weights = {
        "q_net.q_net.0.weight": np.array([[1.0, 0.0], [0.0, 1.0]]),
        "q_net.q_net.0.bias": np.array([0.0, -1.0]),
        "q_net.q_net.2.weight": np.array([[1.0, 0.0], [0.0, 2.0], [0.0, 0.0]]),
        "q_net.q_net.2.bias": np.array([0.0, 0.0, 0.25]),
    }
    agent = DqnAgent(shape, weights)
    observations = np.array([[1.0, 1.0], [0.0, 3.0], [-5.0, 0.0]], dtype=np.float32)
    assert agent.scores(observations).tolist() == [[1, 0, 0.25], [0, 4, 0.25], [0, 0, 0.25]]
    assert agent.act_batch(observations, {}).tolist() == [0, 1, 2]


@pytest.mark.parametrize("sizes", [(4, 8, 7), (5, 8, 6)])
def test_a_network_of_another_task_is_refused_naming_both(sizes: tuple[int, ...]) -> None:
    with pytest.raises(CheckpointError, match=rf"takes {sizes[0]} .* {sizes[-1]} .*'base' has 5"):
        DqnAgent(BLIND, network(sizes))


def test_a_checkpoint_without_a_network_is_refused() -> None:
    with pytest.raises(CheckpointError, match="holds no Q-network"):
        DqnAgent(BLIND, {"averages": np.zeros(7)})


@pytest.mark.parametrize("name", AGENTS)
def test_every_agent_is_made_by_name_and_acts(name: str) -> None:
    agent = make_agent(name, SHAPE)
    assert agent.name == name
    assert isinstance(agent, Agent)
    agent.study((scenario(),))
    assert 0 <= agent.act(observed(), seen(scenario=0)) < 7


def test_a_misspelt_agent_names_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'rules'"):
        make_agent("rulez", SHAPE)
    with pytest.raises(ConfigError, match="there is no module 'nowhere'"):
        make_agent("nowhere:Agent", SHAPE)


def test_an_agent_of_the_current_folder_is_found_and_the_nearest_is_named(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.mktemp("here")
    (folder / "agents_here.py").write_text(
        "class Steady:\n"
        "    name = 'steady'\n"
        "    def act(self, observation, info):\n"
        "        return 0\n"
    )
    (folder / "agents_broken.py").write_text("import agents_here\nnothing = 1 / 0\n")
    (folder / "agents_lacking.py").write_text("import a_module_that_is_not_there\n")
    monkeypatch.chdir(folder)
    path = list(sys.path)
    assert make_agent("agents_here:Steady", SHAPE).name == "steady"
    with pytest.raises(
        UnknownNameError, match="agent in module 'agents_here' 'Stedy'; did you mean 'Steady'"
    ):
        make_agent("agents_here:Stedy", SHAPE)
    with pytest.raises(ConfigError, match="imported: ZeroDivisionError: division by zero"):
        make_agent("agents_broken:Agent", SHAPE)
    with pytest.raises(ConfigError, match="No module named 'a_module_that_is_not_there'"):
        make_agent("agents_lacking:Agent", SHAPE)
    assert sys.path == path


def test_an_agent_of_ones_own_plays_one_environment_each(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.mktemp("own")
    (folder / "own_agents.py").write_text(
        "class Counting:\n"
        "    name = 'counting'\n"
        "    def reset(self, seed):\n"
        "        self.count = 0\n"
        "    def act(self, observation, info):\n"
        "        self.count += 1\n"
        "        return self.count\n"
    )
    monkeypatch.syspath_prepend(str(folder))
    agent = make_agent("own_agents:Counting", SHAPE)
    assert agent.name == "counting"
    agent.begin(2, seed=0)
    observations, infos = np.zeros((2, 3), dtype=np.float32), {"step": np.zeros(2)}
    ones = np.ones(2, dtype=np.bool_)
    assert agent.act_batch(observations, infos).tolist() == [1, 1]
    agent.learn_batch(
        np.ones(2, dtype=np.int64), np.ones(2), playing=ones, finished=np.array([False, True])
    )
    assert agent.act_batch(observations, infos).tolist() == [2, 1]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"replicas": 2, "failures": 3}, Action.INCREASE_REPLICAS),
        ({"replicas": 4}, Action.DECREASE_REPLICAS),
        ({"failures": 1}, Action.INCREASE_MEMORY),
        ({"evicted": 1}, Action.INCREASE_MEMORY),
        ({"step": 4}, Action.DECREASE_CPU),
        ({"step": 5}, Action.DECREASE_MEMORY),
        # Nothing that tells a cause changes what it does.
        ({"step": 4, "short_memory": 3, "pending": 3, "ready": 0}, Action.DECREASE_CPU),
        ({"step": 5, "short_cpu": 3, "oom_killed": 2}, Action.DECREASE_MEMORY),
    ],
)
def test_blind_reads_the_goals_numbers_and_no_cause(
    changes: dict[str, int], expected: Action
) -> None:
    agent = make_agent("blind", SHAPE)
    infos = {name: np.array([value]) for name, value in seen(**changes).items()}
    assert agent.act_batch(observed()[np.newaxis], infos).tolist() == [expected]


def test_rules_give_memory_where_another_workload_is_harmed() -> None:
    agent = make_agent("rules", SHAPE)
    infos = {name: np.array([value]) for name, value in seen(harmed=1).items()}
    assert agent.act_batch(observed()[np.newaxis], infos).tolist() == [Action.INCREASE_MEMORY]
