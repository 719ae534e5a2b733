"""What a replay needs of memory, found out before it begins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from simarena.checks.memory import free_bytes, gibibytes
from simarena.cluster.rows.tables import Capacities, bytes_of
from simarena.errors import SimulationError

if TYPE_CHECKING:
    from simarena.trace import Trace

_READ_BYTES: Final = 16_384
"""What Python takes for an object once it is read, beside its tables."""
_TIMES: Final = 3
"""Lines of the log that every pod has at least."""
_SPARE: Final = 64
_LEAST_LOG: Final = 16_384
_MOST_LOG: Final = 1 << 20
"""The log is read whenever it is full."""


def check_memory(trace: Trace, num_nodes: int) -> None:
    """Raise SimulationError if a replay on so many nodes needs more memory than there is.

    Said is the least that it needs: what is in its nodes and templates decides how much more.
    """
    workloads, pods = _sizes(trace, num_nodes)
    parts = {
        "nodes": (num_nodes, num_nodes * _READ_BYTES + _tables(nodes=num_nodes)),
        "workloads": (
            workloads,
            workloads * _READ_BYTES
            + _tables(workloads=2 * workloads, templates=workloads, specs=workloads),
        ),
        "pods": (
            pods,
            _tables(pods=pods, queue=pods, heap=2 * pods, log=_TIMES * pods),
        ),
    }
    needed = sum(num_bytes for _, num_bytes in parts.values())
    free = free_bytes()
    if needed > free:
        words = ", ".join(
            f"{number:,} {name} × {num_bytes / max(number, 1) / 1024:,.1f} KiB"
            for name, (number, num_bytes) in parts.items()
        )
        message = (
            f"{trace.source}: needs about {gibibytes(needed)}: {words}; {gibibytes(free)} are "
            "free: replay it on fewer nodes, or less of it with a duration"
        )
        raise SimulationError(message)


def rows_needed(trace: Trace, num_nodes: int, max_pods: int) -> Capacities:
    """Return the rows that a replay needs as far as is known before it begins, and a log."""
    workloads, pods = _sizes(trace, num_nodes)
    pods = min(pods, max_pods) + _SPARE
    return Capacities(
        nodes=num_nodes + _SPARE,
        workloads=2 * workloads + _SPARE,
        templates=workloads + _SPARE,
        specs=workloads + _SPARE,
        timeline=workloads + _SPARE,
        pods=pods,
        queue=3 * pods,
        heap=4 * pods,
        log=min(max(2 * _TIMES * pods, _LEAST_LOG), _MOST_LOG),
    )


def _tables(**rows: int) -> int:
    none = dict.fromkeys(("nodes", "templates", "specs", "workloads", "pods", "heap"), 0)
    return bytes_of(Capacities(**{**none, "queue": 0, **rows}))


def _sizes(trace: Trace, num_nodes: int) -> tuple[int, int]:
    """Return how many workloads a trace applies, and how many pods they ask for at most."""
    most: dict[tuple[Any, ...], int] = {}
    for event in trace.events:
        for manifest in event.applied_objs:
            metadata, spec = manifest.get("metadata") or {}, manifest.get("spec") or {}
            key = (manifest.get("kind"), metadata.get("namespace"), metadata.get("name"))
            number = num_nodes if key[0] == "DaemonSet" else _number(spec)
            most[key] = max(most.get(key, 0), number)
    return len(most), sum(most.values())


def _number(spec: object) -> int:
    """Return how many pods a spec asks for; what is no spec is refused by others."""
    given = [spec.get(name) for name in ("replicas", "parallelism")] if type(spec) is dict else []
    return next((number for number in given if type(number) is int and number >= 0), 1)
