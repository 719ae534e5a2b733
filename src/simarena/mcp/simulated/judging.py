"""What an episode comes to: counts, what steps have led to, judgements."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simarena.env.scenarios.scenario import Goal
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
    failures: int = 0
    """Restarts and other ends of containers, where the scenario's kubelets let them fail."""
    harmed: int = 0
    """Other workloads that fare worse than if nobody had acted, where the goal forbids that."""

    @classmethod
    def of_info(cls, info: Mapping[str, Any]) -> Counts:
        """Return the counts in an environment's info."""
        return cls(**{name: int(info.get(name, 0)) for name in cls.__slots__})


@dataclass(frozen=True, slots=True)
class StepResult:
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
    info: Mapping[str, Any]
    """All that the environment tells of it."""

    @property
    def is_over(self) -> bool:
        """Whether the episode ends with it."""
        return self.solved or self.truncated

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data; the action by name, without the environment's info."""
        told = asdict(self)
        del told["info"]
        return {**told, "action": self.action.name.lower()}


class Reason(StrEnum):
    """Why an episode counts as solved, or as not."""

    SOLVED = "solved"
    PODS_PENDING = "pods-pending"
    PODS_NOT_READY = "pods-not-ready"
    TOO_FEW_PODS = "too-few-pods"
    TOO_MANY_PODS = "too-many-pods"
    PODS_FAILING = "pods-failing"
    """All are ready, but containers have failed more often than the goal allows."""
    REQUESTS_UNFIT = "requests-unfit"
    """All are ready, but what they request does not fit what they use, as the goal wants it."""
    OTHERS_HARMED = "others-harmed"
    """All is as wanted, but another workload has lost pods, or has fewer that are ready, by what
    was done."""
    UNSTABLE = "unstable"
    """The goal was met, and lost again while nobody did anything."""
    NOT_CONFIRMED = "not-confirmed"
    """All is as wanted and was from the start, but no step was taken to say so."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether the goal is met and stays met, from the cluster's state alone."""

    solved: bool
    reason: Reason
    held_s: int
    """Virtual seconds for which the goal held; less than asked for only if it was lost."""
    counts: Counts
    """At the end of the last step."""


def missed(counts: Counts, goal: Goal) -> Reason:
    """Return why the goal is not met; what an operator would mend first."""
    if counts.pending:
        return Reason.PODS_PENDING
    if counts.total > counts.target:
        return Reason.TOO_MANY_PODS
    if counts.total < counts.target:
        return Reason.TOO_FEW_PODS
    if counts.ready < counts.target:
        return Reason.PODS_NOT_READY
    max_failures = goal.max_failures
    if max_failures is not None and counts.failures > max_failures:
        return Reason.PODS_FAILING
    return Reason.OTHERS_HARMED if counts.harmed else Reason.REQUESTS_UNFIT


def goal_text(goal: Goal) -> str:
    """Return in words what a goal asks for beyond counts of pods; empty where nothing."""
    text = ""
    max_failures = goal.max_failures
    if max_failures is not None:
        allowed = "no" if max_failures == 0 else f"at most {max_failures}"
        text += f" There should be {allowed} restarts and evictions of its pods."
    if goal.max_waste is not None:
        text += (
            " Of CPU and of memory each, its pods should request at least what they use and at "
            f"most {goal.max_waste:g} times as much."
        )
    if goal.harmless:
        text += (
            " No other workload may have fewer ready pods, or lose more to eviction or preemption, "
            "than if nothing were changed."
        )
    return text
