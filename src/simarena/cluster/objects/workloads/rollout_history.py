"""What a Deployment's conditions and annotations tell of its past, read from the journal.

Its controller writes the condition Progressing by what changed since it last looked, and keeps it
where nothing that matters did. So it follows from all that happened, not from what there is: after
a finished rollout, pods may be lost and the number of them changed, and it still says that the
rollout has succeeded (`pkg/controller/deployment/progress.go`).
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from simarena.cluster.codes import NONE, LogKind
from simarena.cluster.objects.workloads.conditions import (
    Condition,
    ProgressReason,
    available,
    progressing,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np

    from simarena.cluster.manifests.workloads.deployment import Rollout
    from simarena.cluster.records import Rows

_SECOND_MS: Final = 1_000


class RolloutSpec(NamedTuple):
    """What of an applied Deployment its conditions depend on."""

    template: int
    replicas: int
    rollout: Rollout
    paused: bool
    min_ready_ms: int

    @property
    def num_needed(self) -> int:
        """How many pods must be available."""
        return self.replicas - self.rollout.bounds(self.replicas)[1]


class _Counts(NamedTuple):
    """What a Deployment's status says of its pods."""

    total: int = 0
    updated: int = 0
    ready: int = 0
    available: int = 0


@dataclass(slots=True)
class _Pod:
    template: int
    ready_ms: int = NONE
    is_active: bool = True


