"""A trace and a cluster compiled to one World, which replays it in a single call of the kernel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simarena.cluster.codes import NONE, Operation
from simarena.cluster.compiler import new_catalogue
from simarena.cluster.config import ClusterConfig
from simarena.cluster.driver import ReplayOptions, arrivals, end_ms
from simarena.cluster.hpa import is_simulated
from simarena.cluster.manifests import SUPPORTED_KINDS, normalise
from simarena.cluster.tables import Capacities

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simarena.cluster.compiler import Catalogue, ObjectInfo
    from simarena.cluster.fields import Fields, Manifest
    from simarena.trace import Trace

_REPLAYED_KINDS = SUPPORTED_KINDS - {"Node"}
_POD_OPERATIONS = (Operation.CREATE_POD, Operation.DELETE_POD)
_AUTOSCALER_OPERATIONS = (Operation.APPLY_AUTOSCALER, Operation.DELETE_AUTOSCALER)
_WORKLOAD_OPERATIONS = (Operation.APPLY_WORKLOAD, Operation.DELETE_WORKLOAD)


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
    left_out = plan_replay(catalogue, trace, options)
    return CompiledReplay(catalogue, end_ms(trace, options), left_out)


def plan_replay(
    catalogue: Catalogue, trace: Trace, options: ReplayOptions, *, start_ms: int = 0
) -> tuple[str, ...]:
    """Put what the driver would do from `start_ms` on into the timeline.

    Returns the objects that cannot be simulated, each named once. Raises ManifestError if an object
    is malformed. A pod that exists already stays as it is, whatever is applied.
    """
    left_out: dict[str, None] = {}
    for arrival in arrivals(trace, options):
        manifest = arrival.manifest
        if manifest["kind"] not in _REPLAYED_KINDS:
            left_out[f"{manifest['kind']} {manifest['metadata'].get('name')}"] = None
            continue
        if manifest["kind"] == "HorizontalPodAutoscaler" and not is_simulated(manifest):
            left_out[f"{manifest['kind']} {manifest['metadata'].get('name')}"] = None
            continue
        wanted = normalise(manifest)
        time_ms = start_ms + arrival.time_ms
        if wanted["kind"] == "HorizontalPodAutoscaler":
            row, former = catalogue.autoscaler_row(wanted)
            operation = _AUTOSCALER_OPERATIONS[arrival.deleted]
            catalogue.plan(time_ms, operation, former if arrival.deleted else row, former)
            continue
        info, subject = _subject(catalogue, wanted)
        operations = _POD_OPERATIONS if wanted["kind"] == "Pod" else _WORKLOAD_OPERATIONS
        spec = NONE
        if arrival.deleted:
            info.deleted()
        elif wanted["kind"] == "Pod":
            info.applied(wanted)
            run_ms = NONE if arrival.run_ms is None else arrival.run_ms
            spec = catalogue.pod_spec(wanted, run_ms=run_ms)
        else:
            info.applied(wanted)
            spec = catalogue.workload_spec(wanted)
        catalogue.plan(time_ms, operations[arrival.deleted], subject, spec)
    return tuple(left_out)


def _subject(catalogue: Catalogue, manifest: Manifest) -> tuple[ObjectInfo, int]:
    if manifest["kind"] == "Pod":
        row = catalogue.bare_row(manifest)
        return catalogue.bare[row], row
    row = catalogue.workload_row(manifest)
    return catalogue.workloads[row], row
