"""The lives of containers, read from the journal: when each began, became ready and ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from simarena.cluster.codes import NONE, Exit, LogKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np

    from simarena.cluster.rows.catalogue import TemplateInfo


@dataclass(slots=True)
class Run:
    """One life of a container. Times are virtual; NONE where it has not happened."""

    attempt: int
    """Restarts before it."""
    started_ms: int
    ready_ms: int = NONE
    stopping_ms: int = NONE
    """When it was told to stop, because its pod is being deleted."""
    ended_ms: int = NONE
    exit: Exit = Exit.NONE


@dataclass(slots=True)
class PodRuns:
    """All lives of the containers of one pod."""

    template: int
    """Row of its template."""
    containers: list[list[Run]] = field(default_factory=list)
    """By container, the latest last."""

    def open_runs(self) -> list[Run]:
        """Return the lives that go on."""
        return [runs[-1] for runs in self.containers if runs and runs[-1].ended_ms == NONE]


_STARTS = frozenset({LogKind.CONTAINERS_STARTED, LogKind.POD_READY})
_OF_RUNS = _STARTS | {
    LogKind.CONTAINERS_ENDED,
    LogKind.POD_DELETED,
    LogKind.POD_COMPLETED,
    LogKind.POD_FAILED,
    LogKind.POD_GONE,
}


@dataclass(slots=True)
class RunReader:
    """Puts the lives of containers together, entry by entry of the log."""

    templates: list[TemplateInfo]
    pods: dict[int, PodRuns] = field(default_factory=dict)
    """By number of the pod."""

    def read(self, entries: Iterable[np.void]) -> RunReader:
        """Take note of entries in order; return this reader."""
        for entry in entries:
            self.note(entry)
        return self

    def note(self, entry: np.void) -> None:
        """Take note of an entry."""
        kind = LogKind(int(entry["kind"]))
        if kind not in _OF_RUNS:
            return
        number = int(entry["subject"])
        pod = self.pods.get(number)
        if pod is None:
            if kind not in _STARTS:
                return
            template = int(entry["template"])
            count = len(self.templates[template].pod["spec"]["containers"])
            pod = self.pods[number] = PodRuns(template, [[] for _ in range(count)])
        _note(pod, kind, entry)


def _note(pod: PodRuns, kind: LogKind, entry: np.void) -> None:
    time_ms, value, other = int(entry["time_ms"]), int(entry["value"]), int(entry["other"])
    if kind == LogKind.CONTAINERS_STARTED:
        chosen = pod.containers if other == NONE else [pod.containers[other]]
        for runs in chosen:
            runs.append(Run(value, time_ms))
    elif kind == LogKind.POD_READY:
        if not any(pod.containers):  # KWOK's pods start and are ready at once
            pod.containers = [[Run(0, time_ms)] for _ in pod.containers]
        for run in pod.open_runs():
            run.ready_ms = time_ms if run.ready_ms == NONE else run.ready_ms
    elif kind == LogKind.CONTAINERS_ENDED:
        ended = pod.open_runs() if other == NONE else [pod.containers[other][-1]]
        _end(ended, time_ms, Exit(value))
    elif kind == LogKind.POD_DELETED:
        for run in pod.open_runs():
            run.stopping_ms = time_ms
    else:
        exit_ = Exit.BY_ITSELF if kind == LogKind.POD_COMPLETED else Exit.KILLED
        _end(pod.open_runs(), time_ms, exit_)


def _end(runs: list[Run], time_ms: int, reason: Exit) -> None:
    for run in runs:
        run.ended_ms = time_ms
        run.exit = reason
