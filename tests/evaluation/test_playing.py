"""Evaluation against the predecessor's fourteen scenarios, whose solutions are counted by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from simarena.agents import BatchAgent, GreedyAgent, RandomAgent, TaskShape, make_agent
from simarena.env import load_suite
from simarena.env.kernel.deployment.components import NUM_FULL
from simarena.errors import ConfigError
from simarena.evaluation.episodes import actions_by_state, best_episode
from simarena.evaluation.playing import evaluate
from simarena.evaluation.plays import History

if TYPE_CHECKING:
    from simarena.agents.protocol import Actions, Infos, Observations
    from simarena.evaluation.plays import Evaluation

SHAPE = TaskShape(observation="full", observation_size=NUM_FULL, num_actions=7)

SHORTEST = [4, 2, 8, 6, 2, 2, 1, 1, 1, 1, 3, 8, 32, 6]
"""For example 33Gi to the nodes' 32Gi in steps of 256Mi: 4; a healthy one needs one noop."""


@pytest.fixture(scope="module")
def rules() -> Evaluation:
    agent = make_agent("rules", SHAPE)
    return evaluate(agent, load_suite("classic"), num_seeds=2, reward="shaped")


@pytest.fixture(scope="module")
def noop() -> Evaluation:
    agent = make_agent("noop", SHAPE)
    return evaluate(agent, load_suite("classic"), num_seeds=2, reward="shaped")


def test_rules_solve_all_in_the_fewest_steps(rules: Evaluation) -> None:
    assert rules.solved.all()
    assert rules.steps.tolist() == [[steps, steps] for steps in SHORTEST]
    assert rules.summary().steps.value == pytest.approx(sum(SHORTEST) / 14)
    assert rules.summary().solve_rate.value == 1.0
    assert rules.blocked.sum() == 0


def test_noop_solves_what_is_healthy_and_is_censored_elsewhere(noop: Evaluation) -> None:
    families = np.array(noop.families)
    assert noop.solved[:, 0].tolist() == (families == "healthy").tolist()
    assert set(noop.steps[families != "healthy"].ravel()) == {48}
    summary = noop.summary()
    assert summary.steps.value == pytest.approx((12 * 48 + 2 * 1) / 14)
    assert summary.solve_rate_by_family["healthy"].value == 1.0
    assert summary.solve_rate_by_family["combined"].value == 0.0


def test_returns_are_sums_of_rewards(noop: Evaluation) -> None:
    # 2 replicas of 3, shaped: −0.1·1 − 0.08·1 a step, for 48 steps
    row = noop.scenarios.index("classic-07")
    assert noop.returns[row, 0] == pytest.approx(48 * -0.18)


def test_every_play_is_an_outcome_with_its_seed(noop: Evaluation) -> None:
    outcomes = noop.outcomes()
    assert len(outcomes) == 28
    third = outcomes[3]
    assert (third.scenario, third.family, third.split) == (
        "classic-02",
        "cpu_insufficient",
        "classic",
    )
    assert (third.seed, third.agent, third.solved) == (1, "noop", False)
    assert (third.steps, third.max_steps, third.blocked) == (48, 48, 0)
    assert third.reward == noop.returns[1, 1]


def test_another_name_may_be_given() -> None:
    played = evaluate(make_agent("noop", SHAPE), load_suite("classic")[:1], num_seeds=1, name="a")
    assert played.agent == played.outcomes()[0].agent == "a"


def test_max_steps_of_the_caller_holds() -> None:
    short = evaluate(make_agent("rules", SHAPE), load_suite("classic"), num_seeds=1, max_steps=4)
    assert short.solved[:, 0].tolist() == [steps <= 4 for steps in SHORTEST]
    assert short.steps.max() == 4
    assert short.max_steps.tolist() == [4] * 14


def test_equal_seeds_give_equal_results_and_others_do_not() -> None:
    def returns(seed: int) -> list[list[float]]:
        agent = RandomAgent(SHAPE)
        played = evaluate(agent, load_suite("classic"), num_seeds=2, seed=seed, noise=0.5)
        return [list(row) for row in played.returns.tolist()]

    assert returns(5) == returns(5)
    assert returns(5) != returns(6)


def test_a_finished_episode_teaches_nothing_more() -> None:
    agent = GreedyAgent(SHAPE)
    played = evaluate(agent, load_suite("classic"), num_seeds=2)
    assert agent.counts.sum() == played.steps.sum()


class Stubborn(BatchAgent):
    """Takes away replicas, which is blocked at one."""

    name = "stubborn"

    def act_batch(self, observations: Observations, infos: Infos) -> Actions:
        return np.full(len(observations), 6, dtype=np.int64)


def test_blocked_actions_are_counted() -> None:
    played = evaluate(Stubborn(), load_suite("classic")[5:7], num_seeds=1)
    assert played.blocked.tolist() == [[48], [47]]


def test_the_best_episode_is_where_most_pods_became_ready(
    rules: Evaluation, noop: Evaluation
) -> None:
    best = best_episode(rules, noop)
    assert best["solved"]
    assert best["scenario"] == "classic-14"  # of those that take two kinds
    assert len(set(best["actions"])) > 1
    assert best["return"] > best["idle_return"]
    assert len(best["actions"]) == SHORTEST[rules.scenarios.index(best["scenario"])]
    assert len(best["seen"]["ready"]) == len(best["actions"]) + 1
    assert best["seen"]["ready"][-1] == best["seen"]["target"][-1]


def test_the_best_episode_took_several_kinds_of_actions_where_any_did(noop: Evaluation) -> None:
    # Both add replicas (3); the second also gives one back (6), and earns less.
    seen = {name: np.full((3, 2), value) for name, value in (("ready", 3), ("target", 3))}
    history = History(
        actions=np.array([[3, 3], [3, 6]]),
        rewards=np.zeros((2, 2)),
        blocked=np.zeros((2, 2), dtype=np.bool_),
        seen=seen,
    )
    played = replace(
        noop,
        agent="a",
        scenarios=("one", "two"),
        families=("f", "f"),
        solved=np.ones((2, 1), dtype=np.bool_),
        returns=np.array([[5.0], [1.0]]),
        steps=np.full((2, 1), 2),
        histories=(history,),
    )
    assert best_episode(played, played)["scenario"] == "two"
    alike = replace(played, histories=(replace(history, actions=np.array([[3, 3], [3, 0]])),))
    assert best_episode(alike, alike)["scenario"] == "one"


def test_decisions_are_counted_by_state(rules: Evaluation) -> None:
    table = actions_by_state(rules, 7)
    assert table.sum() == rules.steps.sum()
    few, right, many = 0, 1, 2
    assert table[0, few].argmax() == 3
    assert table[0, many].argmax() == 6
    assert np.flatnonzero(table[1, right]).tolist() == [4]
    assert np.flatnonzero(table[2, right]).tolist() == [5]


def test_nothing_to_evaluate_is_refused() -> None:
    with pytest.raises(ConfigError, match="nothing to evaluate"):
        evaluate(make_agent("noop", SHAPE), (), num_seeds=1)
