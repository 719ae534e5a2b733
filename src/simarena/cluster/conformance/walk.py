"""What a recording would show of a Deployment at each moment of a simulation."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from simarena.cluster.codes import NONE, LogKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np

    from simarena.cluster.records import Rows


class State(NamedTuple):
    """What can be seen of a Deployment at one moment."""

    total: int
    ready: int
    pending: int
    unbound: int
    replicasets: tuple[int, ...]
    """Wanted pods of each ReplicaSet that has or wants pods, by revision."""


@dataclass(slots=True)
class _Pod:
    template: int
    bound: bool = False
    ready: bool = False
    deleted: bool = False


@dataclass(slots=True)
class Walk:
    """A Deployment followed through the log."""

    pods: dict[int, _Pod] = field(default_factory=dict)
    """By uid; those being deleted still count until they are gone."""
    sizes: dict[int, int] = field(default_factory=dict)
    """Wanted pods of each template's ReplicaSet, by revision."""
    listed: set[int] = field(default_factory=set)
    """Templates whose ReplicaSets had or wanted pods at some time since the last edit."""
    applied: int = NONE
    """Template that was applied last."""

    def state(self) -> State:
        """Return what there is now."""
        pods = self.pods.values()
        ready = sum(pod.ready for pod in pods)
        has_pods = {pod.template for pod in pods}
        return State(
            total=len(pods),
            ready=ready,
            pending=len(pods) - ready,
            unbound=sum(not pod.bound for pod in pods),
            replicasets=tuple(
                size for template, size in self.sizes.items() if size > 0 or template in has_pods
            ),
        )

    def begin(self) -> None:
        """Take note that the statuses of all ReplicaSets are up to date: an edit comes."""
        self.listed = {pod.template for pod in self.pods.values()}
        self.listed.update(template for template, size in self.sizes.items() if size > 0)

    def shows(self, recorded: State) -> bool:
        """Return whether a recording made now may show a state.

        A pod that is being deleted is there until its node lets go of it, and ready or no longer.
        Which ReplicaSets have pods a recording takes from their statuses, which follow later: one
        that wants none any more is listed for some time after its last pod began to end.
        """
        pods = self.pods.values()
        ready = sum(pod.ready for pod in pods)
        ending = sum(pod.ready and pod.deleted for pod in pods)
        return (
            recorded.total == len(pods)
            and ready - ending <= recorded.ready <= ready
            and recorded.pending == recorded.total - recorded.ready
            and recorded.unbound == sum(not pod.bound for pod in pods)
            and self._lists(recorded.replicasets)
        )

    def _lists(self, recorded: tuple[int, ...]) -> bool:
        staying = {pod.template for pod in self.pods.values() if not pod.deleted}
        rest = list(recorded)
        for template, size in self.sizes.items():
            if size > 0 or template in staying:
                if not rest or rest.pop(0) != size:
                    return False
            elif template in self.listed and rest and rest[0] == 0:
                rest.pop(0)
        return not rest

    def follow(self, log: Rows) -> Iterator[None]:
        """Change with each entry of the log, and yield after each that can be seen."""
        for entry in log:
            kind = LogKind(int(entry["kind"]))
            if kind == LogKind.WORKLOAD_SCALED and self.applied in self.sizes:
                self.sizes[self.applied] = self.sizes.pop(self.applied)  # a rollback's new revision
                yield
            if self._take(kind, entry):
                yield

    def _take(self, kind: LogKind, entry: np.void) -> bool:
        uid, template = int(entry["subject"]), int(entry["template"])
        if kind == LogKind.WORKLOAD_APPLIED:
            self.applied = template
        elif kind == LogKind.WORKLOAD_SCALED:
            self.sizes[template] = int(entry["value"])
            self.listed.add(template)
        elif kind == LogKind.WORKLOAD_DELETED:
            self.sizes.pop(template, None)
        elif kind == LogKind.POD_CREATED:
            self.pods[uid] = _Pod(template)
        elif kind == LogKind.POD_SCHEDULED:
            self.pods[uid].bound = True
        elif kind == LogKind.POD_READY:
            self.pods[uid].ready = True
        elif kind == LogKind.POD_DELETED:
            self.pods[uid].deleted = True
        elif kind == LogKind.POD_GONE:
            del self.pods[uid]
        else:
            return False
        return True

    def copy(self) -> Walk:
        """Return a walk that goes on apart."""
        pods = {
            uid: _Pod(pod.template, pod.bound, pod.ready, pod.deleted)
            for uid, pod in self.pods.items()
        }
        return Walk(pods, dict(self.sizes), set(self.listed), self.applied)
