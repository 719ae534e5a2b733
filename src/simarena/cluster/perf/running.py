"""A workload of scheduler_perf run on a cluster in virtual time, and what came of it."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from simarena.cluster.codes import NONE, Operation, Phase
from simarena.cluster.config import ClusterConfig
from simarena.cluster.manifests.check import read, read_as
from simarena.cluster.manifests.fields import copied
from simarena.cluster.manifests.nodes import Node
from simarena.cluster.manifests.pods.pod import Pod
from simarena.cluster.objects.journal import Journal
from simarena.cluster.operations.applying import apply_object
from simarena.cluster.operations.deleting import delete_object
from simarena.cluster.operations.drain import Drains
from simarena.cluster.operations.live import LiveWorld
from simarena.cluster.operations.many_pods import create_pods
from simarena.cluster.operations.names import Objects
from simarena.cluster.operations.node_lifecycle import NodeLifecycle
from simarena.cluster.perf.placement import placement_faults
from simarena.cluster.perf.reading import UnsupportedError, is_counted, template_objects
from simarena.cluster.rows.new_world import new_catalogue
from simarena.cluster.rows.tables import Capacities
from simarena.errors import ManifestError, SimulationError, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from simarena.cluster.manifests.fields import Manifest
    from simarena.cluster.perf.reading import PerfWorkload, Step

_CONFIG: Final = ClusterConfig(max_log_rows=100_000, scheduler_qps=0)
_STEP_MS: Final = 1_000
_LIMIT_MS: Final = 3_600_000
"""Pods that are not bound after so long never will be."""
_MOST_SLEEP_MS: Final = 366 * 86_400_000
_LOG_ROWS: Final = 65_536
_NODE: Final[Manifest] = {
    "apiVersion": "v1",
    "kind": "Node",
    "metadata": {"generateName": "scheduler-perf-"},
    "status": {"capacity": {"cpu": "4", "memory": "32Gi", "pods": "110"}},
}
_NAMESPACE: Final[Manifest] = {"apiVersion": "v1", "kind": "Namespace"}
_POD: Final[Manifest] = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"generateName": "pod-"},
    "spec": {
        "containers": [
            {
                "name": "pause",
                "image": "pause",
                "resources": {"requests": {"cpu": "100m", "memory": "500Mi"}},
            }
        ]
    },
}
"""What is created where a workload names no file."""
_DURATION: Final = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)(ms|s|m|h)")
_UNITS_MS: Final = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000}
_UNHEEDED: Final = ("resourceClaims", "schedulingGroup", "workloadRef")
"""Fields of pods that decide where they go, and are not simulated."""
_PLAIN_VOLUMES: Final = frozenset(
    {"name", "configMap", "downwardAPI", "emptyDir", "projected", "secret"}
)
"""Volumes that every node can have."""


@dataclass(frozen=True, slots=True)
class PerfResult:
    """What came of a workload."""

    num_pods: int
    """Pods that were measured."""
    seconds: float
    """From before the first of them was created to when all were bound, by the clock."""
    faults: tuple[str, ...] = ()
    """What is wrong with where the pods are at the end."""

    @property
    def rate(self) -> float:
        """Pods a second."""
        return self.num_pods / self.seconds if self.seconds > 0 else 0.0


def run_workload(
    workload: PerfWorkload, clock: Callable[[], float] = time.perf_counter
) -> PerfResult:
    """Run a workload. Raises UnsupportedError if an object of it cannot be simulated."""
    catalogue = new_catalogue(_CONFIG, 0, Capacities(log=_LOG_ROWS))
    journal = Journal(max_rows=_CONFIG.max_log_rows)
    live = LiveWorld(catalogue, journal, [NodeLifecycle(_CONFIG.node_lifecycle), Drains()])
    run = _Run(Objects(live), live, clock)
    for step in workload.steps:
        run.take(step)
    return PerfResult(run.num_measured, run.seconds, tuple(placement_faults(live.catalogue)))


@dataclass(slots=True)
class _Repeated:
    """Something that is done again and again while others go on."""

    interval_ms: float
    act: Callable[[], bool]
    """Does it once; returns whether it is to be done again."""
    due_ms: float


@dataclass(slots=True)
class _Run:
    objects: Objects
    live: LiveWorld
    clock: Callable[[], float]
    num_measured: int = 0
    seconds: float = 0.0
    num_namespaces: int = 0
    num_nodes: int = 0
    num_named: int = 0
    repeated: list[_Repeated] = field(default_factory=list)
    models: dict[tuple[int, str | None], tuple[Manifest, Pod]] = field(default_factory=dict)
    """Pods that others are made like, by the identity of their template, which is held on to."""

    def take(self, step: Step) -> None:
        """Carry out one operation."""
        try:
            getattr(self, f"_{_snake(step.opcode)}")(step)
        except ManifestError as error:
            raise UnsupportedError(str(error)) from error

    # operations

    def _create_nodes(self, step: Step) -> None:
        path = step.fields.get("nodeTemplatePath")
        labelled = step.fields.get("labelNodePrepareStrategy") or {}
        unique = step.fields.get("uniqueNodeLabelStrategy") or {}
        values = labelled.get("labelValues") or [labelled.get("labelValue", "")]
        nodes = []
        for row, template in enumerate(_templates(_NODE, path, step.count())):
            manifest = _measured(copied(template))
            metadata = manifest.setdefault("metadata", {})
            prefix = metadata.pop("generateName", "scheduler-perf-")
            metadata.setdefault("name", f"{prefix}{self.num_nodes + row}")
            labels = metadata.setdefault("labels", {})
            labels.setdefault("kubernetes.io/hostname", metadata["name"])
            if labelled:
                labels[labelled["labelKey"]] = values[row % len(values)]
            if unique:
                labels[unique["labelKey"]] = f"{metadata['name']}-{row}"
            nodes.append(manifest)
        self.num_nodes += len(nodes)
        self.live.put_first_nodes([read_as(node, Node) for node in nodes])

    def _create_namespaces(self, step: Step) -> None:
        path = step.fields.get("namespaceTemplatePath")
        template = _NAMESPACE if path is None else template_objects(path)[0]
        for number in range(step.count()):
            manifest = copied(template)
            name = f"{step.fields['prefix']}-{number}"
            manifest["metadata"] = {**(manifest.get("metadata") or {}), "name": name}
            apply_object(self.objects, manifest)

    def _create_any(self, step: Step) -> None:
        number = step.count()
        for index in range(number):
            words = {"Index": index, "Count": number}
            for manifest in template_objects(step.fields["templatePath"], words):
                self._apply(manifest, step.fields.get("namespace"))

    def _create_pods(self, step: Step, namespace: str | None = None) -> None:
        namespace = namespace or step.fields.get("namespace") or self._next_namespace()
        path = step.fields.get("podTemplatePath")
        number = step.count()
        templates = _templates(_POD, path, number)
        is_one = path is None or not is_counted(path)
        before = self.clock()
        created = [
            self._create(template, namespace, number if is_one else 1)
            for template in (templates[:1] if is_one else templates)
        ]
        rows = np.concatenate([np.arange(each.start, each.stop) for each in created])
        if not step.fields.get("skipWaitToCompletion"):
            self._await(lambda: self._num_waiting(rows) == 0)
        if step.fields.get("collectMetrics"):
            self.seconds += self.clock() - before
            self.num_measured += len(rows)

    def _create_pod_sets(self, step: Step) -> None:
        prefix = step.fields["namespacePrefix"]
        for number in range(step.count()):
            self._create_pods(step.fields["createPodsOp"], f"{prefix}-{number}")

    def _delete_pods(self, step: Step) -> None:
        rate = step.fields.get("deletePodsPerSecond") or 0
        left = self._bare_in(step.fields["namespace"])
        left.reverse()

        def delete() -> bool:
            if left:
                self.live.do(Operation.DELETE_POD, left.pop())
            return bool(left)

        if rate == 0:
            while delete():
                pass
            return
        self._repeat(1_000 / rate, delete)
        if not step.fields.get("skipWaitToCompletion"):
            self._await(lambda: not left)

    def _churn(self, step: Step) -> None:
        namespace = step.fields.get("namespace") or self._next_namespace()
        templates = [template_objects(path)[0] for path in step.fields["templatePaths"]]
        most = step.fields.get("number") or 0
        recreates = step.fields.get("mode") == "recreate"
        cycles: list[list[Manifest]] = []
        creating = [True]

        def churn() -> bool:
            if creating[0]:
                cycles.append([self._apply(template, namespace) for template in templates])
            else:
                for manifest in cycles.pop(0):
                    metadata = manifest["metadata"]
                    delete_object(self.objects, manifest["kind"], metadata["name"], namespace)
            if recreates:
                full, empty = len(cycles) >= most, not cycles
                creating[0] = (creating[0] and not full) or empty
                return True
            return most == 0 or len(cycles) < most

        self._repeat(step.fields.get("intervalMilliseconds") or 500, churn)

    def _barrier(self, step: Step) -> None:
        wanted = step.fields.get("namespaces") or ()
        attempted = step.fields.get("stageRequirement") == "Attempted"

        def done() -> bool:
            rows = np.array(self._pods_in(wanted), np.int64)
            return self._num_waiting(rows, attempted=attempted) == 0

        self._await(done)

    def _sleep(self, step: Step) -> None:
        text = str(step.fields.get("duration"))
        ms = sum(float(number) * _UNITS_MS[unit] for number, unit in _DURATION.findall(text))
        if ms > _MOST_SLEEP_MS:
            message = f"sleep of {text}, more than a year"
            raise UnsupportedError(message)
        self._advance(ms)

    # what they are made of

    def _next_namespace(self) -> str:
        name = f"namespace-{self.num_namespaces}"
        self.num_namespaces += 1
        return name

    def _apply(self, template: Manifest, namespace: str | None) -> Manifest:
        """Apply a copy of an object, its generated name completed; return it."""
        manifest: Manifest = copied(template)
        metadata = manifest.setdefault("metadata", {})
        if namespace:
            metadata["namespace"] = namespace
        if "generateName" in metadata:
            metadata["name"] = f"{metadata.pop('generateName')}{self.num_named}"
            self.num_named += 1
        if manifest.get("kind") == "Pod":
            create_pods(self.live, self._model(template, manifest), (metadata["name"],))
        else:
            apply_object(self.objects, _measured(manifest))
        return manifest

    def _model(self, template: Manifest, manifest: Manifest) -> Pod:
        """Return what was read of the first pod of a template in a namespace."""
        key = id(template), manifest["metadata"].get("namespace")
        if key not in self.models:
            _check_pod(manifest)
            self.models[key] = (template, _read_pod(manifest))
        return self.models[key][1]

    def _create(self, template: Manifest, namespace: str, number: int) -> range:
        """Create so many pods at once; return the rows of bare pods."""
        _check_pod(template)
        manifest = copied(template)
        metadata = manifest.setdefault("metadata", {})
        prefix = metadata.pop("generateName", None) or f"{metadata.get('name', 'pod')}-"
        metadata.update(name=f"{prefix}0", namespace=namespace)
        wanted = _read_pod(manifest)
        first = self.num_named
        self.num_named += number
        names = [f"{prefix}{first + each}" for each in range(number)]
        rows = create_pods(self.live, wanted, names)
        self.live.advance_to(self.live.now_ms)  # else nobody waits, as nobody is there yet
        return rows

    def _repeat(self, interval_ms: float, act: Callable[[], bool]) -> None:
        self.repeated.append(_Repeated(interval_ms, act, self.live.now_ms + interval_ms))

    def _advance(self, ms: float) -> None:
        """Let virtual time pass; what is repeated is done at its times."""
        end_ms = self.live.now_ms + round(ms)
        while True:
            due = min(self.repeated, key=lambda each: each.due_ms, default=None)
            stop_ms = end_ms if due is None else min(end_ms, round(due.due_ms))
            self.live.advance_to(max(stop_ms, self.live.now_ms))
            if due is None or due.due_ms > end_ms:
                return
            due.due_ms += due.interval_ms
            if not due.act():
                self.repeated.remove(due)

    def _await(self, done: Callable[[], bool]) -> None:
        begin_ms = self.live.now_ms
        while not done():
            if self.live.now_ms - begin_ms > _LIMIT_MS:
                message = "pods still wait after an hour of virtual time"
                raise SimulationError(message)
            self._advance(_STEP_MS)

    def _num_waiting(self, bare_rows: NDArray[np.int64], *, attempted: bool = False) -> int:
        """Return how many of some pods are there and have no node; or were not even tried."""
        world = self.live.catalogue.world
        rows = world.bare["pod"][bare_rows]
        pods = world.pods
        rows = rows[rows != NONE]
        rows = rows[pods["node"][rows] == NONE]
        waiting = pods["phase"][rows] == Phase.PENDING
        if attempted:
            gated = world.templates["gated"][pods["template"][rows]] != 0
            waiting &= (pods["num_attempts"][rows] == 0) & ~gated
        return int(waiting.sum())

    def _pods_in(self, namespaces: Sequence[str]) -> list[int]:
        """Return the rows of all pods in these namespaces, or in all if none is named."""
        bare = self.live.catalogue.bare
        return [
            row for row, info in enumerate(bare) if not namespaces or info.namespace in namespaces
        ]

    def _bare_in(self, namespace: str) -> list[int]:
        world = self.live.catalogue.world
        return [row for row in self._pods_in((namespace,)) if world.bare[row]["pod"] != NONE]


def _templates(default: Manifest, path: Path | None, number: int) -> list[Manifest]:
    """Return what so many objects are made from: the same for all, unless a file counts them."""
    if path is None:
        return [default] * number
    if not is_counted(path):
        return [template_objects(path)[0]] * number
    words = ({"Index": index, "Count": number} for index in range(number))
    return [template_objects(path, each)[0] for each in words]


def _measured(manifest: Manifest) -> Manifest:
    """Return an object, a node with CPUs and memory: one that names none has none for pods."""
    if manifest.get("kind") != "Node":
        return manifest
    status = manifest.get("status") or {}
    capacity = {"cpu": "0", "memory": "0", **(status.get("capacity") or {})}
    return {**manifest, "status": {**status, "capacity": capacity}}


def _read_pod(manifest: Manifest) -> Pod:
    """Return a pod as it is created where nobody looks at its priority, as scheduler_perf asks."""
    wanted = read(manifest)
    if not isinstance(wanted, Pod):
        message = f"kind {manifest['kind']} of createPods"
        raise UnsupportedError(message)
    return wanted


def _check_pod(manifest: Manifest) -> None:
    """Raise UnsupportedError if a pod asks for what decides where it goes and is not simulated."""
    spec, metadata = _fields(manifest.get("spec")), _fields(manifest.get("metadata"))
    for name in _UNHEEDED:
        if spec.get(name):
            message = f"pods with {name}"
            raise UnsupportedError(message)
    volumes = spec.get("volumes")
    for volume in volumes if isinstance(volumes, list) else ():
        for kind in sorted(map(str, _fields(volume).keys() - _PLAIN_VOLUMES)):
            message = f"volumes of kind {shown(kind)}"
            raise UnsupportedError(message)
    if metadata.get("finalizers"):
        message = "pods with finalizers"
        raise UnsupportedError(message)
    if spec.get("schedulerName") not in (None, "", "default-scheduler"):
        message = f"scheduler {shown(spec['schedulerName'])}"
        raise UnsupportedError(message)


def _fields(value: object) -> Manifest:
    """Return a map as it is; of what is none, which the door will refuse, nothing."""
    return value if isinstance(value, dict) else {}


def _snake(opcode: str) -> str:
    return re.sub(r"[A-Z]", lambda letter: f"_{letter[0].lower()}", opcode)
