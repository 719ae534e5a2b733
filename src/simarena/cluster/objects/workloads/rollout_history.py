"""What a Deployment's conditions and annotations tell of its past, read from the journal."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from simarena.cluster.codes import NONE, LogKind

if TYPE_CHECKING:
    import numpy as np

    from simarena.cluster.records import Rows


@dataclass(slots=True)
class RolloutHistory:
    """What became of one Deployment. Times are virtual."""

    progress_ms: int = NONE
    """When its rollout last made progress."""
    available_ms: int = NONE
    """When it last became, or ceased to be, available."""
    available: bool = False
    revisions: dict[int, list[int]] = field(default_factory=dict)
    """By template: revision numbers that its ReplicaSet had, the present one last."""


def rollout_history(log: Rows, deployment: int, template: int, enough: int) -> RolloutHistory:
    """Return the history of the Deployment in a row, whose newest template is `template`.

    It is available while at least `enough` pods are ready.
    """
    history = RolloutHistory()
    applied, num_ready, ready = NONE, 0, set[int]()
    mine = (log["owner"] == deployment) | (
        (log["kind"] == LogKind.WORKLOAD_APPLIED) & (log["subject"] == deployment)
    )
    for row in log[mine]:
        kind, time_ms = LogKind(int(row["kind"])), int(row["time_ms"])
        if kind == LogKind.WORKLOAD_APPLIED:
            if history.available_ms == NONE:
                history.available_ms = history.progress_ms = time_ms
            if int(row["template"]) != applied:
                applied = int(row["template"])
                highest = max((each[-1] for each in history.revisions.values()), default=0)
                history.revisions.setdefault(applied, []).append(highest + 1)
        elif kind == LogKind.POD_READY:
            ready.add(int(row["subject"]))
        elif kind in _ENDS:
            ready.discard(int(row["subject"]))
        if _is_progress(kind, row, template):
            history.progress_ms = time_ms
        if len(ready) != num_ready:
            num_ready = len(ready)
            if (num_ready >= enough) != history.available:
                history.available = not history.available
                history.available_ms = time_ms
    return history


_ENDS = frozenset(
    {
        LogKind.POD_UNREADY,
        LogKind.POD_DELETED,
        LogKind.POD_COMPLETED,
        LogKind.POD_FAILED,
        LogKind.POD_GONE,
    }
)


def _is_progress(kind: LogKind, row: np.void, template: int) -> bool:
    """Return whether the Deployment controller counts an entry as progress of the rollout."""
    if kind in {LogKind.WORKLOAD_SCALED, LogKind.POD_READY}:
        return True
    newest = int(row["template"]) == template
    return (kind == LogKind.POD_CREATED and newest) or (kind == LogKind.POD_DELETED and not newest)
