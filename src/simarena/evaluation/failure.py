"""Plays that came to no result, for reasons that say nothing about the agent.

A provider refuses, a network breaks, an environment stops: such a play is neither solved nor
unsolved. It counts in no rate, and every report says how many there were and why.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec

from simarena.evaluation.json_lines import read_lines, to_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from simarena.evaluation.outcome import Outcome

_MOST_MESSAGES: Final = 3  # of each agent
_MOST_LETTERS: Final = 300  # of a message that is shown
_MOST_READ: Final = 2000  # of one that is held against others

_CHANGING: Final = re.compile(
    r"""
    [0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}                   # a UUID
    | 0x[0-9a-f]+                                                 # an address
    | \d{4}-\d\d-\d\d[t ]\d\d:\d\d(?::\d\d)?(?:[.,]\d+)?(?:z|[+-]\d\d:?\d\d)?
    | \b\d\d?:\d\d(?::\d\d)?\b                                     # a time of day
    | \b\d+(?:[.,]\d+)*\s?(?:ms|s|sec|seconds|min|minutes)\b       # how long to wait
    | \breq_\w+ | \brequest[ _-]?id\W{1,5}[\w-]+
    | \b(?=[a-z_]*\d)(?=\d*[a-z_])\w{10,}\b                       # letters and digits: some id
    | \d(?:[\d,.]*\d)?(?<=[\d,.]{4})                              # counts, ports, times
    """,
    re.IGNORECASE | re.VERBOSE | re.ASCII,
)
"""What differs between two messages that say the same; numbers as short as a status do not."""


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
    """The most frequent messages, cut to a line, with how many plays each ended.

    Messages that differ in ids, addresses, times and large numbers are one, for which the
    first stands.
    """

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
            messages=_most_frequent([each.message for each in group]),
        )
        for agent, group in groups.items()
    )


def _most_frequent(messages: Sequence[str]) -> tuple[tuple[str, int], ...]:
    lines = [" ".join(message.split())[:_MOST_READ] for message in messages]
    alike = [_CHANGING.sub("…", line) for line in lines]
    examples = dict(zip(reversed(alike), reversed(lines), strict=True))  # the first stays
    return tuple(
        (_cut(examples[kind]), count) for kind, count in Counter(alike).most_common(_MOST_MESSAGES)
    )


def _cut(line: str) -> str:
    return line if len(line) <= _MOST_LETTERS else line[: _MOST_LETTERS - 1] + "…"
