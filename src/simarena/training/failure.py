"""Plays that came to no result, for reasons that say nothing about the agent.

A provider refuses, a network breaks, an environment stops: such a play is neither solved nor
unsolved. It counts in no rate, and every report says how many there were and why.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec

from simarena.training.json_lines import read_lines, to_lines

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from simarena.training.outcome import Outcome

_MOST_MESSAGES: Final = 3  # of each agent
_MOST_LETTERS: Final = 300  # of a message


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """One play that could not be finished, whoever was to play it."""

    scenario: str
    family: str
    seed: int
    agent: str

    kind: str
    """What failed: `provider`, `environment`, `cancelled` or the like."""

    message: str
    """What was said about it."""


_DECODER: Final = msgspec.json.Decoder(Failure)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentFailures:
    """How many of one agent's plays came to no result, and why."""

    agent: str
    num_plays: int

    kinds: dict[str, int]
    """How many of each kind, the most frequent first."""

    messages: tuple[tuple[str, int], ...]
    """The most frequent messages, cut to a line, with how many plays each ended."""

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return {
            "agent": self.agent,
            "num_plays": self.num_plays,
            "kinds": self.kinds,
            "messages": [
                {"message": message, "num_plays": count} for message, count in self.messages
            ],
        }


def failures_to_lines(failures: Iterable[Failure]) -> str:
    """Return the failures as JSON, one object a line."""
    return to_lines(failures)


def read_failures(path: Path) -> list[Failure]:
    """Return the failures in the file at `path`, none if it is empty.

    Raises:
        RunError: it cannot be read, or a line in it is no failure.
    """
    return read_lines(path, _DECODER, "failure of a play")


def without_result(failures: Iterable[Failure], outcomes: Iterable[Outcome]) -> list[Failure]:
    """Return one failure, the last, of each play that has no outcome.

    A play that failed and was made again has one, and is none of them.
    """
    finished = {(each.agent, each.scenario, each.seed) for each in outcomes}
    last = {(each.agent, each.scenario, each.seed): each for each in failures}
    return [failure for play, failure in last.items() if play not in finished]


def count_failures(failures: Iterable[Failure]) -> tuple[AgentFailures, ...]:
    """Return the counts of each agent that has any, in the order in which agents come."""
    groups: dict[str, list[Failure]] = {}
    for each in failures:
        groups.setdefault(each.agent, []).append(each)
    return tuple(
        AgentFailures(
            agent=agent,
            num_plays=len(group),
            kinds=dict(Counter(each.kind for each in group).most_common()),
            messages=tuple(
                Counter(_line(each.message) for each in group).most_common(_MOST_MESSAGES)
            ),
        )
        for agent, group in groups.items()
    )


def _line(message: str) -> str:
    line = " ".join(message.split())
    return line if len(line) <= _MOST_LETTERS else line[: _MOST_LETTERS - 1] + "…"
