"""A trace replayed from its start: what became of its workloads and nodes, in names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from simarena.checks.garbage import without_collection
from simarena.cluster.config import ClusterConfig
from simarena.cluster.manifests.check import listed
from simarena.cluster.messages.control_plane import diagnosis_text
from simarena.cluster.objects.history import NodeFill, PodCounts, history
from simarena.cluster.objects.journal import Journal
from simarena.cluster.objects.steps import no_steps, sum_of
from simarena.cluster.operations.live import LiveWorld
from simarena.cluster.replay.compile import compile_replay
from simarena.cluster.replay.memory import rows_needed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simarena.cluster.manifests.fields import Fields
    from simarena.cluster.objects.steps import Steps
    from simarena.cluster.replay.compile import CompiledReplay
    from simarena.cluster.replay.driver import ReplayOptions
    from simarena.cluster.rows.catalogue import Catalogue
    from simarena.trace import Trace


class Wait(NamedTuple):
    """Why pods could not be scheduled, in the scheduler's words."""

    message: str
    num_pods: int
    """Pods that were told so."""
    first_ms: int


@dataclass(frozen=True, slots=True)
class NodeHistory:
    """What pods asked of one node over time, and what it has."""

    cpu_milli: int
    memory_bytes: int
    max_pods: int
    fills: Steps[NodeFill]
    """Each holds from its time_ms on; nothing is asked before the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What a replay came to. Times are milliseconds since its start."""

    end_ms: int
    workloads: dict[str, Steps[PodCounts]]
    """By kind, namespace and name; each count holds from its time_ms on, there are no pods before
    the first."""
    nodes: dict[str, NodeHistory]
    waits: tuple[Wait, ...]
    """Most pods first."""
    left_out: tuple[str, ...]
    """What cannot be simulated as the trace has it, each named once."""

    def pods(self) -> Steps[PodCounts]:
        """Return the counts of all workloads together."""
        return sum_of(PodCounts, self.workloads.values())

    def to_json(self) -> dict[str, Any]:
        """Return all of it as plain values: columns `time_ms`, `total`, ... in place of rows."""
        return {
            "end_ms": self.end_ms,
            "workloads": {name: _columns(steps) for name, steps in self.workloads.items()},
            "nodes": {
                name: {
                    "cpu_milli": node.cpu_milli,
                    "memory_bytes": node.memory_bytes,
                    "max_pods": node.max_pods,
                    "asked": _columns(node.fills),
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
    config = config or ClusterConfig()
    with without_collection():
        nodes = listed(nodes, "nodes")
        compiled = compile_replay(
            trace,
            nodes,
            config=config,
            seed=seed,
            options=options,
            capacities=rows_needed(trace, len(nodes), config.max_pods),
        )
        live = LiveWorld(compiled.catalogue, Journal([], []))
        live.advance_to(compiled.end_ms)
        return _told(compiled, live)


def _told(compiled: CompiledReplay, live: LiveWorld) -> Replayed:
    catalogue = live.catalogue
    told = history(live.journal.table(), catalogue.world.templates)
    steps = {_name(catalogue, *key): counts for key, counts in told.workloads.items()}
    applied = [_name(catalogue, "workload", row) for row in catalogue.workloads]
    bare = [_name(catalogue, "pod", row) for row in range(len(catalogue.bare))]
    never, empty = no_steps(PodCounts), no_steps(NodeFill)
    nodes = catalogue.world.nodes
    cpu, memory, most = (nodes[name].tolist() for name in ("cpu_milli", "memory_bytes", "max_pods"))
    return Replayed(
        end_ms=compiled.end_ms,
        workloads={name: steps.get(name, never) for name in (*applied, *bare)},
        nodes={
            name: NodeHistory(cpu[row], memory[row], most[row], told.nodes.get(row, empty))
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


def _columns(steps: Steps[PodCounts] | Steps[NodeFill]) -> dict[str, list[int]]:
    columns = {"time_ms": steps.times_ms.tolist()}
    for column, name in enumerate(steps.kind._fields):
        columns[name] = steps.values[:, column].tolist()
    return columns
