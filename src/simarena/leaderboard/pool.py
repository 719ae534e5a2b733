"""Plays of one agent from several folders, put together.

A language model plays anew each time: its plays are further ones, wherever they come from. Other
agents are programs, which play the same again, so a play that two folders hold is one play; where
its results differ, the folders were played by different rules or agents, and are kept apart.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isclose
from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec.structs import replace

from simarena.evaluation.failure import without_result
from simarena.evaluation.summary import by_agent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from simarena.evaluation.failure import Failure
    from simarena.evaluation.outcome import Outcome
    from simarena.leaderboard.sources import Source

    Play = tuple[str, int]  # scenario, seed

MERGE_RULE: Final = (
    "Plays of one agent from several folders are taken together. A language model is the same "
    "where name, endpoint and rules are; then all its plays count, as further ones. A play of "
    "another agent that two folders hold counts once; if its results differ, the agent is shown "
    "apart, with the name of the later folder."
)

_HARMLESS: Final = ("price", "played on", "plays of each scenario", "endpoint")
"""How facts begin that may differ: they change nothing about what is measured, or are of one model,
whose name tells them."""


def changes_the_game(fact: str) -> bool:
    """Return whether plays of folders that tell this fact differently are of different games."""
    return not fact.startswith(_HARMLESS)


class Pool(NamedTuple):
    """The plays of all folders."""

    outcomes: list[Outcome]
    failures: list[Failure]
    """Of plays without a result, one each."""

    warnings: list[str]
    """What is not as a reader may expect it."""


@dataclass(slots=True)
class _Player:
    """One agent on the board."""

    name: str
    folder: str
    """Where it comes from first."""

    plays: dict[Play, list[Outcome]] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    seen: set[Outcome | Failure] = field(default_factory=set)
    """What earlier folders hold, as it stands there."""

    facts: dict[str, str] = field(default_factory=dict)
    """What its folders tell of the game it played."""


def once_each(sources: Sequence[Source]) -> tuple[list[Source], list[str]]:
    """Return the folders without those that come again, and a warning of each that does."""
    distinct: dict[Path, Source] = {}
    again = [
        source.name
        for source in sources
        if distinct.setdefault(source.path.resolve(), source) is not source
    ]
    return list(distinct.values()), [
        f"The folder {name} is named more than once; it counts once."
        for name in dict.fromkeys(again)
    ]


def pool(sources: Sequence[Source]) -> Pool:
    """Return the plays of all folders by the `MERGE_RULE`; within a folder all are kept."""
    players: dict[str, list[_Player]] = {}
    names = {agent for source in sources for agent in source.agents}
    models = {each.agent for source in sources for each in source.outcomes if _by_a_model(each)}
    warnings: list[str] = []
    for source in sources:
        played = by_agent(source.outcomes)
        failed = without_result(source.failures, source.outcomes)
        for agent in source.agents:
            those = players.setdefault(agent, [_Player(agent, source.name)])
            outcomes = played.get(agent, [])
            failures = [each for each in failed if each.agent == agent]
            if agent in models:
                player, warned = _of_this_game(those, source, names)
                warnings += warned + _add_further(player, source.name, outcomes, failures)
            else:
                warnings += _add_same(those, source.name, outcomes, failures, names)
    for agent in models:
        for player in players[agent]:
            _set_apart(player)
    everybody = [player for those in players.values() for player in those]
    outcomes = [each for player in everybody for plays in player.plays.values() for each in plays]
    failures = [each for player in everybody for each in player.failures]
    return Pool(outcomes, without_result(failures, outcomes), warnings)


def _by_a_model(outcome: Outcome) -> bool:
    """Return whether a language model made the play: others tell of no tools, tokens or calls."""
    told = (outcome.tool_calls, outcome.input_tokens, outcome.output_tokens)
    return bool(outcome.call_ms) or any(each is not None for each in told)


def _of_this_game(
    players: list[_Player], source: Source, names: set[str]
) -> tuple[_Player, list[str]]:
    """Return the model's player that played the folder's game, or a new one, with a warning.

    A fact that is not told agrees with any.
    """
    facts = {name: fact for name, fact in source.facts.items() if changes_the_game(name)}
    for player in players:
        if all(player.facts.get(name, fact) == fact for name, fact in facts.items()):
            player.facts |= facts
            return player, []
    first = players[0]
    player = _Player(_new_name(first.name, source.name, names), source.name, facts=facts)
    players.append(player)
    differing = [name for name, fact in facts.items() if first.facts.get(name, fact) != fact]
    warning = (
        f"{first.name} was played differently in {source.name} and in {first.folder} "
        f"({', '.join(differing)}), so it stands apart as {player.name}."
    )
    return player, [warning]


def _add_further(
    player: _Player, folder: str, outcomes: Sequence[Outcome], failures: Sequence[Failure]
) -> list[str]:
    """Add a model's plays. Seeds that are taken become new ones; the others still pair."""
    # No two plays take the same time to the last digit: these were copied from folder to folder.
    fresh = [each for each in outcomes if not each.call_ms or each not in player.seen]
    num_copied = len(outcomes) - len(fresh)
    player.failures += [
        replace(each, agent=player.name)
        for each in failures
        if not num_copied or each not in player.seen
    ]
    player.seen.update(outcomes, failures)
    plays = _by_play([replace(each, agent=player.name) for each in fresh])
    free = _free_seeds([*player.plays, *plays])
    for (scenario, seed), repeats in plays.items():
        new = seed
        if (scenario, seed) in player.plays:
            new, free[scenario] = free[scenario], free[scenario] + 1
        player.plays[scenario, new] = [replace(each, seed=new) for each in repeats]
    if not num_copied:
        return []
    return [f"{folder} holds copies of plays of {player.name} ({num_copied}); they count once."]


