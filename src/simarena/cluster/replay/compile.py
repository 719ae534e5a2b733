"""A trace and a cluster compiled to one World, which replays it in a single call of the kernel."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from simarena.checks.garbage import without_collection
from simarena.cluster.codes import CRON_DELAY_MS, NONE, Operation
from simarena.cluster.config import ClusterConfig
from simarena.cluster.manifests.api_object import ObjectKey
from simarena.cluster.manifests.check import listed, read, read_as
from simarena.cluster.manifests.kinds import STORED_KINDS, SUPPORTED_KINDS
from simarena.cluster.manifests.nodes import Node
from simarena.cluster.manifests.pods.pod import Pod
from simarena.cluster.manifests.workloads.autoscaler import Autoscaler, is_simulated
from simarena.cluster.manifests.workloads.batch import CronJob, is_managed_elsewhere
from simarena.cluster.manifests.workloads.cron_schedule import check_num_runs
from simarena.cluster.manifests.workloads.workload import Workload
from simarena.cluster.replay.custom_kinds import custom_workloads
from simarena.cluster.replay.driver import ReplayOptions, arrivals, end_ms
from simarena.cluster.replay.memory import check_memory
from simarena.cluster.replay.surroundings import traced_surroundings
from simarena.cluster.rows.autoscalers import put_autoscaler
from simarena.cluster.rows.new_world import new_catalogue
from simarena.cluster.rows.nodes import put_nodes
from simarena.cluster.rows.pods import put_bare_pod, put_pod_spec
from simarena.cluster.rows.tables import Capacities
from simarena.cluster.rows.template_relations import put_surroundings
from simarena.cluster.rows.workloads import put_workload, put_workload_spec
from simarena.errors import ApiRefusalError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from simarena.cluster.manifests.fields import Fields, Manifest
    from simarena.cluster.manifests.workloads.cron_schedule import Schedule
    from simarena.cluster.replay.driver import Arrival
    from simarena.cluster.rows.catalogue import Catalogue
    from simarena.trace import Trace

_SPARE_MS = 86_400_000
"""How long after the end of a compiled replay CronJobs still start Jobs."""


@dataclass(frozen=True, slots=True)
class CompiledReplay:
    """A World at the moment before the first event, the whole trace in its timeline."""

    catalogue: Catalogue
    """Its `world` is that start; `workload_rows` tells the row of a workload by (kind, virtual
    namespace, name)."""
    end_ms: int
    """When the replay ends."""
    left_out: tuple[str, ...]
    """What cannot be simulated as the trace has it, each named once."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a replay leaves aside."""

    left_out: tuple[str, ...]
    """What cannot be simulated as the trace has it, each named once."""
    stored: Mapping[ObjectKey, Manifest]
    """Objects that are only kept, and those of custom kinds whose pods are simulated, as they are
    at the end."""
    deleted: tuple[ObjectKey, ...]
    """Objects that hold for the replay, and are not there at its end."""


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
    nodes = listed(nodes, "nodes")
    check_memory(trace, len(nodes))
    catalogue = new_catalogue(config or ClusterConfig(), seed, capacities or Capacities())
    with without_collection():
        put_nodes(catalogue, [read_as(node, Node) for node in nodes])
    last_ms = end_ms(trace, options)
    plan = plan_replay(catalogue, trace, options, until_ms=last_ms + _SPARE_MS)
    return CompiledReplay(catalogue, last_ms, plan.left_out)


def plan_replay(
    catalogue: Catalogue,
    trace: Trace,
    options: ReplayOptions,
    *,
    start_ms: int = 0,
    until_ms: int | None = None,
) -> Plan:
    """Put what the driver would do from `start_ms` on into the timeline.

    CronJobs are due up to `until_ms`, by default the end of the replay. Raises ManifestError if an
    object is malformed. A pod that exists already stays as it is, whatever is applied. Callers
    have found out whether there is memory for it.
    """
    with without_collection():
        planned = list(arrivals(trace, options))
        around = traced_surroundings(planned)
        put_surroundings(catalogue, around.heeded)
        planner = _Planner(catalogue, options, start_ms)
        for arrival in planned:
            planner.take(arrival)
    if until_ms is None:
        until_ms = start_ms + end_ms(trace, options)
    planner.finish(until_ms)
    return Plan(
        left_out=(*planner.left_out, *around.left_out),
        stored={**planner.stored, **{each.key: each.manifest for each in around.stored}},
        deleted=tuple(around.deleted),
    )


