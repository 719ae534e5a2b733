"""Agents that need no language model, judged as models are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from simarena.benchmark.episode import end_of, judged
from simarena.training.course import Course
from simarena.training.measuring import evaluate_sources, players_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from simarena.benchmark.rules import Rules
    from simarena.env import Scenario
    from simarena.training.evaluation import Evaluation
    from simarena.training.outcome import Outcome


def play_agents(
    sources: Sequence[str],
    scenarios: Sequence[Scenario],
    rules: Rules,
    *,
    num_seeds: int,
    on_agent: Callable[[str], None] | None = None,
) -> list[Outcome]:
    """Return what agents, by name, import path or a run's folder, come to on the scenarios.

    Each plays every scenario with the seeds 0, 1, ..., which stand beside a model's epochs. They
    see what environments show, not the tools; their actions are then taken in a session like a
    model's, whose verdict and rewards count.

    Raises:
        SimArenaError: an agent cannot be used.
    """
    evaluations = evaluate_sources(
        sources, Course("", scenarios), num_seeds=num_seeds, on_agent=on_agent, **_options(rules)
    )
    return [
        outcome
        for evaluation in evaluations.values()
        for outcome in _judged_outcomes(evaluation, scenarios, rules)
    ]


def require_agents(sources: Sequence[str], scenarios: Sequence[Scenario], rules: Rules) -> None:
    """Refuse agents that cannot be used, before anything is played; SimArenaError says which."""
    if sources:
        players_of(sources, Course("", scenarios), **_options(rules))


def _options(rules: Rules) -> dict[str, Any]:
    """Return the environment's options that rules ask for."""
    return {} if rules.steps is None else {"max_steps": rules.steps}


def _judged_outcomes(
    evaluation: Evaluation, scenarios: Sequence[Scenario], rules: Rules
) -> list[Outcome]:
    outcomes = evaluation.outcomes()
    known: dict[tuple[str, tuple[int, ...]], dict[str, Any]] = {}
    result = []
    for row, scenario in enumerate(scenarios):
        for number in range(len(evaluation.seeds)):
            steps = int(evaluation.steps[row, number])
            actions = tuple(evaluation.histories[number].actions[:steps, row].tolist())
            if (scenario.name, actions) not in known:
                known[scenario.name, actions] = _followed(scenario, actions, rules)
            outcome = outcomes[row * len(evaluation.seeds) + number]
            result.append(msgspec.structs.replace(outcome, **known[scenario.name, actions]))
    return result


def _followed(scenario: Scenario, actions: Sequence[int], rules: Rules) -> dict[str, Any]:
    """Return what a session says of these actions: fields of an Outcome."""
    session = rules.session(scenario)
    for action in actions:
        session.step(action)
    found = judged(session, end_of(session))
    names = ("solved", "steps", "max_steps", "reward", "blocked", "waste", "reason", "ended")
    return {name: found[name] for name in names}