def _set_apart(player: _Player) -> None:
    """Give a model's plays without a result seeds of their own: none of them was made again."""
    free = _free_seeds(list(player.plays))
    for row, each in enumerate(player.failures):
        seed = free.get(each.scenario, 0)
        free[each.scenario] = seed + 1
        player.failures[row] = replace(each, seed=seed)


def _add_same(
    players: list[_Player],
    folder: str,
    outcomes: Sequence[Outcome],
    failures: Sequence[Failure],
    names: set[str],
) -> list[str]:
    """Add the plays to the first player whose own they agree with, or to a new one."""
    plays = _by_play(outcomes)
    warnings = []
    differing = [_num_differing(player, plays) for player in players]
    if 0 in differing:
        player = players[differing.index(0)]
    else:
        first = players[0]
        player = _Player(_new_name(first.name, folder, names), folder)
        players.append(player)
        warnings.append(
            f"Results of {first.name} in {folder} and in {first.folder} differ in "
            f"{differing[0]} of {len(plays.keys() & first.plays.keys())} plays that both hold, so "
            f"it stands apart as {player.name}."
        )
    for play, repeats in plays.items():
        known = player.plays.get(play)
        if known is None or (any(each.reason for each in repeats) and not known[0].reason):
            player.plays[play] = [replace(each, agent=player.name) for each in repeats]
    player.failures += [replace(each, agent=player.name) for each in failures]
    return warnings


def _num_differing(player: _Player, plays: dict[Play, list[Outcome]]) -> int:
    """Return in how many plays that both have the results differ."""
    return sum(
        len(ours) != len(plays[play]) or not all(map(_agree, ours, plays[play]))
        for play, ours in player.plays.items()
        if play in plays
    )


def _agree(one: Outcome, other: Outcome) -> bool:
    """Return whether two plays came to the same; a reason that is not told agrees with any."""
    return (
        (one.solved, one.steps, one.max_steps) == (other.solved, other.steps, other.max_steps)
        and isclose(one.reward, other.reward, rel_tol=1e-4, abs_tol=1e-3)
        and (not one.reason or not other.reason or one.reason == other.reason)
    )


def _new_name(agent: str, folder: str, names: set[str]) -> str:
    name, number = f"{agent} ({folder})", 1
    while name in names:
        number += 1
        name = f"{agent} ({folder}, {number})"
    names.add(name)
    return name


def _by_play(outcomes: Sequence[Outcome]) -> dict[Play, list[Outcome]]:
    plays: dict[Play, list[Outcome]] = {}
    for each in outcomes:
        plays.setdefault((each.scenario, each.seed), []).append(each)
    return plays


def _free_seeds(plays: Sequence[Play]) -> dict[str, int]:
    """Return for each scenario the first seed beyond those that are taken."""
    free: dict[str, int] = {}
    for scenario, seed in plays:
        free[scenario] = max(free.get(scenario, 0), seed + 1)
    return free
