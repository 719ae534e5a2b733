"""What is kept of an episode: written once at its end, read by scorers, reports and the viewer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from inspect_ai.util import StoreModel
from pydantic import Field

from simarena.benchmark.tools import ACT
from simarena.mcp import Reason

if TYPE_CHECKING:
    from simarena.mcp import Judgement, ScenarioSession

SOLVED: Final = "solved"
OUT_OF_STEPS: Final = "out-of-steps"
GAVE_UP: Final = "gave-up"
REFUSED: Final = "content-filter"
"""The provider's filter refused to answer, until no answer was left that could lead to anything."""

CUT_SHORT: Final = "answer-length"
"""Answers were cut for length before they said anything that could be done."""

LIMIT: Final = "limit:"
"""Before the limit that ended it, such as `limit:token`; `limit:context` is the model's own."""


class Episode(StoreModel):
    """One episode that was played to its end; before that, `ended` is empty."""

    ended: str = ""
    """`solved`, `out-of-steps`, `limit:` and which, or how three answers in a row led to nothing.

    Then it is told by what the last of them was: `gave-up`, if it was whole, `content-filter`, if a
    filter refused it, `answer-length`, if it was cut for length.
    """

    solved: bool = False
    """Whether a step met the goal, and the goal held while the cluster was left alone."""

    reason: str = ""
    """Why it counts as solved or not, from the cluster's state (`simarena.mcp.Reason`)."""

    held_s: int = 0
    """Virtual seconds for which the goal held after the last step."""

    steps: int = 0
    max_steps: int = 0
    blocked: int = 0
    """Actions that a limit made void."""

    reward: float = 0.0
    """Sum of the episode's rewards."""

    waste: float | None = None
    """What is requested at the end for each unit that is used; None where usage is not known."""

    actions: list[str] = Field(default_factory=list)
    """Names of the actions, in their order."""

    looks: dict[str, int] = Field(default_factory=dict)
    """How often each tool that only looks was called."""

    invalid: int = 0
    """Answers that named no action, and calls of tools that could not be carried out."""

    call_ms: list[float] = Field(default_factory=list)
    """How long the model took for each of its answers, in milliseconds."""


def judged(session: ScenarioSession, ended: str) -> dict[str, Any]:
    """Return what a session's episode came to, as fields of `Episode`.

    Solved is only what a step has solved: a cluster that was healthy from the start has to be
    found to be. The reason is the state's, whoever ended the episode.
    """
    judgement = session.judgement()
    waste = float(session.info.get("waste", 0.0))
    return {
        "ended": ended,
        "solved": session.solved and judgement.solved,
        "reason": _reason(session, judgement),
        "held_s": judgement.held_s,
        "steps": session.steps,
        "max_steps": session.max_steps,
        "blocked": session.num_blocked,
        "reward": session.episode_return,
        "waste": waste if waste > 0 else None,
        "actions": [result.action.name.lower() for result in session.results],
        "looks": {name: count for name, count in session.tool_calls.items() if name != ACT},
    }


def end_of(session: ScenarioSession) -> str:
    """Return how an episode has ended that nobody cut short."""
    if session.solved:
        return SOLVED
    return OUT_OF_STEPS if session.is_over else GAVE_UP


def _reason(session: ScenarioSession, judgement: Judgement) -> str:
    if judgement.solved and not session.solved:
        return Reason.NOT_CONFIRMED
    return judgement.reason
