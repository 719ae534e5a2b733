"""What came of one episode: the record that all statistics are made from, whoever played.

A file of outcomes is JSON, one object a line. Evaluations of trained agents write it, and so may
anything else that plays scenarios; `summary` and `comparison` read
nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import msgspec

from simarena.errors import RunError
from simarena.evaluation.json_lines import read_lines, to_lines

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

Count = Annotated[int, msgspec.Meta(ge=0)]


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """One episode that one agent played."""

    scenario: str
    """Name of the scenario; plays of one scenario are a cluster."""

    family: str
    """Which kind of problem it is."""

    split: str = ""
    """Part of the suite that the scenario belongs to."""

    seed: int
    """Of the episode. Agents are compared on plays of equal scenario and seed."""

    agent: str
    """Who played."""

    solved: bool
    """Whether the goal was met."""

    steps: Count
    """Steps taken until it was solved, cut off or given up."""

    max_steps: Count
    """Steps that the scenario allows."""

    optimal_steps: Count | None = None
    """Steps of the shortest solution; None where it is not known."""

    harmless: bool = False
    """Whether the goal also asked that no other workload fares worse; records that do not tell are
    older than that rule."""

    kubelet: str = ""
    """What kubelets the cluster had, `kwok` or `real`; empty where it is not told."""

    reward: float = 0.0
    """Sum of the episode's rewards."""

    blocked: Count = 0
    """Actions that a limit made void."""

    waste: float | None = None
    """What is requested at the end for each unit that is used; None where usage is not known."""

    reason: str = ""
    """Why it counts as solved or not (`simarena.mcp.Reason`); empty where nobody judged."""

    ended: str = ""
    """How it ended: `solved`, `out-of-steps`, `gave-up`, `content-filter` (a model's provider
    refused), `answer-length` (its answers were cut), or `limit:` and which; empty: not told."""

    tool_calls: Count | None = None
    """Calls of tools that only look. This and what follows is None for agents without tools."""

    invalid: Count | None = None
    """Answers and calls that named nothing that could be done."""

    input_tokens: Count | None = None
    """Tokens that a model was given, those read from a cache included."""

    output_tokens: Count | None = None
    """Tokens that it made."""

    cost_usd: float | None = None
    """What these tokens cost; None where prices are not known."""

    call_ms: tuple[float, ...] = ()
    """How long the model took for each of its answers, in milliseconds."""

    @property
    def counted_steps(self) -> int:
        """Steps as means count them: the scenario's whole limit where it was not solved."""
        return self.steps if self.solved else self.max_steps


_DECODER: Final = msgspec.json.Decoder(Outcome)


def outcomes_to_lines(outcomes: Iterable[Outcome]) -> str:
    """Return the outcomes as JSON, one object a line."""
    return to_lines(outcomes)


def read_outcomes(path: Path) -> list[Outcome]:
    """Return the outcomes in the file at `path`; unknown keys are passed over.

    Raises:
        RunError: it is missing or empty, or a line in it is no outcome.
    """
    outcomes = read_lines(path, _DECODER, "outcome of an episode")
    if not outcomes:
        message = f"{path}: holds no outcomes; measure the run again"
        raise RunError(message)
    return outcomes
