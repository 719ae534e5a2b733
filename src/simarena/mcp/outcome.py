"""What an episode comes to: counts, outcomes of actions, verdicts."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from simarena.env.kernel.rewards import is_at_goal

if TYPE_CHECKING:
    from simarena.trace import Action


@dataclass(frozen=True, slots=True)
class Counts:
    """The workload at the end of a replay; what an environment's infos call by the same names."""

    ready: int
    pending: int
    total: int
    target: int
    cpu_milli: int
    memory_bytes: int
    replicas: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an action has led to, or would."""

    action: Action
    step: int
    """How many actions were taken, this one included."""
    blocked: bool
    """It would have crossed a limit, so nothing changed."""
    solved: bool
    truncated: bool
    """It was the last step, and the goal is not met."""
    reward: float
    counts: Counts

    @property
    def is_over(self) -> bool:
        """Whether the episode ends with it."""
        return self.solved or self.truncated

    def to_json(self) -> dict[str, Any]:
        """Return all of it as plain data; the action by name."""
        return {**asdict(self), "action": self.action.name.lower()}


class Reason(StrEnum):
    """Why an episode counts as solved, or as not."""

    SOLVED = "solved"
    PODS_PENDING = "pods-pending"
    PODS_NOT_READY = "pods-not-ready"
    TOO_FEW_PODS = "too-few-pods"
    TOO_MANY_PODS = "too-many-pods"
    UNSTABLE = "unstable"
    """The goal was met, and lost again while nobody did anything."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the goal is met and stays met, from the cluster's state alone."""

    solved: bool
    reason: Reason
    held_s: int
    """Virtual seconds for which the goal held; less than asked for only if it was lost."""
    counts: Counts
    """Now, or when the goal was lost."""


def at_goal(counts: Counts) -> bool:
    """Return whether ready = total = target and nothing is pending."""
    return bool(is_at_goal(counts.ready, counts.pending, counts.total, counts.target))


def missed(counts: Counts) -> Reason:
    """Return why the goal is not met; what an operator would mend first."""
    if counts.pending:
        return Reason.PODS_PENDING
    if counts.total > counts.target:
        return Reason.TOO_MANY_PODS
    if counts.total < counts.target:
        return Reason.TOO_FEW_PODS
    return Reason.PODS_NOT_READY
