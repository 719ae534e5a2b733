"""How many pods each workload had and how full each node was, over time, from the journal."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from simarena.cluster.codes import NONE, LogKind
from simarena.cluster.objects.steps import Steps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

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


@dataclass(slots=True)
class History:
    """Step functions of virtual time: a value holds from its time_ms until the next one's."""

    workloads: dict[tuple[str, int], Steps[PodCounts]] = field(default_factory=dict)
    """By ("workload", row) or, for a bare pod, ("pod", row)."""
    nodes: dict[int, Steps[NodeFill]] = field(default_factory=dict)
    """By node row."""


_STARTS = (LogKind.POD_READY, LogKind.CONTAINERS_STARTED)
_LEAVES = (LogKind.POD_COMPLETED, LogKind.POD_FAILED, LogKind.POD_DELETED)
"""Its workload counts it no longer."""
_ENDS = (LogKind.POD_COMPLETED, LogKind.POD_FAILED, LogKind.POD_GONE)
"""It gives its node back what it asked for."""
_TOLD = (LogKind.POD_CREATED, LogKind.POD_SCHEDULED, LogKind.POD_UNREADY, *_STARTS, *_LEAVES)


def history(log: Rows, templates: Rows) -> History:
    """Return what the rows of a log add up to; `templates` says what each pod asks for."""
    rows = log[np.isin(log["kind"], (*_TOLD, LogKind.POD_GONE))]
    lives = _Lives.of(rows)
    changed, changes = _workload_changes(lives)
    owner, bare = rows["owner"][changed].astype(np.int64), rows["bare"][changed].astype(np.int64)
    of_workload = owner != NONE
    code = np.where(of_workload, 2 * owner, 2 * bare + 1)
    workloads = {
        ("pod" if number % 2 else "workload", number // 2): Steps(PodCounts, times_ms, sums)
        for number, times_ms, sums in _series(code, rows["time_ms"][changed], changes)
    }
    filled, nodes, sign = _node_changes(lives)
    asked = templates[rows["template"][filled]]
    asks = np.stack([asked["cpu_milli"], asked["memory_bytes"], np.ones_like(sign)], axis=1)
    fills = _series(nodes, rows["time_ms"][filled], sign[:, None] * asks)
    return History(
        workloads,
        {node: Steps(NodeFill, times_ms, sums) for node, times_ms, sums in fills},
    )


@dataclass(frozen=True, slots=True)
class _Lives:
    """Rows of a log, each pod's one after the other."""

    order: NDArray[np.int64]
    """Rows of the log."""
    kinds: NDArray[np.int32]
    nodes: NDArray[np.int32]
    first: NDArray[np.int64]
    """Of each, where its pod's begin."""

    @classmethod
    def of(cls, rows: Rows) -> _Lives:
        """Return the lives of the pods that a log is about."""
        order = np.argsort(rows["subject"], kind="stable")
        pods = rows["subject"][order]
        places = np.arange(len(order))
        begins = np.append(len(order) > 0, pods[1:] != pods[:-1])[: len(order)]
        first = np.maximum.accumulate(np.where(begins, places, 0))
        return cls(order, rows["kind"][order], rows["node"][order], first)

    def last(self, *kinds: LogKind) -> NDArray[np.int64]:
        """Return where, before each row, the last of these kinds is in its pod's life; or NONE."""
        places = np.where(np.isin(self.kinds, kinds), np.arange(len(self.kinds)), NONE)
        before = np.append(NONE, np.maximum.accumulate(places))[: len(places)]
        return np.where(before >= self.first, before, NONE)


def _workload_changes(lives: _Lives) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows that change the counts of a workload, in order, and by how much."""
    kinds = lives.kinds
    counted = lives.last(*_LEAVES) == NONE
    pending = lives.last(*_STARTS) == NONE
    unbound = lives.last(LogKind.POD_SCHEDULED) == NONE
    turned = lives.last(LogKind.POD_READY, LogKind.POD_UNREADY)
    ready = (turned != NONE) & (kinds[turned] == LogKind.POD_READY)
    gets_ready = kinds == LogKind.POD_READY
    starts = np.isin(kinds, _STARTS) & counted & (gets_ready | pending)
    leaves = np.isin(kinds, _LEAVES) & counted
    created = kinds == LogKind.POD_CREATED
    scheduled = kinds == LogKind.POD_SCHEDULED
    unready = kinds == LogKind.POD_UNREADY
    changes = np.zeros((len(kinds), len(PodCounts._fields)), np.int64)
    changes[:, 0] = created * 1 - leaves
    changes[:, 1] = (starts & gets_ready) * 1 - unready - (leaves & ready)
    changes[:, 2] = created * 1 - (starts & pending) - (leaves & pending)
    changes[:, 3] = created * 1 - scheduled - (leaves & unbound)
    places = np.flatnonzero(created | scheduled | starts | unready | leaves)
    places = places[np.argsort(lives.order[places])]
    return lives.order[places], changes[places]


def _node_changes(
    lives: _Lives,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows that change what is asked of nodes, in order, the nodes, and 1 or -1."""
    placed = lives.last(LogKind.POD_SCHEDULED, *_ENDS)
    comes = lives.kinds == LogKind.POD_SCHEDULED
    on_node = (placed != NONE) & (lives.kinds[placed] == LogKind.POD_SCHEDULED)
    goes = np.isin(lives.kinds, _ENDS) & on_node
    nodes = np.where(comes, lives.nodes, lives.nodes[placed]).astype(np.int64)
    places = np.flatnonzero(comes | goes)
    places = places[np.argsort(lives.order[places])]
    return lives.order[places], nodes[places], np.where(comes, 1, -1)[places]


def _series(
    keys: NDArray[np.int64], times_ms: NDArray[np.int64], changes: NDArray[np.int64]
) -> Iterator[tuple[int, NDArray[np.int64], NDArray[np.int64]]]:
    """Yield each key, in order of appearance, the times at which its sums change, and the sums."""
    if not len(keys):
        return
    order = np.argsort(keys, kind="stable")
    keys, times_ms = keys[order], times_ms[order]
    sums = np.cumsum(changes[order], axis=0)
    begins = np.flatnonzero(np.append(True, keys[1:] != keys[:-1]))
    ends = np.append(begins[1:], len(keys))
    before = np.where(begins[:, None] > 0, sums[begins - 1], 0)
    sums -= np.repeat(before, ends - begins, axis=0)
    is_last = np.append((keys[1:] != keys[:-1]) | (times_ms[1:] != times_ms[:-1]), True)
    kept = np.append(0, np.cumsum(is_last))
    times_ms, sums = times_ms[is_last], sums[is_last]
    groups = np.argsort(order[begins])
    spans = (keys[begins], kept[begins], kept[ends])
    for key, first, end in zip(*(each[groups].tolist() for each in spans), strict=True):
        yield key, times_ms[first:end], sums[first:end]
