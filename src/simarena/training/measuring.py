"""Agents measured side by side: those of runs, by name, by import path, or from files."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from simarena.env import DeploymentVectorEnv
from simarena.errors import ConfigError
from simarena.evaluation.failure import read_failures
from simarena.evaluation.outcome import read_outcomes
from simarena.evaluation.playing import evaluate
from simarena.evaluation.run_folder import RunFolder
from simarena.training.course import DEFAULT_SUITE, Course, usual_course
from simarena.training.named import Named
from simarena.training.players import game_of, player
from simarena.training.scenarios import evaluation_scenarios
from simarena.training.settings import measured_on, settings_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from simarena.agents import BatchAgent
    from simarena.evaluation.failure import Failure
    from simarena.evaluation.outcome import Outcome
    from simarena.evaluation.plays import Evaluation

_OWN: Final = ("observation", "num_actions")
"""What a trained agent keeps of the game it was trained in, whatever the others play."""


class Player(NamedTuple):
    """Somebody who is to be measured."""

    name: str
    agent: BatchAgent
    game: dict[str, Any]
    """The environment's options that it plays with."""


PlayElsewhere: TypeAlias = "Callable[[Sequence[str], Sequence[Player]], dict[str, list[Outcome]]]"
"""Has the agents at sources measured, and returns the outcomes of each."""


def named_of(source: str) -> Named:
    """Return how what `course_of` gives is named."""
    if not Path(source).is_dir():
        return Named(suite=DEFAULT_SUITE)
    settings = settings_of(RunFolder.open(Path(source)))
    if settings.trace is None:
        return Named(suite=settings.eval_suite or settings.suite)
    return Named(
        trace=settings.trace,
        deploy=settings.deploy,
        namespace=settings.namespace,
        target=settings.target,
        nodes=settings.nodes,
        kubelet=settings.kubelet,
    )


def course_of(source: str) -> Course:
    """Return what the agent at `source` is measured on: a run's own scenarios, or the usual suite.

    Raises:
        SimArenaError: the run, or its trace, cannot be used.
    """
    if not Path(source).is_dir():
        return usual_course()
    settings = settings_of(RunFolder.open(Path(source)))
    return Course(measured_on(settings), evaluation_scenarios(settings))


def measure_sources(
    sources: Sequence[str],
    course: Course | None,
    *,
    num_seeds: int,
    seed: int = 0,
    on_agent: Callable[[str], None] | None = None,
    play: PlayElsewhere | None = None,
) -> tuple[str, list[Outcome]]:
    """Return what was played, and the outcomes of all sources, the first source's first.

    They are played here, unless `play` has it done elsewhere.

    A source is the folder of a run, the name or import path of an agent, or a file of outcomes
    (`.jsonl`), which is taken as it is. All play in the game of the first, but a run's agent sees,
    and may do, what it was trained with. Where several have one name, a run goes by its folder's.

    Raises:
        ConfigError: a source, or an agent's name, comes twice.
        SimArenaError: a source or the course cannot be used.
    """
    if repeated := [source for source, count in Counter(sources).items() if count > 1]:
        message = f"{repeated[0]} is named twice; name every agent once"
        raise ConfigError(message)
    recorded = {source: read_outcomes(Path(source)) for source in sources if _is_file(source)}
    players = [source for source in sources if source not in recorded]
    if course is None and players:
        course = course_of(players[0])
    played: dict[str, list[Outcome]] = recorded
    if course is not None and players and play is not None:
        them = players_of(players, course, game_of(players[0]), seed=seed)
        played = recorded | play(players, them)
    elif course is not None and players:
        evaluations = evaluate_sources(
            players, course, num_seeds=num_seeds, seed=seed, on_agent=on_agent
        )
        played = recorded | {source: each.outcomes() for source, each in evaluations.items()}
    outcomes = [outcome for source in sources for outcome in played[source]]
    _refuse_shared_names([{outcome.agent for outcome in played[source]} for source in sources])
    return "recorded outcomes" if course is None else course.name, outcomes


def recorded_failures(sources: Sequence[str]) -> list[Failure]:
    """Return the plays without a result that are kept beside the files of outcomes.

    Raises:
        RunError: such a file is damaged.
    """
    beside = [RunFolder(Path(each).parent).failures for each in sources if _is_file(each)]
    return [failure for path in beside if path.is_file() for failure in read_failures(path)]


def evaluate_sources(
    sources: Sequence[str],
    course: Course,
    *,
    num_seeds: int,
    seed: int = 0,
    on_agent: Callable[[str], None] | None = None,
) -> dict[str, Evaluation]:
    """Return how the agents at the sources, runs' folders or names, do on the course.

    All play in the game of the first, but a run's agent sees, and may do, what it was trained
    with. Where several have one name, a run goes by its folder's.

    Raises:
        SimArenaError: a source cannot be used.
    """
    players = players_of(sources, course, game_of(sources[0]), seed=seed)
    evaluations = {}
    for source, (name, agent, game) in zip(sources, players, strict=True):
        if on_agent is not None:
            on_agent(name)
        evaluations[source] = evaluate(
            agent, course.scenarios, num_seeds=num_seeds, seed=seed, name=name, **game
        )
    return evaluations


def players_of(
    sources: Sequence[str],
    course: Course,
    game: Mapping[str, Any],
    *,
    seed: int = 0,
) -> list[Player]:
    """Return who would play the course in this game, in the order of the sources.

    A run's agent keeps of its own game what it sees and may do.

    Raises:
        SimArenaError: a source cannot be used.
    """
    games = [dict(game) | _own_game(source) for source in sources]
    agents = []
    for source, own in zip(sources, games, strict=True):
        env = DeploymentVectorEnv(1, scenarios=course.scenarios[:1], **own)
        agents.append(player(source, env, own, seed))
        env.close()
    names = _names(sources, [agent.name for agent in agents])
    return [Player(*each) for each in zip(names, agents, games, strict=True)]


def _own_game(source: str) -> dict[str, Any]:
    if not Path(source).is_dir():
        return {}
    return {key: value for key, value in game_of(source).items() if key in _OWN}


def _names(sources: Sequence[str], names: Sequence[str]) -> list[str]:
    """Return what to call the agents: their names, runs of one name after their folders."""
    counts = Counter(names)
    folders = Counter(Path(source).resolve().name for source in sources)
    given = []
    for source, name in zip(sources, names, strict=True):
        if counts[name] == 1:
            given.append(name)
        elif Path(source).is_dir() and folders[Path(source).resolve().name] == 1:
            given.append(Path(source).resolve().name)
        else:
            given.append(source)
    return given


def _refuse_shared_names(names: Sequence[set[str]]) -> None:
    counts = Counter(name for each in names for name in each)
    if shared := [name for name, count in counts.items() if count > 1]:
        message = f"agent {shared[0]!r} is in two of the sources; leave one of them out"
        raise ConfigError(message)


def _is_file(source: str) -> bool:
    return source.endswith(".jsonl") and not Path(source).is_dir()
