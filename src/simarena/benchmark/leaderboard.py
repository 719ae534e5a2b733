"""The plays of many run folders put together: who played what, and whether that can be compared."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from simarena.benchmark.logs import latest_logs, results_of
from simarena.errors import RunError
from simarena.training.comparison import Comparison, side_by_side
from simarena.training.failure import read_failures, without_result
from simarena.training.outcome import read_outcomes
from simarena.training.run_folder import RunFolder
from simarena.training.summary import by_agent, summarize

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from simarena.training.failure import Failure
    from simarena.training.outcome import Outcome

    Agents = Mapping[str, Sequence[Outcome]]

MERGE_RULE: Final = (
    "Plays of one agent from several folders are taken together. A play that two folders hold "
    "counts once; if its results differ, the folders cannot be merged."
)


@dataclass(frozen=True, slots=True)
class Source:
    """One run folder: what was played in it, and by whom."""

    path: Path
    suite: str
    """As its report names it; the splits of its scenarios where there is none."""

    outcomes: tuple[Outcome, ...]
    failures: tuple[Failure, ...]

    @property
    def agents(self) -> list[str]:
        """Return who played, or failed to, in the order in which they come."""
        plays: list[Outcome | Failure] = [*self.outcomes, *self.failures]
        return list(dict.fromkeys(each.agent for each in plays))


@dataclass(frozen=True, slots=True)
class Board:
    """All agents side by side, the best first."""

    comparison: Comparison
    sources: tuple[Source, ...]

    num_left_out: int
    """Scenarios that some agents did not play, and that no figure counts."""

    common: bool
    """Whether figures are of the scenarios that all agents played, or of each agent's own."""

    warnings: tuple[str, ...]
    """Why figures of different agents may say different things."""


def read_source(path: Path) -> Source:
    """Return what the run folder at `path` holds, or a folder of Inspect's logs.

    Raises:
        RunError: it holds neither outcomes nor failures nor logs, or a file is damaged.
    """
    folder = RunFolder(path)
    if not folder.outcomes.is_file() and not folder.failures.is_file():
        return _of_logs(path)
    failures = read_failures(folder.failures) if folder.failures.is_file() else []
    # An empty file beside failures is that of a benchmark in which nothing came to a result.
    empty = not folder.outcomes.is_file() or (failures and not folder.outcomes.stat().st_size)
    outcomes = [] if empty else read_outcomes(folder.outcomes)
    return Source(path, _suite_of(folder, outcomes), tuple(outcomes), tuple(failures))


def _of_logs(path: Path) -> Source:
    """Return what `inspect eval` has left in a folder: of each model the newest log."""
    logs = latest_logs(path) if path.is_dir() else []
    if not logs:
        message = (
            f"{path}: holds neither outcomes.jsonl nor Inspect's logs of simarena/arena; name a "
            "folder that a run or a benchmark left"
        )
        raise RunError(message)
    outcomes, failures = results_of(logs)
    suites = dict.fromkeys(str(log.header.eval.dataset.name) for log in logs)
    return Source(path, ", ".join(suites), tuple(outcomes), tuple(failures))


def merge(sources: Sequence[Source], *, common: bool = True) -> Board:
    """Return one board of all agents in the folders, the one that solves most first.

    Only scenarios that all agents played count, or, without `common`, all that each one played.
    Agents none of whose plays has a result take no part in that; they are among the failures.

    Raises:
        RunError: two folders hold different results of one play, or no scenario is common to all.
    """
    everything = by_agent(_merged(sources))
    failures = without_result(
        (each for source in sources for each in source.failures),
        (each for plays in everything.values() for each in plays),
    )
    played = {agent: {each.scenario for each in plays} for agent, plays in everything.items()}
    shared = (
        set.intersection(*played.values()) if common and played else set().union(*played.values())
    )
    if played and not shared:
        message = "no scenario was played by all agents; use --all, or leave folders out"
        raise RunError(message)
    counted = {
        agent: [each for each in plays if each.scenario in shared]
        for agent, plays in everything.items()
    }
    best_first = sorted(
        counted, key=lambda agent: (-summarize(counted[agent]).solve_rate.value, agent)
    )
    suites = list(dict.fromkeys(source.suite for source in sources))
    return Board(
        comparison=side_by_side(
            {agent: counted[agent] for agent in best_first}, ", ".join(suites), failures
        ),
        sources=tuple(sources),
        num_left_out=len(set().union(*played.values()) - shared),
        common=common,
        warnings=tuple(_warnings(suites, counted)),
    )


def _merged(sources: Sequence[Source]) -> list[Outcome]:
    """Return the outcomes of all folders by the `MERGE_RULE`; within a folder all are kept."""
    holders: dict[tuple[str, str, int], tuple[Path, list[Outcome]]] = {}
    for source in sources:
        plays: dict[tuple[str, str, int], list[Outcome]] = {}
        for each in source.outcomes:
            plays.setdefault((each.agent, each.scenario, each.seed), []).append(each)
        for play, outcomes in plays.items():
            path, before = holders.setdefault(play, (source.path, outcomes))
            if before != outcomes:
                agent, scenario, seed = play
                message = (
                    f"{source.path}: {agent!r} played {scenario!r} with seed {seed} as in {path}, "
                    "but with another result; leave one of them out ('simarena compare' tells "
                    "runs of one name apart)"
                )
                raise RunError(message)
    return [each for _, outcomes in holders.values() for each in outcomes]


def _warnings(suites: Sequence[str], agents: Agents) -> list[str]:
    warnings = []
    if len(suites) > 1:
        warnings.append(f"The folders name different suites: {', '.join(suites)}.")
    with_reason = [agent for agent, plays in agents.items() if any(each.reason for each in plays)]
    without = [agent for agent in agents if agent not in with_reason]
    if with_reason and without:
        warnings.append(
            "Agents were judged by different rules. The verdict on some gives reasons "
            f"({', '.join(with_reason)}); that on others is the environment's own, without reasons "
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


def _suite_of(folder: RunFolder, outcomes: Sequence[Outcome]) -> str:
    """Return what the folder's report says was played, or else what its outcomes say."""
    try:
        report = json.loads((folder.path / "report.json").read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        report = None
    for place in (report, report.get("evaluation") if isinstance(report, dict) else None):
        if isinstance(place, dict) and isinstance(place.get("suite"), str):
            return str(place["suite"])
    return ", ".join(sorted({each.split for each in outcomes if each.split})) or "scenarios"


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
                "name": source.path.resolve().name,
                "suite": source.suite,
                "agents": source.agents,
                "num_plays": len(source.outcomes),
                "num_failures": len(source.failures),
            }
            for source in board.sources
        ],
    }