@dataclass(slots=True)
class RolloutHistory:
    """A Deployment followed through the journal. Times are virtual."""

    deadline_ms: int | None
    """Without progress for so long a rollout has failed; None: none ever has."""
    progress: Condition | None = None
    available: Condition | None = None
    revisions: dict[int, list[int]] = field(default_factory=dict)
    """By template: revision numbers that its ReplicaSet had, the present one last."""
    _spec: RolloutSpec | None = None
    _pods: dict[int, _Pod] = field(default_factory=dict)
    _sizes: dict[int, int] = field(default_factory=dict)
    """Wanted pods of each ReplicaSet, by template."""
    _counts: _Counts = field(default_factory=_Counts)
    _due: list[int] = field(default_factory=list)
    """When pods will have been ready for long enough, a heap."""

    def follow(self, log: Rows, deployment: int, spec_of: Callable[[int], RolloutSpec]) -> None:
        """Go through what the log says of the Deployment in a row of workloads."""
        of_workload = (log["kind"] == LogKind.WORKLOAD_APPLIED) | (
            log["kind"] == LogKind.WORKLOAD_DELETED
        )
        mine = (log["owner"] == deployment) | (of_workload & (log["subject"] == deployment))
        for entry in log[mine]:
            time_ms = int(entry["time_ms"])
            self.pass_time(time_ms)
            if self._take(LogKind(int(entry["kind"])), entry, deployment, spec_of):
                self._sync(time_ms)

    def pass_time(self, time_ms: int) -> None:
        """Let pods become available, and rollouts run out of time, up to a moment."""
        while self._due and self._due[0] <= time_ms:
            due_ms = heapq.heappop(self._due)
            self._run_out(due_ms)
            self._sync(due_ms)
        self._run_out(time_ms)

    def _take(
        self,
        kind: LogKind,
        entry: np.void,
        deployment: int,
        spec_of: Callable[[int], RolloutSpec],
    ) -> bool:
        """Change with an entry of the log; say whether the controller would look."""
        uid, template = int(entry["subject"]), int(entry["template"])
        if kind == LogKind.WORKLOAD_APPLIED:
            self._apply(spec_of(int(entry["ordinal"])), int(entry["time_ms"]))
        elif kind == LogKind.WORKLOAD_DELETED and uid == deployment:
            self._forget()
        elif kind == LogKind.WORKLOAD_DELETED:
            self._sizes.pop(template, None)
            self.revisions.pop(template, None)
        elif kind == LogKind.AUTOSCALER_SCALED:
            if self._spec is not None:
                self._spec = self._spec._replace(replicas=int(entry["value"]))
        elif kind == LogKind.WORKLOAD_SCALED:
            if template not in self._sizes:
                self._create(template, int(entry["time_ms"]))
            self._sizes[template] = int(entry["value"])
        elif kind == LogKind.POD_CREATED:
            self._pods[uid] = _Pod(template)
        elif uid in self._pods and kind in _OF_PODS:
            _OF_PODS[kind](self, uid, int(entry["time_ms"]))
        else:
            return False
        return True

    def _forget(self) -> None:
        """Begin anew: the Deployment was deleted."""
        self.progress = self.available = self._spec = None
        self.revisions, self._sizes, self._pods = {}, {}, {}
        self._counts, self._due = _Counts(), []

    # what the controller does about its spec

    def _apply(self, spec: RolloutSpec, time_ms: int) -> None:
        former, self._spec = self._spec, spec
        reason = self.progress.reason if self.progress else None
        if self.deadline_ms is not None and reason != ProgressReason.TIMED_OUT:
            if spec.paused:
                self._tell(ProgressReason.PAUSED, NONE, time_ms)
            elif reason == ProgressReason.PAUSED:
                self._tell(ProgressReason.RESUMED, NONE, time_ms)
        if spec.template in self._sizes:
            if former is None or former.template != spec.template:
                self._number(spec.template)
        elif not spec.paused and not (spec.rollout.recreate and self._has_pods()):
            self._create(spec.template, time_ms)

    def _create(self, template: int, time_ms: int) -> None:
        """Take note of a new ReplicaSet."""
        self._sizes[template] = 0
        self._number(template)
        self._tell(ProgressReason.CREATED, template, time_ms)

    def _number(self, template: int) -> None:
        """Give the ReplicaSet of the newest template the highest revision."""
        others = (each[-1] for other, each in self.revisions.items() if other != template)
        highest = max(others, default=0)
        own = self.revisions.setdefault(template, [])
        if not own or own[-1] < highest + 1:
            own.append(highest + 1)

    def _has_pods(self) -> bool:
        return bool(self._pods) or any(self._sizes.values())

    # what it does about its pods

    def _count(self, time_ms: int) -> _Counts:
        spec = self._spec
        assert spec is not None  # noqa: S101 - only called with one
        pods = [pod for pod in self._pods.values() if pod.is_active]
        ready = [pod for pod in pods if pod.ready_ms != NONE]
        return _Counts(
            total=len(pods),
            updated=sum(pod.template == spec.template for pod in pods),
            ready=len(ready),
            available=sum(pod.ready_ms + spec.min_ready_ms <= time_ms for pod in ready),
        )

    def _sync(self, time_ms: int) -> None:
        """Bring the conditions up to date, as the controller does with each status."""
        spec = self._spec
        if spec is None:
            return
        before, counts = self._counts, self._count(time_ms)
        self._counts = counts
        enough = counts.available >= spec.num_needed
        self.available = available(
            self.available, enough=enough, template=spec.template, time_ms=time_ms
        )
        reason = self.progress.reason if self.progress else None
        if self.deadline_ms is None or spec.paused:
            return
        if reason == ProgressReason.AVAILABLE and counts.total == counts.updated:
            return
        newest = spec.template if spec.template in self._sizes else NONE
        if counts.updated == counts.total == counts.available == spec.replicas:
            self._tell(ProgressReason.AVAILABLE, newest, time_ms)
        elif (
            counts.updated > before.updated
            or counts.total - counts.updated < before.total - before.updated
            or counts.ready > before.ready
            or counts.available > before.available
        ):
            self._tell(ProgressReason.UPDATED, newest, time_ms)

    def _run_out(self, time_ms: int) -> None:
        """Give a rollout up that has made no progress before its deadline."""
        spec, condition = self._spec, self.progress
        if spec is None or condition is None or self.deadline_ms is None or spec.paused:
            return
        if condition.reason in {ProgressReason.AVAILABLE, ProgressReason.TIMED_OUT}:
            return
        whole_ms = condition.updated_ms // _SECOND_MS * _SECOND_MS
        due_ms = whole_ms + self.deadline_ms + _SECOND_MS
        if due_ms <= time_ms:
            newest = spec.template if spec.template in self._sizes else NONE
            self._tell(ProgressReason.TIMED_OUT, newest, due_ms)

    def _tell(self, reason: ProgressReason, template: int, time_ms: int) -> None:
        if self.deadline_ms is not None:
            self.progress = progressing(self.progress, reason, template, time_ms)

    # what happens to a pod

    def _ready(self, uid: int, time_ms: int) -> None:
        self._pods[uid].ready_ms = time_ms
        if self._spec is not None and self._spec.min_ready_ms > 0:
            heapq.heappush(self._due, time_ms + self._spec.min_ready_ms)

    def _unready(self, uid: int, _: int) -> None:
        self._pods[uid].ready_ms = NONE

    def _end(self, uid: int, _: int) -> None:
        self._pods[uid].is_active = False

    def _go(self, uid: int, _: int) -> None:
        del self._pods[uid]


_OF_PODS: Final[Mapping[LogKind, Callable[[RolloutHistory, int, int], None]]] = {
    LogKind.POD_READY: RolloutHistory._ready,  # noqa: SLF001 - its own
    LogKind.POD_UNREADY: RolloutHistory._unready,  # noqa: SLF001
    LogKind.POD_DELETED: RolloutHistory._end,  # noqa: SLF001
    LogKind.POD_COMPLETED: RolloutHistory._end,  # noqa: SLF001
    LogKind.POD_FAILED: RolloutHistory._end,  # noqa: SLF001
    LogKind.POD_GONE: RolloutHistory._go,  # noqa: SLF001
}
