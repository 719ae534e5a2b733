"""The Cluster: Kubernetes in virtual time, for everyone who thinks in manifests."""

from __future__ import annotations

import contextlib
import copy
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from simarena.cluster.autoscaler import ClusterAutoscaler
from simarena.cluster.batch_workloads import schedule_of
from simarena.cluster.codes import NONE, Operation
from simarena.cluster.compiler import new_catalogue
from simarena.cluster.config import ClusterConfig
from simarena.cluster.disruption import Evictions
from simarena.cluster.drain import Drains, pods_to_drain
from simarena.cluster.driver import ReplayOptions, end_ms
from simarena.cluster.event_view import list_events
from simarena.cluster.explanation import explain_pod
from simarena.cluster.history import history
from simarena.cluster.journal import Journal
from simarena.cluster.live import LiveWorld
from simarena.cluster.logs import container_log, rendered
from simarena.cluster.manifests import SUPPORTED_KINDS, ObjectKey, key, normalise
from simarena.cluster.matching import matches_label_selector
from simarena.cluster.metrics import usage_samples
from simarena.cluster.naming import generated_name
from simarena.cluster.node_lifecycle import NodeLifecycle
from simarena.cluster.pod_template import deletion_cost
from simarena.cluster.qos import fill_requests
from simarena.cluster.replay import plan_replay
from simarena.cluster.resources import not_found, resource
from simarena.cluster.runs import RunReader
from simarena.cluster.tables import Capacities
from simarena.cluster.taint_command import change_taints
from simarena.cluster.taints import add_default_tolerations
from simarena.cluster.view import View
from simarena.errors import ConfigError, ManifestError, NotFoundError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from simarena.cluster.fields import Fields, Manifest
    from simarena.cluster.history import History
    from simarena.cluster.live import Controller
    from simarena.cluster.metrics import UsageSample
    from simarena.cluster.runs import PodRuns
    from simarena.cluster.verdict import Verdict
    from simarena.trace import Trace

Manifests: TypeAlias = "list[Manifest]"
"""What a method beside one called `list` cannot spell."""
Keys: TypeAlias = "list[ObjectKey]"
Rows: TypeAlias = "list[int]"