class _Former:
    """What is there of an object when a trace applies it again; it has no other say."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self.is_update = False

    def existing(self, manifest: Manifest) -> Manifest | None:
        kind, metadata = manifest["kind"], manifest["metadata"]
        key = kind, metadata.get("namespace") or "", metadata.get("name") or ""
        row = self._catalogue.workload_rows.get(key)
        info = None if row is None else self._catalogue.workloads[row]
        if info is None or not info.generation:
            return None
        self.is_update = True
        return info.read.manifest

    def admit(self, manifest: Manifest, before: Manifest | None) -> None:
        """Change nothing."""

    def check(self, manifest: Manifest, before: Manifest | None) -> None:
        """Refuse nothing."""


@dataclass(slots=True)
class _Planner:
    catalogue: Catalogue
    options: ReplayOptions
    start_ms: int
    left_out: dict[str, None] = field(default_factory=dict)
    stored: dict[ObjectKey, Manifest] = field(default_factory=dict)
    operations: list[tuple[int, Operation, int, int]] = field(default_factory=list)
    schedules: dict[int, tuple[int, Schedule]] = field(default_factory=dict)
    """Of each CronJob that is there, since when."""
    spans: list[tuple[Schedule, int, int]] = field(default_factory=list)
    """All schedules so far, and from when to when each holds."""

    def take(self, arrival: Arrival) -> None:
        """Plan what becomes of an object."""
        manifest = arrival.manifest
        kind = manifest["kind"]
        if arrival.deleted:
            self._delete(arrival)
        elif kind in STORED_KINDS:
            return
        elif self._is_left_out(arrival):
            self.left_out[f"{kind} {manifest['metadata'].get('name')}"] = None
        elif kind in SUPPORTED_KINDS:
            self._take_simulated(arrival)
        else:
            metadata = manifest["metadata"]
            name = ObjectKey(kind, metadata.get("namespace") or "", metadata["name"])
            self.stored[name] = manifest
            for workload in custom_workloads(manifest, arrival.template_paths):
                self._take_workload(arrival, workload)

    def _is_left_out(self, arrival: Arrival) -> bool:
        """Return whether an object is one of those that cannot be simulated."""
        manifest = arrival.manifest
        match manifest["kind"]:
            case "HorizontalPodAutoscaler":
                return not is_simulated(manifest)
            case "Job" | "CronJob":
                return is_managed_elsewhere(manifest)
            case "Node":
                return True
            case kind:
                return kind not in SUPPORTED_KINDS and not arrival.template_paths

    def _take_simulated(self, arrival: Arrival) -> None:
        manifest = arrival.manifest
        unknown: list[str] = []
        admission = _Former(self.catalogue)
        try:
            wanted = read(manifest, unknown=unknown, admission=admission)
        except ApiRefusalError as error:
            if not admission.is_update:
                raise
            name = f"{manifest['kind']} {manifest['metadata']['name']}"
            self.left_out[f"a change of {name}, which the API refuses ({error})"] = None
            return
        for field_name in unknown:
            self.left_out[f"{manifest['kind']} field {field_name}, which the API lacks"] = None
        if isinstance(wanted, Pod):
            self._take_pod(arrival, wanted)
        elif isinstance(wanted, Autoscaler):
            row, former = put_autoscaler(self.catalogue, wanted)
            self._add(arrival, Operation.APPLY_AUTOSCALER, row, former)
        elif isinstance(wanted, Workload):
            self._take_workload(arrival, wanted)

    def _delete(self, arrival: Arrival) -> None:
        """Plan that an object goes, of which only kind and name count; nothing if there is none."""
        metadata = arrival.manifest["metadata"]
        kind, name = arrival.manifest["kind"], metadata["name"]
        namespace = metadata.get("namespace") or ""
        catalogue = self.catalogue
        self.stored.pop(ObjectKey(kind, namespace, name), None)
        if kind == "HorizontalPodAutoscaler":
            row = catalogue.autoscaler_rows.get((namespace, name))
            if row is not None:
                self._add(arrival, Operation.DELETE_AUTOSCALER, row, NONE)
            return
        if kind == "Pod":
            row = catalogue.bare_rows.get((namespace, name))
            if row is not None:
                catalogue.bare[row].deleted()
                self._add(arrival, Operation.DELETE_POD, row, NONE)
            return
        for row in self._rows_of(kind, namespace, name):
            info = catalogue.workloads[row]
            if kind == "CronJob":
                self._run_until(row, self._time_ms(arrival) - 1)
                self.schedules.pop(row, None)
                catalogue.due.pop(row, None)
            info.deleted()
            self._add(arrival, Operation.DELETE_WORKLOAD, row, NONE)

    def _rows_of(self, kind: str, namespace: str, name: str) -> list[int]:
        """Return the rows of an object: one of a workload's, all of the parts of a custom one."""
        rows = self.catalogue.workload_rows
        if kind in SUPPORTED_KINDS:
            return [rows[kind, namespace, name]] if (kind, namespace, name) in rows else []
        return [
            row
            for row, info in self.catalogue.workloads.items()
            if (info.kind, info.namespace, info.name) == (kind, namespace, name)
        ]

    def finish(self, until_ms: int) -> None:
        """Plan when CronJobs are due, and write all of it into the timeline."""
        for row in list(self.schedules):
            self._run_until(row, until_ms)
            self.catalogue.due[row] = until_ms
        for row, (_, schedule) in self.schedules.items():
            due_ms = schedule.after(until_ms - CRON_DELAY_MS)
            self.catalogue.due.pop(row)
            if due_ms is not None:
                self.catalogue.due[row] = due_ms
        self.operations.sort(key=lambda operation: operation[0])
        for operation in self.operations:
            self.catalogue.plan(*operation)

    def _add(self, arrival: Arrival, operation: Operation, subject: int, spec: int) -> None:
        self.operations.append((self._time_ms(arrival), operation, subject, spec))

    def _time_ms(self, arrival: Arrival) -> int:
        return self.start_ms + arrival.time_ms

    def _take_pod(self, arrival: Arrival, wanted: Pod) -> None:
        row = put_bare_pod(self.catalogue, wanted)
        self.catalogue.bare[row].applied(wanted)
        spec = put_pod_spec(
            self.catalogue,
            wanted,
            lifecycles=arrival.lifecycles,
            reschedules=self.options.reschedule_interrupted_bare_pods,
        )
        self._add(arrival, Operation.CREATE_POD, row, spec)

    def _take_workload(self, arrival: Arrival, wanted: Workload) -> None:
        row = put_workload(self.catalogue, wanted)
        info = self.catalogue.workloads[row]
        time_ms = self._time_ms(arrival)
        if isinstance(wanted, CronJob):
            self._run_until(row, time_ms - 1)
            self.schedules.pop(row, None)
            self.catalogue.due.pop(row, None)
        info.applied(wanted)
        due_ms = None
        if isinstance(wanted, CronJob):
            self.schedules[row] = (time_ms, wanted.schedule)
            due_ms = wanted.schedule.latest(time_ms)
        spec = put_workload_spec(
            self.catalogue,
            wanted,
            lifecycles=arrival.lifecycles,
            due_ms=NONE if due_ms is None else due_ms,
        )
        self._add(arrival, Operation.APPLY_WORKLOAD, row, spec)

    def _run_until(self, row: int, until_ms: int) -> None:
        """Plan when a CronJob is due under its present schedule."""
        if row not in self.schedules:
            return
        since_ms, schedule = self.schedules[row]
        self.spans.append((schedule, since_ms, until_ms))
        limit = self.catalogue.config.max_cronjob_runs
        check_num_runs(self.spans, limit, "replay less with a duration")
        for due_ms in schedule.between(since_ms, until_ms - CRON_DELAY_MS):
            operation = (due_ms + CRON_DELAY_MS, Operation.RUN_CRONJOB, row, NONE)
            self.operations.append(operation)
