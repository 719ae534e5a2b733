"""Agents without a language model, judged as models are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.env.cases import crashing, scenario

from simarena.benchmark.playing import play_agents
from simarena.benchmark.rules import Rules
from simarena.cli import main
from simarena.env import load_suite
from simarena.training.course import Course
from simarena.training.measuring import evaluate_sources

if TYPE_CHECKING:
    from pathlib import Path

CLASSIC = load_suite("classic")


def test_agents_come_to_what_environments_say_of_them() -> None:
    judged, failed = play_agents(["rules", "noop"], CLASSIC, Rules(), num_seeds=2)
    assert failed == []
    shown = evaluate_sources(["rules", "noop"], Course("", CLASSIC), num_seeds=2)
    told = [outcome for each in shown.values() for outcome in each.outcomes()]
    assert [
        (each.agent, each.scenario, each.seed, each.solved, each.steps, each.blocked)
        for each in judged
    ] == [
        (each.agent, each.scenario, each.seed, each.solved, each.steps, each.blocked)
        for each in told
    ]
    assert len(judged) == 2 * 14 * 2


def test_every_outcome_has_a_verdict_and_an_end() -> None:
    outcomes, _ = play_agents(["oracle", "noop"], CLASSIC, Rules(), num_seeds=1)
    oracle = [each for each in outcomes if each.agent == "oracle"]
    assert {(each.solved, each.reason, each.ended) for each in oracle} == {
        (True, "solved", "solved")
    }
    idle = {each.scenario: each for each in outcomes if each.agent == "noop"}
    assert (idle["classic-08"].solved, idle["classic-08"].steps) == (True, 1)
    assert (idle["classic-03"].reason, idle["classic-03"].ended) == (
        "pods-pending",
        "out-of-steps",
    )
    assert idle["classic-03"].tool_calls is None


def test_rules_may_make_episodes_shorter() -> None:
    ((outcome,), _) = play_agents(["noop"], [scenario(1)], Rules(steps=3), num_seeds=1)
    assert (outcome.steps, outcome.max_steps) == (3, 3)


@pytest.mark.parametrize("agent", ["random", "noop", "scale-replicas", "add-cpu"])
def test_simple_minds_fail_most_of_it(agent: str) -> None:
    broken = [each for each in load_suite("arena-v1/held-out") if each.family != "healthy"]
    outcomes, _ = play_agents([agent], broken, Rules(), num_seeds=1)
    assert sum(each.solved for each in outcomes) < len(broken) // 4


def test_what_is_won_for_a_moment_only_is_not_solved() -> None:
    leaking = crashing("50s", duration_s=40)
    ((outcome,), _) = play_agents(["noop"], [leaking], Rules(), num_seeds=1)
    assert (outcome.solved, outcome.reason, outcome.ended) == (False, "unstable", "solved")


class Stubborn:
    name = "stubborn"

    def act(self, observation: object, info: dict[str, Any]) -> int:
        if info["step"] == 2:
            message = "I will not"
            raise RuntimeError(message)
        return 0


def test_an_agent_that_raises_has_failed_and_the_others_have_not() -> None:
    outcomes, failures = play_agents(
        [f"{__name__}:Stubborn", "noop"], CLASSIC[:3], Rules(), num_seeds=2
    )
    assert {each.agent for each in outcomes} == {"noop"}
    assert len(failures) == 3 * 2
    assert {(each.agent, each.kind) for each in failures} == {("stubborn", "agent")}
    assert "RuntimeError: I will not" in failures[0].message


def test_who_else_plays_makes_no_difference(tmp_path: Path) -> None:
    """A trained agent plays by the benchmark's rules, whatever it was trained with."""
    command = ["train", "--agent", "greedy", "--suite", "classic", "--episodes", "4"]
    command += ["--num-actions", "4", "--duration", "10", "--max-steps", "5", "--noise", "1"]
    assert main([*command, "--runs", str(tmp_path), "--name", "odd"]) == 0
    odd = str(tmp_path / "odd")
    alone, _ = play_agents(["rules"], CLASSIC, Rules(), num_seeds=1)
    together, _ = play_agents([odd, "rules"], CLASSIC, Rules(), num_seeds=1)
    assert [each for each in together if each.agent == "rules"] == alone
    assert {each.max_steps for each in together} == {each.max_steps for each in alone}
