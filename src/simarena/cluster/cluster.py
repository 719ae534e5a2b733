"""The Cluster: Kubernetes in virtual time, for everyone who thinks in manifests."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from types import NoneType
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

from simarena.checks.bounds import MAX_INT64, check_kind, check_words
from simarena.checks.garbage import without_collection
from simarena.cluster.codes import NONE
from simarena.cluster.config import ClusterConfig
from simarena.cluster.manifests.api_resources import not_found
from simarena.cluster.manifests.check import listed, read
from simarena.cluster.manifests.nodes import Node, read_node
from simarena.cluster.manifests.pods.pod import Pod
from simarena.cluster.messages.clock import virtual_ms
from simarena.cluster.messages.left_out import left_out_text
from simarena.cluster.objects.events import list_events
from simarena.cluster.objects.explanation import explain_pod
from simarena.cluster.objects.history import history
from simarena.cluster.objects.journal import Journal
from simarena.cluster.objects.metrics import usage_samples
from simarena.cluster.objects.pods.container_lives import RunReader
from simarena.cluster.objects.pods.logs import container_log, rendered
from simarena.cluster.operations.admission import admitted
from simarena.cluster.operations.applying import apply_object
from simarena.cluster.operations.cluster_autoscaler import ClusterAutoscaler
from simarena.cluster.operations.deleting import PROPAGATIONS, delete_object
from simarena.cluster.operations.drain import Drains, drains_of, pods_to_drain
from simarena.cluster.operations.evictions import Evictions
from simarena.cluster.operations.live import LiveWorld
from simarena.cluster.operations.names import Objects
from simarena.cluster.operations.node_lifecycle import NodeLifecycle, lifecycle_of
from simarena.cluster.operations.taint_command import change_taints
from simarena.cluster.replay.compile import plan_replay
from simarena.cluster.replay.driver import ReplayOptions, end_ms
from simarena.cluster.replay.memory import check_memory
from simarena.cluster.rows.new_world import new_catalogue
from simarena.cluster.rows.pods import admit
from simarena.cluster.rows.quotas import put_quota
from simarena.cluster.rows.tables import Capacities, copy_world
from simarena.cluster.rows.template_relations import remove_surrounding
from simarena.errors import ConfigError, ManifestError, RefusedError, shown
from simarena.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime
    from typing import Self

    from simarena.cluster.manifests.api_object import ApiObject, ObjectKey
    from simarena.cluster.manifests.fields import Fields, Manifest
    from simarena.cluster.objects.explanation import Verdict
    from simarena.cluster.objects.history import History
    from simarena.cluster.objects.metrics import UsageSample
    from simarena.cluster.objects.pods.container_lives import PodRuns
    from simarena.cluster.objects.view import View
    from simarena.cluster.operations.deleting import Propagation
    from simarena.cluster.operations.live import Controller
    from simarena.cluster.rows.catalogue import Catalogue

Manifests: TypeAlias = "list[Manifest]"
"""What a method beside one called `list` cannot spell."""

FieldValidation: TypeAlias = Literal["strict", "warn", "ignore"]
"""What comes of fields that the API does not know."""

_NEW = "00000"
"""Ends the name of a pod that is only asked about, where the API would make one up."""

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
        begin: datetime | None = None,
    ) -> None:
        """Start a cluster with these Node manifests.

        Virtual time 0 is the beginning of 2026, and where it starts unless `begin` is a later
        moment, of a time zone. What happens does not depend on it, but for CronJobs.
        """
        self.config = ClusterConfig() if config is None else config
        check_kind("config", self.config, ClusterConfig, "a ClusterConfig")
        if type(seed) is not int or not 0 <= seed <= MAX_INT64:
            message = f"seed must be a whole number from 0 to {MAX_INT64}, got {shown(seed)}"
            raise ConfigError(message)
        catalogue = new_catalogue(self.config, seed, Capacities(log=_LOG_ROWS))
        catalogue.world.state[0]["now_ms"] = 0 if begin is None else virtual_ms(begin)
        journal = Journal(max_rows=self.config.max_log_rows)
        live = LiveWorld(catalogue, journal, list(_controllers(self.config)))
        self._objects = Objects(live)
        with without_collection():
            self._start_with([(node, read(node)) for node in listed(nodes, "nodes")])

    def _start_with(self, given: list[tuple[Fields, ApiObject]]) -> None:
        nodes = [read for _, read in given if isinstance(read, Node)]
        if len(nodes) == len(given):
            self._live.put_first_nodes(nodes)
        else:
            for manifest, _ in given:
                self.apply(manifest)

    def __copy__(self) -> Self:
        """Return what `copy.deepcopy` returns: a cluster that goes on apart."""
        return copy.deepcopy(self)

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take over what was copied or unpickled, whose memory may be another's."""
        vars(self).update(state)
        catalogue = self._live.catalogue
        catalogue.world = copy_world(catalogue.world)

    @property
    def _live(self) -> LiveWorld:
        return self._objects.live

    # time

    @property
    def catalogue(self) -> Catalogue:
        """The cluster's tables, and what their rows stand for; to look at, not to change."""
        return self._live.catalogue

    @property
    def view(self) -> View:
        """What lives in the cluster, in names; to look at, not to change."""
        return self._objects.view

    @property
    def now_ms(self) -> int:
        """Virtual milliseconds since the cluster began."""
        return self._live.now_ms

    @property
    def num_events(self) -> int:
        """How many events the cluster has handled: while it stays, no object changes."""
        return int(self._live.catalogue.world.state[0]["num_events"])

    def next_ms(self) -> int | None:
        """Return when something happens next by itself, None if nothing ever does."""
        return self._live.next_ms()

    def advance(self, seconds: float) -> None:
        """Let virtual time pass; what is due happens, also at the last moment."""
        self._live.advance_to(self.now_ms + _milliseconds(seconds))

    def settle(self, limit_seconds: float = 600.0) -> bool:
        """Let time pass until no pod and no workload moves; return False if the limit comes first.

        Pods that wait for room do not count as moving.
        """
        return self._live.settle(self.now_ms + _milliseconds(limit_seconds))

    # objects in

    def apply(
        self,
        manifest: Fields,
        *,
        field_validation: FieldValidation = "strict",
        is_admitted: bool = False,
    ) -> ObjectKey:
        """Create or update an object, as `kubectl apply` does; return its kind, namespace and name.

        Controllers, scheduler and kubelet act on it when time passes. Fields that the API does not
        know are refused ("strict"), left out with a warning ("warn") or without ("ignore"). What
        `is_admitted` comes from an API server, whose admission plugins have seen it already.
        Raises ManifestError if the API would refuse it (ApiRefusalError, in its words), or if it
        cannot be simulated; the cluster is then unchanged.
        """
        unknown = _unknown_fields(field_validation)
        key = apply_object(self._objects, manifest, unknown=unknown, is_admitted=is_admitted)
        _warn_of_fields(unknown, field_validation)
        return key

    def replace(
        self, manifest: Fields, *, field_validation: FieldValidation = "strict"
    ) -> ObjectKey:
        """Create an object, or put all of it in the place of an existing one, as a PUT does.

        Other than with `apply` nothing stays that the API had filled in before. Raises
        ManifestError as that does.
        """
        unknown = _unknown_fields(field_validation)
        key = apply_object(self._objects, manifest, unknown=unknown, replaces=True)
        _warn_of_fields(unknown, field_validation)
        return key

    def dry_run(
        self, manifest: Fields, *, field_validation: FieldValidation = "strict"
    ) -> Manifest:
        """Return an object as the API would keep it, defaults filled in; nothing changes.

        Raises ManifestError as `apply` does, but for what cannot be simulated only.
        """
        unknown = _unknown_fields(field_validation)
        result = admitted(self._objects, manifest, unknown)
        _warn_of_fields(unknown, field_validation)
        return result

    def delete(
        self,
        kind: str,
        name: str,
        namespace: str = "default",
        *,
        propagation: Propagation = "Background",
    ) -> None:
        """Delete an object, and what it owns. Raises NotFoundError if it does not exist.

        With the propagation `Orphan` what it owns stays, without an owner; whatever controller it
        matches may adopt it. With a Namespace goes everything in it.
        """
        check_words(kind=kind, name=name, namespace=namespace)
        if propagation not in PROPAGATIONS:
            message = (
                f"propagation must be one of {', '.join(PROPAGATIONS)}, got {shown(propagation)}"
            )
            raise ConfigError(message)
        delete_object(self._objects, kind, name, namespace, propagation=propagation)

    # nodes, in kubectl's words

    def cordon(self, node: str) -> None:
        """Let no more pods be scheduled to a node. Raises NotFoundError if it does not exist."""
        self._set_unschedulable(node, unschedulable=True)

    def uncordon(self, node: str) -> None:
        """Let pods be scheduled to a node again; a drain of it ends. Raises NotFoundError."""
        self._set_unschedulable(node, unschedulable=False)
        drains_of(self._live).stop(node)

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
            self._objects.view,
            node,
            ignore_daemonsets=ignore_daemonsets,
            force=force,
            delete_emptydir_data=delete_emptydir_data,
        )
        return drains_of(self._live).start(self._live, node, rows, timeout_ms)

    def evict(self, pod: str, namespace: str = "default") -> None:
        """Evict a pod, as the eviction API does. Raises RefusedError if a budget forbids it."""
        self.get("Pod", pod, namespace)
        found = self._objects.view.pod_row(namespace, pod)
        row = NONE if found is None else found
        evictions = Evictions(self._live)
        refusal = evictions.evict(row)
        if refusal:
            raise RefusedError(refusal, evictions.causes(row))

    def taint(self, node: str, *taints: str, overwrite: bool = False) -> None:
        """Change a node's taints: `key=value:Effect` adds one, `key:Effect-` and `key-` remove.

        NoExecute evicts the pods that do not tolerate it, or not for long. Raises ManifestError,
        RefusedError in kubectl's words, and NotFoundError.
        """
        check_words(node=node)
        for taint in taints:
            check_words(taint=taint)
        manifest = lifecycle_of(self._live).plain(self._live, node)
        change_taints(manifest, taints, overwrite=overwrite)
        lifecycle_of(self._live).put(self._live, read_node(manifest))

    def set_node_ready(self, node: str, ready: bool | None) -> None:  # noqa: FBT001 - like a status
        """Let a node's kubelet report that it is ready (True) or not (False), or nothing (None).

        The node lifecycle controller acts on it: at once, or for a silent node after the grace
        period. Raises NotFoundError if there is no such node.
        """
        check_words(node=node)
        check_kind("ready", ready, (bool, NoneType), "True, False or None")
        if ready:
            lifecycle_of(self._live).recover(self._live, node)
        else:
            lifecycle_of(self._live).fail(self._live, node, silent=ready is None)

    def _set_unschedulable(self, node: str, *, unschedulable: bool) -> None:
        check_words(node=node)
        manifest = lifecycle_of(self._live).plain(self._live, node)
        manifest["spec"].pop("unschedulable", None)
        if unschedulable:
            manifest["spec"]["unschedulable"] = True
        lifecycle_of(self._live).put(self._live, read_node(manifest))

    # objects out

    def get(self, kind: str, name: str, namespace: str = "default") -> Manifest:
        """Return an object as the API would. Raises NotFoundError in the API's words."""
        check_words(kind=kind, name=name, namespace=namespace)
        return self._objects.get(kind, name, namespace)

    def list(
        self,
        kind: str,
        namespace: str | None = None,
        selector: Mapping[str, str] | None = None,
    ) -> Manifests:
        """Return all objects of a kind, by namespace and name; None means every namespace.

        `selector` names labels and the values they must have. More than a thousand pods are shared
        with what later calls return: copy one before you change it. Raises NotFoundError if there
        is no such kind.
        """
        check_words(kind=kind)
        check_words(or_none=True, namespace=namespace)
        check_kind("selector", selector, (Mapping, NoneType), "labels and their values, or None")
        return self._objects.list(kind, namespace, selector)

    def events(self, namespace: str | None = None) -> Manifests:
        """Return Event objects, the oldest first; repeated ones are one with a count."""
        check_words(or_none=True, namespace=namespace)
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
        check_words(kind=kind)
        check_words(or_none=True, namespace=namespace)
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
        check_words(pod=pod, namespace=namespace)
        catalogue = self._live.catalogue
        row = self._objects.view.pod_row(namespace, pod)
        if row is None:
            raise not_found(kind="Pod", name=pod)
        lines = container_log(catalogue, row, self._runs(), container, previous=previous)
        return rendered(lines, tail=tail, timestamps=timestamps)

    def _runs(self) -> dict[int, PodRuns]:
        reader = RunReader(self._live.catalogue.templates)
        return reader.read(self._live.journal.table()).pods

    def explain(self, pod: Fields) -> Verdict:
        """Return what the scheduler would do with a pod now, and why; nothing changes.

        Raises ManifestError if the API would refuse the pod, or if it cannot be simulated.
        """
        wanted = read(pod, unknown=[])
        if not isinstance(wanted, Pod):
            message = f"{wanted.key} cannot be explained; give a Pod"
            raise ManifestError(message)
        if not wanted.key.name:
            wanted = wanted.named(f"{wanted.manifest['metadata']['generateName']}{_NEW}")
        return explain_pod(self._live.what_if(), admit(self._live.catalogue, wanted))

    # snapshots

    def snapshot(self) -> Snapshot:
        """Return all there is, so that `restore` can go back to it."""
        return Snapshot(self._live.snapshot(), dict(self._objects.stored))

    def restore(self, saved: Snapshot) -> None:
        """Go back to a snapshot of this cluster; it continues as the original did, bit by bit."""
        check_kind("saved", saved, Snapshot, "what `snapshot` returned")
        self._objects = Objects(saved.live.snapshot(), dict(saved.stored))

    def copy(self) -> Cluster:
        """Return a cluster that goes on as this one does, bit by bit, apart from it."""
        other = Cluster(config=self.config)
        other.restore(self.snapshot())
        return other

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

        Returns what could not be simulated as the trace has it, each named once; there is a
        warning, too. Services, PriorityClasses, Namespaces and PodDisruptionBudgets hold for the
        whole replay.
        Raises ManifestError if an object is malformed; the cluster is then unchanged.
        """
        check_kind("trace", trace, Trace, "a Trace")
        options = ReplayOptions(
            duration_s=duration,
            speed=speed,
            reschedule_interrupted_bare_pods=reschedule_interrupted_bare_pods,
        )
        planned = self._live.snapshot()
        check_memory(trace, len(planned.catalogue.node_rows))
        plan = plan_replay(planned.catalogue, trace, options, start_ms=self.now_ms)
        planned.advance_to(self.now_ms + end_ms(trace, options))
        planned.catalogue.clear_timeline()
        self._objects.live = planned
        self._objects.stored.update(plan.stored)
        for name, manifest in plan.stored.items():
            put_quota(planned.catalogue, name, manifest)
        for name in plan.deleted:
            remove_surrounding(planned.catalogue, name)
            self._objects.stored.pop(name, None)
            put_quota(planned.catalogue, name, None)
        if plan.left_out:
            warnings.warn(left_out_text(plan.left_out), category=UserWarning, stacklevel=2)
        return plan.left_out


def _unknown_fields(field_validation: str) -> list[str] | None:
    """Return a list for fields that the API does not know, None if they are to be refused."""
    if field_validation not in get_args(FieldValidation):
        known = ", ".join(get_args(FieldValidation))
        message = f"field_validation must be one of {known}, got {shown(field_validation)}"
        raise ConfigError(message)
    return None if field_validation == "strict" else []


def _warn_of_fields(unknown: list[str] | None, field_validation: str) -> None:
    """Warn whoever called the method that calls this of the fields that were left out, if asked."""
    if unknown and field_validation == "warn":
        named = ", ".join(f'unknown field "{each}"' for each in unknown)
        warnings.warn(named, category=UserWarning, stacklevel=3)


def _controllers(config: ClusterConfig) -> Iterator[Controller]:
    lifecycle = NodeLifecycle(config.node_lifecycle)
    yield lifecycle
    yield Drains()
    if config.autoscaler is not None:
        yield ClusterAutoscaler(config.autoscaler)


def _milliseconds(seconds: float) -> int:
    if not isinstance(seconds, int | float) or not 0 <= seconds <= _MAX_SECONDS:
        message = f"seconds must be from 0 to {_MAX_SECONDS}, got {shown(seconds)}"
        raise ConfigError(message)
    return round(1_000 * seconds)