_LOG_ROWS = 8_192
_MAX_SECONDS = 10 * 365 * 86_400


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A cluster at one moment; `Cluster.restore` goes back to it, as often as wanted."""

    live: LiveWorld
    stored: dict[ObjectKey, Manifest]


class Cluster:
    """A Kubernetes cluster whose time passes only when told to.

    It has the default scheduler, the controllers of workloads (Deployment, ReplicaSet, StatefulSet,
    DaemonSet, Job, CronJob), and kubelets that make bound pods Ready after a delay. Equal seeds,
    settings and calls give equal clusters, bit by bit.
    """

    def __init__(
        self,
        nodes: Iterable[Fields] = (),
        *,
        config: ClusterConfig | None = None,
        seed: int = 0,
    ) -> None:
        """Start a cluster at virtual time 0 with these Node manifests."""
        self.config = config or ClusterConfig()
        if seed < 0:
            message = f"seed must not be negative, got {seed}"
            raise ConfigError(message)
        catalogue = new_catalogue(self.config, seed, Capacities(log=_LOG_ROWS))
        self._live = LiveWorld(catalogue, Journal([], []), list(_controllers(self.config)))
        self._stored: dict[ObjectKey, Manifest] = {}
        for node in nodes:
            self.apply(node)

    # time

    @property
    def now_ms(self) -> int:
        """Virtual milliseconds since the cluster began."""
        return self._live.now_ms

    def advance(self, seconds: float) -> None:
        """Let virtual time pass; what is due happens, also at the last moment."""
        self._live.advance_to(self.now_ms + _milliseconds(seconds))

    def settle(self, limit_seconds: float = 600.0) -> bool:
        """Let time pass until no pod and no workload moves; return False if the limit comes first.

        Pods that wait for room do not count as moving.
        """
        return self._live.settle(self.now_ms + _milliseconds(limit_seconds))

    # objects in

    def apply(self, manifest: Fields) -> ObjectKey:
        """Create or update an object, as `kubectl apply` does; return its kind, namespace and name.

        Controllers, scheduler and kubelet act on it when time passes. Raises ManifestError if the
        API would refuse it, or if it cannot be simulated; the cluster is then unchanged.
        """
        wanted = normalise(manifest)
        self._name(wanted)
        name = key(wanted)
        if name.kind == "Node":
            self._lifecycle.put(self._live, wanted)
        elif name.kind == "Pod":
            self._live.catalogue.admit(wanted)
            self._apply_pod(wanted)
        elif name.kind == "HorizontalPodAutoscaler":
            row, former = self._live.catalogue.autoscaler_row(wanted)
            self._live.do(Operation.APPLY_AUTOSCALER, row, former)
        elif name.kind in SUPPORTED_KINDS:
            self._apply_workload(_with_replicas(manifest, wanted, self._current_replicas(name)))
        else:
            self._live.catalogue.put_surrounding(wanted)
            self._stored[name] = wanted
        return name

    def delete(self, kind: str, name: str, namespace: str = "default") -> None:
        """Delete an object, and what it owns. Raises NotFoundError if it does not exist.

        With a Namespace goes everything in it.
        """
        if kind == "Namespace" and any(self._keys_in(name)):
            self._delete_namespace(name)
            return
        found = self.get(kind, name, namespace)
        catalogue = self._live.catalogue
        if kind == "Node":
            self._drains.stop(name)
            self._lifecycle.remove(self._live, name)
        elif kind == "HorizontalPodAutoscaler":
            autoscaler = catalogue.autoscaler_rows[namespace, name]
            self._live.do(Operation.DELETE_AUTOSCALER, autoscaler)
        elif kind == "Pod":
            row = self._view().pod_row(namespace, name)
            self._live.do(Operation.DELETE_POD_ROW, NONE if row is None else row)
        elif (row := self._view().workload_row(kind, namespace, name)) is not None:
            if row in catalogue.workloads:
                catalogue.workloads[row].deleted()
            self._live.put_schedule(row, None)
            self._live.do(Operation.DELETE_WORKLOAD, row)
        else:
            stored = self._stored_key(kind, namespace, name)
            catalogue.remove_surrounding(*stored)
            del self._stored[stored]
            for each in self._custom_rows(kind, namespace, name):
                catalogue.workloads[each].deleted()
                self._live.do(Operation.DELETE_WORKLOAD, each)
        self._collect_garbage(found)

    def _delete_namespace(self, namespace: str) -> None:
        for name in self._keys_in(namespace):
            if name.kind != "Pod":
                self.delete(*name[::2], namespace)
        for pod in self.list("Pod", namespace):
            if not pod["metadata"].get("deletionTimestamp"):
                self.delete("Pod", pod["metadata"]["name"], namespace)
        stored = ObjectKey("Namespace", "", namespace)
        if stored in self._stored:
            self._live.catalogue.remove_surrounding(*stored)
            del self._stored[stored]

    def _keys_in(self, namespace: str) -> Keys:
        """Return what a namespace holds, owned objects left out."""
        names = [name for name in self._stored if name.namespace == namespace]
        for kind in sorted(SUPPORTED_KINDS - {"Node"}):
            names.extend(
                key(manifest)
                for manifest in self._view().all(kind)
                if manifest["metadata"]["namespace"] == namespace
                and not manifest["metadata"].get("ownerReferences")
            )
        return names

    def _custom_rows(self, kind: str, namespace: str, name: str) -> Rows:
        return [
            row
            for row, info in self._live.catalogue.workloads.items()
            if (info.kind, info.namespace, info.name) == (kind, namespace, name)
        ]

    def _collect_garbage(self, owner: Manifest) -> None:
        """Delete what only an object that is gone owned, by the references in its metadata."""
        uid = owner["metadata"].get("uid")
        identity = (owner["kind"], owner["metadata"]["name"])
        namespace = owner["metadata"].get("namespace", "")
        candidates = [*self._stored.values()]
        for kind in sorted(SUPPORTED_KINDS - {"Node"}):
            candidates.extend(self._view().all(kind))
        for manifest in candidates:
            metadata = manifest["metadata"]
            references = metadata.get("ownerReferences") or ()
            dead = [
                each
                for each in references
                if each.get("uid") == uid or (uid is None and _identity(each) == identity)
            ]
            same_place = namespace in {"", metadata.get("namespace", "")}
            if not references or len(dead) < len(references) or not same_place:
                continue
            if not metadata.get("deletionTimestamp"):
                with contextlib.suppress(NotFoundError):
                    self.delete(
                        manifest["kind"], metadata["name"], metadata.get("namespace", "default")
                    )

    def _name(self, manifest: Manifest) -> None:
        """Complete `generateName`, as the API does."""
        metadata = manifest["metadata"]
        if not metadata.get("name") and metadata.get("generateName"):
            state = self._live.catalogue.world.state[0]
            metadata["name"] = generated_name(
                metadata["generateName"], int(state["uid_seed"]), int(state["next_uid"])
            )

    def _apply_pod(self, manifest: Manifest) -> None:
        name = key(manifest)
        catalogue = self._live.catalogue
        existing = self._view().pod_row(name.namespace, name.name)
        if existing is not None:
            self._update_pod(existing, manifest)
            return
        spec = catalogue.pod_spec(manifest)
        row = catalogue.bare_row(manifest)
        catalogue.bare[row].applied(manifest)
        self._live.do(Operation.CREATE_POD, row, spec)

    def _update_pod(self, row: int, manifest: Manifest) -> None:
        """Change the labels and annotations of a pod, or take scheduling gates away.

        The API refuses the rest.
        """
        name = key(manifest)
        current = self.get("Pod", name.name, name.namespace)
        wanted = copy.deepcopy(manifest)
        fill_requests(wanted["spec"])
        gates = wanted["spec"].pop("schedulingGates", None) or []
        former_gates = current["spec"].pop("schedulingGates", None) or []
        if any(gate not in former_gates for gate in gates):
            message = f"{name}: scheduling gates can be taken away from a pod, not added"
            raise ManifestError(message)
        if self.config.default_tolerations:
            add_default_tolerations(wanted["spec"])
        wanted["spec"].setdefault("nodeName", current["spec"].get("nodeName"))
        if wanted["spec"] != {"nodeName": None, **current["spec"]}:
            message = f"{name}: a pod's spec cannot be changed; delete it and apply it again"
            raise ManifestError(message)
        if all(
            (manifest["metadata"].get(field) or {}) == (current["metadata"].get(field) or {})
            for field in ("labels", "annotations")
        ) and len(gates) == len(former_gates):
            return
        catalogue = self._live.catalogue
        pod = catalogue.world.pods[row]
        if pod["bare"] == NONE:
            labels = manifest["metadata"].get("labels") or {}
            if labels != (current["metadata"].get("labels") or {}) or gates != former_gates:
                message = f"{name}: its controller decides its labels; change the template instead"
                raise ManifestError(message)
            annotations = manifest["metadata"].get("annotations") or {}
            catalogue.annotations[int(pod["uid"])] = annotations
            pod["deletion_cost"] = deletion_cost(manifest["metadata"])
            return
        spec = {**catalogue.templates[pod["template"]].pod["spec"], "schedulingGates": gates}
        if not gates:
            del spec["schedulingGates"]
        catalogue.change_pod(row, {"metadata": manifest["metadata"], "spec": spec})
        self._live.do(Operation.REPLAN_POD, row)
        if former_gates and not gates:
            self._live.do(Operation.RELEASE_POD, row)

    def _apply_workload(self, manifest: Manifest) -> None:
        catalogue = self._live.catalogue
        due_ms = NONE
        if manifest["kind"] == "CronJob":
            latest_ms = schedule_of(manifest).latest(self.now_ms)
            due_ms = NONE if latest_ms is None else latest_ms
        spec = catalogue.workload_spec(manifest, due_ms=due_ms)
        row = catalogue.workload_row(manifest)
        if not catalogue.world.workloads[row]["present"]:
            catalogue.workloads[row].deleted()
        catalogue.workloads[row].applied(manifest)
        if manifest["kind"] == "CronJob":
            self._live.put_schedule(row, manifest)
        self._live.do(Operation.APPLY_WORKLOAD, row, spec)

    def _current_replicas(self, name: ObjectKey) -> int | None:
        catalogue = self._live.catalogue
        row = catalogue.workload_rows.get((name.kind, name.namespace, name.name))
        if row is None or not catalogue.world.workloads[row]["num_rescaled"]:
            return None
        return int(catalogue.world.workloads[row]["replicas"])

    # nodes, in kubectl's words

    def cordon(self, node: str) -> None:
        """Let no more pods be scheduled to a node. Raises NotFoundError if it does not exist."""
        self._set_unschedulable(node, unschedulable=True)

    def uncordon(self, node: str) -> None:
        """Let pods be scheduled to a node again; a drain of it ends. Raises NotFoundError."""
        self._set_unschedulable(node, unschedulable=False)
        self._drains.stop(node)

    def drain(
        self,
        node: str,
        *,
        ignore_daemonsets: bool = False,
        force: bool = False,
        delete_emptydir_data: bool = False,
        timeout_seconds: float = 0,
    ) -> tuple[str, ...]:
        """Cordon a node and evict its pods; return those that their budgets hold back for now.

        No time passes. As time passes they are tried again every 5 seconds, up to the timeout if
        there is one. Raises RefusedError, in kubectl's words, if pods need one of the flags, and
        NotFoundError; the node is cordoned nevertheless, as by kubectl.
        """
        timeout_ms = _milliseconds(timeout_seconds)
        self.cordon(node)
        rows = pods_to_drain(
            self._live,
            self._view(),
            node,
            ignore_daemonsets=ignore_daemonsets,
            force=force,
            delete_emptydir_data=delete_emptydir_data,
        )
        return self._drains.start(self._live, node, rows, timeout_ms)

    def evict(self, pod: str, namespace: str = "default") -> None:
        """Evict a pod, as the eviction API does. Raises RefusedError if a budget forbids it."""
        self.get("Pod", pod, namespace)
        row = self._view().pod_row(namespace, pod)
        refusal = Evictions(self._live).evict(NONE if row is None else row)
        if refusal:
            raise RefusedError(refusal)

    def taint(self, node: str, *taints: str, overwrite: bool = False) -> None:
        """Change a node's taints: `key=value:Effect` adds one, `key:Effect-` and `key-` remove.

        NoExecute evicts the pods that do not tolerate it, or not for long. Raises ManifestError,
        RefusedError in kubectl's words, and NotFoundError.
        """
        manifest = self._lifecycle.plain(self._live, node)
        change_taints(manifest, taints, overwrite=overwrite)
        self._lifecycle.put(self._live, manifest)

    def set_node_ready(self, node: str, ready: bool | None) -> None:  # noqa: FBT001 - like a status
        """Let a node's kubelet report that it is ready (True) or not (False), or nothing (None).

        The node lifecycle controller acts on it: at once, or for a silent node after the grace
        period. Raises NotFoundError if there is no such node.
        """
        if ready:
            self._lifecycle.recover(self._live, node)
        else:
            self._lifecycle.fail(self._live, node, silent=ready is None)

    def _set_unschedulable(self, node: str, *, unschedulable: bool) -> None:
        manifest = self._lifecycle.plain(self._live, node)
        manifest["spec"].pop("unschedulable", None)
        if unschedulable:
            manifest["spec"]["unschedulable"] = True
        self._lifecycle.put(self._live, manifest)

    @property
    def _lifecycle(self) -> NodeLifecycle:
        return next(each for each in self._live.controllers if isinstance(each, NodeLifecycle))

    @property
    def _drains(self) -> Drains:
        return next(each for each in self._live.controllers if isinstance(each, Drains))

    # objects out

    def get(self, kind: str, name: str, namespace: str = "default") -> Manifest:
        """Return an object as the API would. Raises NotFoundError in the API's words."""
        found = self._view().get(kind, namespace, name)
        if found is None:
            found = self._stored.get(self._stored_key(kind, namespace, name))
            if found is not None and kind == "PodDisruptionBudget":
                return self._view().budget(found)
        if found is None:
            raise not_found(kind, name)
        return copy.deepcopy(found)

    def list(
        self,
        kind: str,
        namespace: str | None = None,
        selector: Mapping[str, str] | None = None,
    ) -> Manifests:
        """Return all objects of a kind, by namespace and name; None means every namespace.

        `selector` names labels and the values they must have. Raises NotFoundError if there is no
        such kind.
        """
        stored = [manifest for name, manifest in self._stored.items() if name.kind == kind]
        if not stored:
            resource(kind)
        if kind == "PodDisruptionBudget":
            stored = [self._view().budget(manifest) for manifest in stored]
        found = [*self._view().all(kind), *stored]
        chosen = [
            manifest
            for manifest in found
            if (namespace is None or manifest["metadata"].get("namespace", "") in {namespace, ""})
            and matches_label_selector(
                {"matchLabels": dict(selector or {})}, manifest["metadata"].get("labels") or {}
            )
        ]
        return sorted(
            copy.deepcopy(chosen),
            key=lambda m: (m["metadata"].get("namespace", ""), m["metadata"]["name"]),
        )

    def events(self, namespace: str | None = None) -> Manifests:
        """Return Event objects, the oldest first; repeated ones are one with a count."""
        return list_events(self._live.catalogue, self._live.journal, namespace)

    def history(self) -> History:
        """Return pods of each workload and use of each node as functions of time."""
        world = self._live.catalogue.world
        return history(self._live.journal.table(), world.templates)

    def metrics(self, kind: str, namespace: str | None = None) -> tuple[UsageSample, ...]:
        """Return what each running Pod, or each Node, uses now, as `kubectl top` shows it.

        Pods come by namespace and name, nodes by name; None means every namespace. Raises
        NotFoundError for another kind.
        """
        return usage_samples(self._live.catalogue, self._runs, kind, namespace)

    def logs(
        self,
        pod: str,
        namespace: str = "default",
        *,
        container: str | None = None,
        tail: int | None = None,
        previous: bool = False,
        timestamps: bool = False,
    ) -> str:
        """Return what a container has written, as `kubectl logs` does: lines that end in a newline.

        The first container is taken if none is named, the last `tail` lines if that is given, the
        container before its last restart if `previous`. Raises NotFoundError if there is no such
        pod, container or log.
        """
        catalogue = self._live.catalogue
        row = self._view().pod_row(namespace, pod)
        if row is None:
            raise not_found(kind="Pod", name=pod)
        lines = container_log(catalogue, row, self._runs(), container, previous=previous)
        return rendered(lines, tail=tail, timestamps=timestamps)

    def _runs(self) -> dict[int, PodRuns]:
        reader = RunReader(self._live.catalogue.templates)
        return reader.read(self._live.journal.table()).pods

    def explain(self, pod: Fields) -> Verdict:
        """Return what the scheduler would do with a pod now, and why; nothing changes."""
        wanted = normalise(pod)
        self._name(wanted)
        self._live.catalogue.admit(wanted)
        return explain_pod(self._live.catalogue, wanted)

    # snapshots

    def snapshot(self) -> Snapshot:
        """Return all there is, so that `restore` can go back to it."""
        return Snapshot(self._live.snapshot(), dict(self._stored))

    def restore(self, saved: Snapshot) -> None:
        """Go back to a snapshot of this cluster; it continues as the original did, bit by bit."""
        self._live = saved.live.snapshot()
        self._stored = dict(saved.stored)

    # traces

    def replay(
        self,
        trace: Trace,
        *,
        duration: int | None = None,
        speed: float = 1.0,
        reschedule_interrupted_bare_pods: bool = False,
    ) -> tuple[str, ...]:
        """Apply a trace from now on as SimKube's driver does, to its end or for `duration` seconds.

        Returns the objects that could not be simulated, each named once; there is a warning, too.
        Raises ManifestError if an object is malformed; the cluster is then unchanged.
        """
        options = ReplayOptions(
            duration_s=duration,
            speed=speed,
            reschedule_interrupted_bare_pods=reschedule_interrupted_bare_pods,
        )
        planned = self._live.snapshot()
        plan = plan_replay(planned.catalogue, trace, options, start_ms=self.now_ms)
        planned.advance_to(self.now_ms + end_ms(trace, options))
        planned.catalogue.clear_timeline()
        self._live = planned
        self._stored.update({key(manifest): manifest for manifest in plan.stored})
        if plan.left_out:
            warnings.warn(
                f"not simulated: {', '.join(plan.left_out)}", category=UserWarning, stacklevel=2
            )
        return plan.left_out

    def _view(self) -> View:
        return View(self._live.catalogue, self.config, self._live.journal)

    def _stored_key(self, kind: str, namespace: str, name: str) -> ObjectKey:
        cluster_wide = ObjectKey(kind, "", name)
        return cluster_wide if cluster_wide in self._stored else ObjectKey(kind, namespace, name)


def _controllers(config: ClusterConfig) -> Iterator[Controller]:
    lifecycle = NodeLifecycle(config.node_lifecycle)
    yield lifecycle
    yield Drains()
    if config.autoscaler is not None:
        yield ClusterAutoscaler(config.autoscaler)


def _with_replicas(given: Fields, wanted: Manifest, current: int | None) -> Manifest:
    """Return a workload as wanted; if it says nothing of replicas an autoscaler's stay."""
    spec = given.get("spec")
    if current is not None and isinstance(spec, Mapping) and spec.get("replicas") is None:
        wanted["spec"]["replicas"] = current
    return wanted


def _milliseconds(seconds: float) -> int:
    if not 0 <= seconds <= _MAX_SECONDS:
        message = f"seconds must be from 0 to {_MAX_SECONDS}, got {seconds}"
        raise ConfigError(message)
    return round(1_000 * seconds)


def _identity(reference: Fields) -> tuple[object, object]:
    return reference.get("kind"), reference.get("name")
