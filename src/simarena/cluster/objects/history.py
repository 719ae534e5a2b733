"""How many pods each workload had and how full each node was, over time, from the journal."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from simarena.cluster.codes import NONE, LogKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simarena.cluster.records import Rows


class PodCounts(NamedTuple):
    """Pods of one workload at one time; finished ones and those being deleted are left out."""

    total: int = 0
    ready: int = 0
    pending: int = 0
    """Not running yet, bound to a node or not."""
    unbound: int = 0
    """Without a node."""


class NodeFill(NamedTuple):
    """What pods ask of one node at one time."""

    cpu_milli: int = 0
    memory_bytes: int = 0
    pods: int = 0


T = TypeVar("T", PodCounts, NodeFill)


@dataclass(slots=True)
class History:
    """Step functions of virtual time: a value holds from its time_ms until the next one's."""

    workloads: dict[tuple[str, int], list[tuple[int, PodCounts]]] = field(default_factory=dict)
    """By ("workload", row) or, for a bare pod, ("pod", row)."""
    nodes: dict[int, list[tuple[int, NodeFill]]] = field(default_factory=dict)
    """By node row."""


_ENDS = frozenset({LogKind.POD_COMPLETED, LogKind.POD_FAILED, LogKind.POD_GONE})
_OF_PODS = _ENDS | {
    LogKind.POD_CREATED,
    LogKind.POD_SCHEDULED,
    LogKind.POD_READY,
    LogKind.POD_UNREADY,
    LogKind.POD_DELETED,
    LogKind.CONTAINERS_STARTED,
}


@dataclass(slots=True)
class _Pod:
    bound: bool = False
    pending: bool = True
    ready: bool = False
    running: bool = False
    counted: bool = True
    node: int = NONE


def history(log: Rows, templates: Rows) -> History:
    """Return what the rows of a log add up to; `templates` says what each pod asks for."""
    result = History()
    pods: dict[int, _Pod] = {}
    for row in log:
        kind = LogKind(int(row["kind"]))
        if kind not in _OF_PODS:
            continue
        uid = int(row["subject"])
        key = ("workload", int(row["owner"])) if row["owner"] != NONE else ("pod", int(row["bare"]))
        pod = pods.setdefault(uid, _Pod())
        time_ms = int(row["time_ms"])
        for change in _changes(kind, pod):
            _add(result.workloads.setdefault(key, []), time_ms, PodCounts(), change)
        template = templates[row["template"]]
        asks = NodeFill(int(template["cpu_milli"]), int(template["memory_bytes"]), 1)
        if kind == LogKind.POD_SCHEDULED:
            pod.node = int(row["node"])
            _add(result.nodes.setdefault(pod.node, []), time_ms, NodeFill(), asks)
        elif kind in _ENDS and pod.node != NONE:
            given_back = NodeFill(*(-value for value in asks))
            _add(result.nodes[pod.node], time_ms, NodeFill(), given_back)
            pod.node = NONE
        if kind == LogKind.POD_GONE:
            del pods[uid]
    return result


def _changes(kind: LogKind, pod: _Pod) -> Iterator[PodCounts]:
    """Yield what an entry changes in the counts, and note it in the pod."""
    if kind == LogKind.POD_CREATED:
        yield PodCounts(total=1, pending=1, unbound=1)
    elif kind == LogKind.POD_SCHEDULED:
        pod.bound = True
        yield PodCounts(unbound=-1)
    elif kind in {LogKind.POD_READY, LogKind.CONTAINERS_STARTED}:
        ready = kind == LogKind.POD_READY
        if pod.counted and (ready or pod.pending):
            yield PodCounts(ready=int(ready), pending=-int(pod.pending))
        pod.ready = pod.ready or ready
        pod.pending = False
    elif kind == LogKind.POD_UNREADY:
        pod.ready = False
        yield PodCounts(ready=-1)
    elif kind in {LogKind.POD_COMPLETED, LogKind.POD_FAILED, LogKind.POD_DELETED} and pod.counted:
        pod.counted = False
        yield PodCounts(
            total=-1,
            ready=-int(pod.ready),
            pending=-int(pod.pending),
            unbound=-int(not pod.bound),
        )


def _add(series: list[tuple[int, T]], time_ms: int, zero: T, change: T) -> None:
    before = series[-1][1] if series else zero
    value = type(zero)(*(a + b for a, b in zip(before, change, strict=True)))
    if series and series[-1][0] == time_ms:
        series[-1] = (time_ms, value)
    else:
        series.append((time_ms, value))
