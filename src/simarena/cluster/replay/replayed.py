"""A trace replayed from its start: what became of its workloads and nodes, in names."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from simarena.cluster.messages.control_plane import diagnosis_text
from simarena.cluster.objects.history import NodeFill, PodCounts, history
from simarena.cluster.objects.journal import Journal
from simarena.cluster.operations.live import LiveWorld
from simarena.cluster.replay.compile import compile_replay
from simarena.cluster.rows.tables import Capacities

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from simarena.cluster.config import ClusterConfig
    from simarena.cluster.manifests.fields import Fields
    from simarena.cluster.replay.driver import ReplayOptions
    from simarena.cluster.rows.catalogue import Catalogue
    from simarena.trace import Trace

_LOG_ROWS = 16_384


class Wait(NamedTuple):
    """Why pods could not be scheduled, in the scheduler's words."""

    message: str
    num_pods: int
    """Pods that were told so."""
    first_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeHistory:
    """What pods asked of one node over time, and what it has."""

    cpu_milli: int
    memory_bytes: int
    max_pods: int
    fills: list[tuple[int, NodeFill]] = field(default_factory=list)
    """Each holds from its time_ms on; nothing is asked before the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What a replay came to. Times are milliseconds since its start."""

    end_ms: int
    workloads: dict[str, list[tuple[int, PodCounts]]]
    """By kind, namespace and name; each count holds from its time_ms on, there are no pods before
    the first."""
    nodes: dict[str, NodeHistory]
    waits: tuple[Wait, ...]
    """Most pods first."""
    left_out: tuple[str, ...]
    """What cannot be simulated as the trace has it, each named once."""

    def pods(self) -> list[tuple[int, PodCounts]]:
        """Return the counts of all workloads together."""
        changes: dict[int, list[int]] = {}
        for series in self.workloads.values():
            before = PodCounts()
            for time_ms, counts in series:
                sums = changes.setdefault(time_ms, [0] * len(counts))
                for column, (old, new) in enumerate(zip(before, counts, strict=True)):
                    sums[column] += new - old
                before = counts
        result = []
        total = PodCounts()
        for time_ms in sorted(changes):
            total = PodCounts(*(a + b for a, b in zip(total, changes[time_ms], strict=True)))
            result.append((time_ms, total))
        return result

    def to_json(self) -> dict[str, Any]:
        """Return all of it as plain values: columns `time_ms`, `total`, ... in place of rows."""
        return {
            "end_ms": self.end_ms,
            "workloads": {
                name: _columns(PodCounts, series) for name, series in self.workloads.items()
            },
            "nodes": {
                name: {
                    "cpu_milli": node.cpu_milli,
                    "memory_bytes": node.memory_bytes,
                    "max_pods": node.max_pods,
                    "asked": _columns(NodeFill, node.fills),
                }
                for name, node in self.nodes.items()
            },
            "waits": [wait._asdict() for wait in self.waits],
            "left_out": list(self.left_out),
        }


def replay_trace(
    trace: Trace,
    nodes: Iterable[Fields],
    *,
    options: ReplayOptions | None = None,
    config: ClusterConfig | None = None,
    seed: int = 0,
) -> Replayed:
    """Replay a trace on a cluster of these nodes, as SimKube's driver does.

    Raises ManifestError if an object or a node is malformed.
    """
    compiled = compile_replay(
        trace,
        nodes,
        config=config,
        seed=seed,
        options=options,
        capacities=Capacities(log=_LOG_ROWS),
    )
    live = LiveWorld(compiled.catalogue, Journal([], []))
    live.advance_to(compiled.end_ms)
    catalogue = live.catalogue
    told = history(live.journal.table(), catalogue.world.templates)
    series = {_name(catalogue, *key): counts for key, counts in told.workloads.items()}
    applied = [_name(catalogue, "workload", row) for row in catalogue.workloads]
    bare = [_name(catalogue, "pod", row) for row in range(len(catalogue.bare))]
    return Replayed(
        end_ms=compiled.end_ms,
        workloads={name: series.get(name, []) for name in (*applied, *bare)},
        nodes={
            name: NodeHistory(
                cpu_milli=int(catalogue.world.nodes[row]["cpu_milli"]),
                memory_bytes=int(catalogue.world.nodes[row]["memory_bytes"]),
                max_pods=int(catalogue.world.nodes[row]["max_pods"]),
                fills=told.nodes.get(row, []),
            )
            for name, row in catalogue.node_rows.items()
        },
        waits=_waits(catalogue, live.journal),
        left_out=compiled.left_out,
    )


def _name(catalogue: Catalogue, kind: str, row: int) -> str:
    info = catalogue.bare[row] if kind == "pod" else catalogue.workloads[row]
    return f"{info.kind} {info.namespace}/{info.name}"


def _waits(catalogue: Catalogue, journal: Journal) -> tuple[Wait, ...]:
    messages: dict[bytes, str] = {}
    first_ms: dict[str, int] = {}
    pods: dict[str, set[int]] = {}
    for row, counts in zip(*journal.failures(), strict=True):
        key = counts.tobytes()
        if key not in messages:
            messages[key] = diagnosis_text(counts.tolist(), tuple(catalogue.extended))
        message = messages[key]
        first_ms.setdefault(message, int(row["time_ms"]))
        pods.setdefault(message, set()).add(int(row["subject"]))
    waits = [Wait(message, len(told), first_ms[message]) for message, told in pods.items()]
    return tuple(sorted(waits, key=lambda wait: (-wait.num_pods, wait.first_ms)))


def _columns(
    kind: type[PodCounts | NodeFill], series: Sequence[tuple[int, PodCounts | NodeFill]]
) -> dict[str, list[int]]:
    columns = {"time_ms": [time_ms for time_ms, _ in series]}
    for column, name in enumerate(kind._fields):
        columns[name] = [values[column] for _, values in series]
    return columns
