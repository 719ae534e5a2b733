"""Agents that need no language model, judged as models are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from simarena.benchmark.episode import end_of, judged
from simarena.benchmark.identity import program_name
from simarena.errors import SimArenaError
from simarena.evaluation.failure import Failure
from simarena.evaluation.playing import evaluate
from simarena.trace import Action
from simarena.training.course import Course
from simarena.training.measuring import players_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from simarena.benchmark.rules import Rules
    from simarena.env import Scenario
    from simarena.evaluation.outcome import Outcome
    from simarena.evaluation.plays import Evaluation
    from simarena.training.measuring import Player

_GAME: Final = {"observation": "diagnostic", "reward": "shaped", "num_actions": len(Action)}
"""What everybody plays, whoever else does; a trained agent sees, and may do, what it learned."""


def play_agents(
    sources: Sequence[str],
    scenarios: Sequence[Scenario],
    rules: Rules,
    *,
    num_seeds: int,
    on_agent: Callable[[str], None] | None = None,
) -> tuple[list[Outcome], list[Failure]]:
    """Return what agents, by name, import path or a run's folder, come to on the scenarios.

    Each plays every scenario with the seeds 0, 1, ..., which stand beside a model's epochs. They
    see what environments show, not the tools; their actions are then taken in a session like a
    model's, whose judgement and rewards count. An agent that raises has failed in all its plays.

    Raises:
        SimArenaError: an agent cannot be used.
    """
    outcomes: list[Outcome] = []
    failures: list[Failure] = []
    for player in _players(sources, scenarios, rules):
        if on_agent is not None:
            on_agent(player.name)
        try:
            evaluation = evaluate(
                player.agent, scenarios, num_seeds=num_seeds, name=player.name, **player.game
            )
        except SimArenaError:
            raise
        except Exception as error:  # noqa: BLE001 - an agent of somebody's own may raise anything
            failures += _failed(player, scenarios, num_seeds, error)
        else:
            outcomes += _judged_outcomes(evaluation, scenarios, rules)
    return outcomes, failures


def require_agents(sources: Sequence[str], scenarios: Sequence[Scenario], rules: Rules) -> None:
    """Refuse agents that cannot be used, before anything is played; SimArenaError says which."""
    _players(sources, scenarios, rules)


def _players(
    sources: Sequence[str], scenarios: Sequence[Scenario], rules: Rules
) -> Sequence[Player]:
    game = _GAME if rules.steps is None else _GAME | {"max_steps": rules.steps}
    players = players_of(sources, Course("", scenarios), game)
    return [each._replace(name=program_name(each.name, rules)) for each in players]


def _failed(
    player: Player, scenarios: Sequence[Scenario], num_seeds: int, error: Exception
) -> list[Failure]:
    message = f"{type(error).__name__}: {' '.join(str(error).split())}"
    return [
        Failure(
            scenario=scenario.name,
            family=scenario.family,
            seed=seed,
            agent=player.name,
            kind="agent",
            message=message,
        )
        for scenario in scenarios
        for seed in range(num_seeds)
    ]


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
    told = {name: found[name] for name in names}
    return told | {"optimal_steps": scenario.optimal_steps}
