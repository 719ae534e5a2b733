"""The conditions of a Deployment, and how its controller replaces one by another."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class ProgressReason(StrEnum):
    """Reasons of the condition Progressing."""

    CREATED = "NewReplicaSetCreated"
    UPDATED = "ReplicaSetUpdated"
    AVAILABLE = "NewReplicaSetAvailable"
    PAUSED = "DeploymentPaused"
    RESUMED = "DeploymentResumed"
    TIMED_OUT = "ProgressDeadlineExceeded"


class Condition(NamedTuple):
    """A condition as its controller wrote it last. Times are virtual."""

    status: str
    reason: str
    template: int
    """Whose ReplicaSet it speaks of, NONE: of the Deployment."""
    since_ms: int
    """When its status last changed."""
    updated_ms: int
    """When it was written."""


_STATUSES: Final[Mapping[ProgressReason, str]] = {
    ProgressReason.PAUSED: "Unknown",
    ProgressReason.RESUMED: "Unknown",
    ProgressReason.TIMED_OUT: "False",
}


def progressing(
    current: Condition | None, reason: ProgressReason, template: int, time_ms: int
) -> Condition:
    """Return the condition Progressing that takes the place of the current one.

    One of the same reason stays as it is, to the words, unless it tells of progress.
    """
    status = _STATUSES.get(reason, "True")
    return _replaced(
        current, status, reason, template, time_ms, renews=reason == ProgressReason.UPDATED
    )


def available(current: Condition | None, *, enough: bool, template: int, time_ms: int) -> Condition:
    """Return the condition Available that takes the place of the current one."""
    reason = "MinimumReplicasAvailable" if enough else "MinimumReplicasUnavailable"
    return _replaced(current, str(enough), reason, template, time_ms)


def _replaced(
    current: Condition | None,
    status: str,
    reason: str,
    template: int,
    time_ms: int,
    *,
    renews: bool = False,
) -> Condition:
    if current is None:
        return Condition(status, reason, template, time_ms, time_ms)
    if current.status == status and current.reason == reason and not renews:
        return current
    since_ms = current.since_ms if current.status == status else time_ms
    return Condition(status, reason, template, since_ms, time_ms)


def progress_message(condition: Condition, deployment: str, replicaset: str) -> str:
    """Return what the condition Progressing says; `replicaset` is the name it speaks of, or empty.

    Without one it speaks of the Deployment.
    """
    who = f'ReplicaSet "{replicaset}"' if replicaset else f'Deployment "{deployment}"'
    return {
        ProgressReason.CREATED: f'Created new replica set "{replicaset}"',
        ProgressReason.UPDATED: f"{who} is progressing.",
        ProgressReason.AVAILABLE: f"{who} has successfully progressed.",
        ProgressReason.PAUSED: "Deployment is paused",
        ProgressReason.RESUMED: "Deployment is resumed",
        ProgressReason.TIMED_OUT: f"{who} has timed out progressing.",
    }[ProgressReason(condition.reason)]
