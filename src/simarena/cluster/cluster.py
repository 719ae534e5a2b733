"""The Cluster: Kubernetes in virtual time, for everyone who thinks in manifests."""

from __future__ import annotations

import copy
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from simarena.cluster.codes import NONE, Operation
from simarena.cluster.compiler import new_catalogue
from simarena.cluster.config import ClusterConfig
from simarena.cluster.driver import ReplayOptions, end_ms
from simarena.cluster.event_view import list_events
from simarena.cluster.explanation import explain_pod
from simarena.cluster.history import history
from simarena.cluster.journal import Journal
from simarena.cluster.live import LiveWorld
from simarena.cluster.manifests import SUPPORTED_KINDS, ObjectKey, key, normalise
from simarena.cluster.matching import matches_label_selector
from simarena.cluster.naming import generated_name
from simarena.cluster.qos import fill_requests
from simarena.cluster.replay import plan_replay
from simarena.cluster.resources import not_found, resource
from simarena.cluster.tables import Capacities
from simarena.cluster.view import View
from simarena.errors import ConfigError, ManifestError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from simarena.cluster.fields import Fields, Manifest
    from simarena.cluster.history import History
    from simarena.cluster.verdict import Verdict
    from simarena.trace import Trace

Manifests: TypeAlias = "list[Manifest]"
"""What a method beside one called `list` cannot spell."""

_LOG_ROWS = 8_192
_MAX_SECONDS = 10 * 365 * 86_400


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A cluster at one moment; `Cluster.restore` goes back to it, as often as wanted."""

    live: LiveWorld
    stored: dict[ObjectKey, Manifest]


class Cluster:
    """A Kubernetes cluster whose time passes only when told to.

    It has the default scheduler, the Deployment and ReplicaSet controllers, and kubelets that make
    bound pods Ready after a delay. Equal seeds, settings and calls give equal clusters, bit by bit.
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
        self._live = LiveWorld(catalogue, Journal([], []))
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
            self._live.put_node(wanted)
        elif name.kind == "Pod":
            self._apply_pod(wanted)
        elif name.kind in SUPPORTED_KINDS:
            self._apply_workload(wanted)
        else:
            self._live.catalogue.put_surrounding(wanted)
            self._stored[name] = wanted
        return name

    def delete(self, kind: str, name: str, namespace: str = "default") -> None:
        """Delete an object, and what it owns. Raises NotFoundError if it does not exist."""
        self.get(kind, name, namespace)
        catalogue = self._live.catalogue
        if kind == "Node":
            self._live.remove_node(name)
        elif kind == "Pod":
            row = self._view().pod_row(namespace, name)
            self._live.do(Operation.DELETE_POD_ROW, NONE if row is None else row)
        elif (row := catalogue.workload_rows.get((kind, namespace, name))) is not None:
            catalogue.workloads[row].deleted()
            self._live.do(Operation.DELETE_WORKLOAD, row)
        elif kind in SUPPORTED_KINDS:
            message = f"{kind} {namespace}/{name} belongs to a Deployment; delete that instead"
            raise ManifestError(message)
        else:
            stored = self._stored_key(kind, namespace, name)
            catalogue.remove_surrounding(*stored)
            del self._stored[stored]

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
        """Change the labels and annotations of a pod, nothing else: the API refuses the rest."""
        name = key(manifest)
        current = self.get("Pod", name.name, name.namespace)
        wanted = copy.deepcopy(manifest)
        fill_requests(wanted["spec"])
        wanted["spec"].setdefault("nodeName", current["spec"].get("nodeName"))
        if wanted["spec"] != {"nodeName": None, **current["spec"]}:
            message = f"{name}: a pod's spec cannot be changed; delete it and apply it again"
            raise ManifestError(message)
        if all(
            (manifest["metadata"].get(field) or {}) == (current["metadata"].get(field) or {})
            for field in ("labels", "annotations")
        ):
            return
        catalogue = self._live.catalogue
        pod = catalogue.world.pods[row]
        if pod["bare"] == NONE:
            message = f"{name}: its ReplicaSet decides its labels; change the template instead"
            raise ManifestError(message)
        spec = catalogue.templates[pod["template"]].pod["spec"]
        changed = {"metadata": manifest["metadata"], "spec": spec}
        owner = ("Pod", name.namespace, name.name)
        row_of_changed = catalogue.template_row(changed, name.namespace, owner)
        catalogue.world.pods[row]["template"] = row_of_changed

    def _apply_workload(self, manifest: Manifest) -> None:
        catalogue = self._live.catalogue
        spec = catalogue.workload_spec(manifest)
        row = catalogue.workload_row(manifest)
        catalogue.workloads[row].applied(manifest)
        self._live.do(Operation.APPLY_WORKLOAD, row, spec)

    # objects out

    def get(self, kind: str, name: str, namespace: str = "default") -> Manifest:
        """Return an object as the API would. Raises NotFoundError in the API's words."""
        found = self._view().get(kind, namespace, name)
        if found is None:
            found = self._stored.get(self._stored_key(kind, namespace, name))
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
        resource(kind)
        found = list(self._view().all(kind))
        found.extend(manifest for name, manifest in self._stored.items() if name.kind == kind)
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

    def explain(self, pod: Fields) -> Verdict:
        """Return what the scheduler would do with a pod now, and why; nothing changes."""
        wanted = normalise(pod)
        self._name(wanted)
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
        self, trace: Trace, *, duration: int | None = None, speed: float = 1.0
    ) -> tuple[str, ...]:
        """Apply a trace from now on as SimKube's driver does, to its end or for `duration` seconds.

        Returns the objects that could not be simulated, each named once; there is a warning, too.
        Raises ManifestError if an object is malformed; the cluster is then unchanged.
        """
        options = ReplayOptions(duration_s=duration, speed=speed)
        planned = self._live.snapshot()
        left_out = plan_replay(planned.catalogue, trace, options, start_ms=self.now_ms)
        planned.advance_to(self.now_ms + end_ms(trace, options))
        planned.catalogue.clear_timeline()
        self._live = planned
        if left_out:
            warnings.warn(
                f"not simulated: {', '.join(left_out)}", category=UserWarning, stacklevel=2
            )
        return left_out

    def _view(self) -> View:
        return View(self._live.catalogue, self.config)

    def _stored_key(self, kind: str, namespace: str, name: str) -> ObjectKey:
        cluster_wide = ObjectKey(kind, "", name)
        return cluster_wide if cluster_wide in self._stored else ObjectKey(kind, namespace, name)


def _milliseconds(seconds: float) -> int:
    if not 0 <= seconds <= _MAX_SECONDS:
        message = f"seconds must be from 0 to {_MAX_SECONDS}, got {seconds}"
        raise ConfigError(message)
    return round(1_000 * seconds)
