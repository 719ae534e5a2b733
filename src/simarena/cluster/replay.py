"""A trace and a cluster compiled to one World, which replays it in a single call of the kernel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simarena.cluster.codes import NONE, Operation
from simarena.cluster.compiler import new_catalogue
from simarena.cluster.config import ClusterConfig
from simarena.cluster.driver import ReplayOptions, arrivals, end_ms
from simarena.cluster.manifests import SUPPORTED_KINDS, normalise
from simarena.cluster.tables import Capacities

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simarena.cluster.compiler import Catalogue
    from simarena.cluster.fields import Fields
    from simarena.trace import Trace


@dataclass(frozen=True, slots=True)
class CompiledReplay:
    """A World at the moment before the first event, the whole trace in its timeline."""

    catalogue: Catalogue
    """Its `world` is that start; `workload_rows` tells the row of a workload by (kind, virtual
    namespace, name)."""
    end_ms: int
    """When the replay ends."""
    left_out: tuple[str, ...]
    """Objects of the trace that cannot be simulated."""


def compile_replay(
    trace: Trace,
    nodes: Iterable[Fields],
    *,
    config: ClusterConfig | None = None,
    seed: int = 0,
    options: ReplayOptions | None = None,
    capacities: Capacities | None = None,
) -> CompiledReplay:
    """Compile what SimKube's driver would do with a trace on a cluster of these nodes.

    Raises ManifestError if an object is malformed.
    """
    options = options or ReplayOptions()
    catalogue = new_catalogue(config or ClusterConfig(), seed, capacities or Capacities())
    for node in nodes:
        catalogue.put_node(normalise(node))
    left_out: dict[str, None] = {}
    for arrival in arrivals(trace, options):
        manifest = arrival.manifest
        if manifest["kind"] not in SUPPORTED_KINDS - {"Node"}:
            left_out[f"{manifest['kind']} {manifest['metadata'].get('name')}"] = None
            continue
        wanted = normalise(manifest)
        if wanted["kind"] == "Pod":
            subject = catalogue.bare_row(wanted)
            operation, spec = Operation.DELETE_POD, NONE
            if not arrival.deleted:
                operation = Operation.CREATE_POD
                run_ms = NONE if arrival.run_ms is None else arrival.run_ms
                spec = catalogue.pod_spec(wanted, run_ms=run_ms)
        else:
            subject = catalogue.workload_row(wanted)
            operation, spec = Operation.DELETE_WORKLOAD, NONE
            if not arrival.deleted:
                operation = Operation.APPLY_WORKLOAD
                spec = catalogue.workload_spec(wanted)
        catalogue.plan(arrival.time_ms, operation, subject, spec)
    return CompiledReplay(catalogue, end_ms(trace, options), tuple(left_out))
