"""One board of the agents in many run folders: who counts with what, and what to beware of."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from simarena.errors import RunError
from simarena.evaluation.comparison.compare import Comparison, side_by_side
from simarena.evaluation.judged import apart_by_rule, counted, errata_text
from simarena.evaluation.planned import MOST_MISSING, Planned
from simarena.evaluation.summary import by_agent, summarize
from simarena.leaderboard.pool import changes_the_game, once_each, pool

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from simarena.evaluation.failure import Failure
    from simarena.evaluation.outcome import Outcome
    from simarena.leaderboard.sources import Source

    Agents = Mapping[str, Sequence[Outcome]]

_SAME: Final = 9  # digits in which equal means agree, in whatever order they were summed

_MOST_LETTERS: Final = 80  # of a fact in a warning


@dataclass(frozen=True, slots=True)
class Board:
    """All agents side by side, the best first."""

    comparison: Comparison
    sources: tuple[Source, ...]

    num_left_out: int
    """Scenarios that some agents were not to play, and that no figure counts."""

    common: bool
    """Whether figures are of the scenarios all agents were to play, or of each agent's own."""

    warnings: tuple[str, ...]
    """Why figures of different agents may say different things."""


def merge(sources: Sequence[Source], *, common: bool = True) -> Board:
    """Return one board of all agents in the folders, the one that solves most first.

    Of those that solve equally many, the one that takes fewer steps comes first.

    Scenarios with an erratum count in nothing, and are named among the warnings. Of the others
    only those that all agents were to play count, or, without `common`, all that each one
    played. A play without a result was to be made, too, so that one agent's outage takes no
    scenario from the others. Agents none of whose plays has a result have no part in that; they
    are among the failures.

    Raises:
        RunError: no scenario is common to all.
    """
    distinct, warnings = once_each(sources)
    pooled = pool(_apart(distinct))
    plays_that_count, failures_that_count, errata = counted(pooled.outcomes, pooled.failures)
    everything = by_agent(plays_that_count)
    planned = {agent: {each.scenario for each in plays} for agent, plays in everything.items()}
    for failure in failures_that_count:
        if failure.agent in planned:
            planned[failure.agent].add(failure.scenario)
    union = set[str]().union(*planned.values())
    shared = set.intersection(*planned.values()) if common and planned else union
    if planned and not shared:
        message = "no scenario was played by all agents; use --all, or leave folders out"
        raise RunError(message)
    own = {
        agent: those
        for agent, plays in everything.items()
        if (those := [each for each in plays if each.scenario in shared])
    }
    failures = [
        each
        for each in failures_that_count
        if each.agent not in everything or each.scenario in shared
    ]
    best_first = sorted(own, key=lambda agent: (*_standing(own[agent]), agent))
    suites = list(dict.fromkeys(source.suite for source in distinct))
    return Board(
        comparison=side_by_side(
            {agent: own[agent] for agent in best_first}, ", ".join(suites), failures, errata
        ),
        sources=tuple(distinct),
        num_left_out=len(union - shared),
        common=common,
        warnings=(
            *warnings,
            *pooled.warnings,
            *([errata_text(errata)] if errata else []),
            *_missing(own, failures),
            *_rules(suites, own),
            *_facts(distinct),
        ),
    )


def _standing(plays: Sequence[Outcome]) -> tuple[float, float]:
    """Return what agents stand in the order of: who solves more, then who takes fewer steps."""
    summary = summarize(plays)
    return -round(summary.solve_rate.value, _SAME), round(summary.steps.value, _SAME)


def _apart(sources: Sequence[Source]) -> list[Source]:
    """Return the folders with plays by different rules as those of different scenarios."""
    told = iter(apart_by_rule([each for source in sources for each in source.outcomes]))
    return [
        replace(source, outcomes=tuple(islice(told, len(source.outcomes)))) for source in sources
    ]


def _missing(agents: Agents, failures: Sequence[Failure]) -> list[str]:
    """Return a warning of the agents that miss many plays."""
    failed: dict[str, int] = {}
    for each in failures:
        failed[each.agent] = failed.get(each.agent, 0) + 1
    few = []
    for agent, count in failed.items():
        plays = len(agents.get(agent, ()))
        if Planned(plays, plays + count).misses_many:
            few.append(f"{agent} ({plays:,} of {plays + count:,} have one)")
    if not few:
        return []
    share = f"{100 * MOST_MISSING:g} %"
    return [f"More than {share} of the plays counted have no result: {', '.join(few)}."]


def _rules(suites: Sequence[str], agents: Agents) -> list[str]:
    """Return warnings of what outcomes tell: suites, judgements and limits that differ."""
    warnings = []
    if len(suites) > 1:
        warnings.append(f"The folders name different suites: {', '.join(suites)}.")
    with_reason = [agent for agent, plays in agents.items() if any(each.reason for each in plays)]
    without = [agent for agent in agents if agent not in with_reason]
    if with_reason and without:
        warnings.append(
            "Agents were judged by different rules. The judgement of some gives reasons "
            f"({', '.join(with_reason)}); that of others is the environment's own, without reasons "
            f"({', '.join(without)})."
        )
    limits: dict[str, set[int]] = {}
    for plays in agents.values():
        for each in plays:
            limits.setdefault(each.scenario, set()).add(each.max_steps)
    if differing := sum(len(steps) > 1 for steps in limits.values()):
        warnings.append(
            f"In {differing} of {len(limits)} scenarios agents were allowed different numbers of "
            "steps."
        )
    return warnings


def _facts(sources: Sequence[Source]) -> list[str]:
    """Return a warning of each fact that folders tell differently and that changes figures."""
    told: dict[str, dict[str, list[str]]] = {}
    for source in sources:
        for name, fact in source.facts.items():
            if changes_the_game(name):
                told.setdefault(name, {}).setdefault(fact.replace("`", ""), []).append(source.name)
    return [
        f"The folders were played differently, {name}: "
        + "; ".join(f"{_cut(fact)} ({', '.join(folders)})" for fact, folders in facts.items())
        + "."
        for name, facts in told.items()
        if len(facts) > 1
    ]


def _cut(fact: str) -> str:
    return fact if len(fact) <= _MOST_LETTERS else fact[: _MOST_LETTERS - 1] + "…"


def to_json(board: Board) -> dict[str, Any]:
    """Return the board as JSON can hold it."""
    return {
        **board.comparison.to_json(),
        "common": board.common,
        "num_left_out": board.num_left_out,
        "warnings": list(board.warnings),
        "sources": [
            {
                "folder": str(source.path),
                "name": source.name,
                "suite": source.suite,
                "agents": source.agents,
                "num_plays": len(source.outcomes),
                "num_failures": len(source.failures),
                "facts": source.facts,
            }
            for source in board.sources
        ],
    }
