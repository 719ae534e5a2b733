"""The node lifecycle controller: nodes that fail are tainted, zone by zone, not all at once."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from simarena.cluster.codes import NONE, NodeFailure, Operation
from simarena.cluster.manifests.nodes import read_node
from simarena.cluster.manifests.pods.taints import NOT_READY, UNREACHABLE
from simarena.cluster.messages.clock import timestamp
from simarena.cluster.messages.control_plane import Happening
from simarena.cluster.objects.identity import Identities
from simarena.cluster.objects.kubelet_events import About, Told
from simarena.cluster.objects.nodes import failed_conditions
from simarena.errors import NotFoundError

if TYPE_CHECKING:
    from simarena.cluster.manifests.fields import Manifest
    from simarena.cluster.manifests.nodes import Node
    from simarena.cluster.node_settings import NodeLifecycleSettings
    from simarena.cluster.operations.live import LiveWorld

_CONTROLLER: Final = "node-controller"
_LEAST_UNHEALTHY = 3

Zone = tuple[str, str]


@dataclass(slots=True)
class _Failure:
    """A node whose kubelet says it is not ready, or says nothing."""

    plain: Manifest
    """The node without what this controller adds."""
    silent: bool
    since_ms: int
    """When that began."""
    known_as: str = ""
    """The taint of what the controller has noticed, which may be an earlier failure; or nothing."""
    noticed_ms: int = 0
    evicts: bool = False
    """The node has the NoExecute taint."""

    @property
    def key(self) -> str:
        """The taint of such a failure."""
        return UNREACHABLE if self.silent else NOT_READY


@dataclass(slots=True)
class NodeLifecycle:
    """Taints nodes that are not ready and takes the taints back.

    Pods of a node that was ready and falls silent are not ready from the moment at which this
    controller notices; those of a node whose kubelet says itself that it is not ready go on. The
    taint that evicts comes at a rate for each zone; while no node anywhere is ready there is none,
    as then it is the control plane that is cut off.
    """

    settings: NodeLifecycleSettings
    failures: dict[str, _Failure] = field(default_factory=dict)
    _queues: dict[Zone, list[str]] = field(default_factory=dict)
    _rates: dict[Zone, float] = field(default_factory=dict)
    _last_ms: dict[Zone, int] = field(default_factory=dict)

    # between calls of the kernel

    def next_ms(self) -> int | None:
        """Return when a silent node counts as unreachable, or the next one is tainted."""
        times = [
            failure.since_ms + self.settings.grace_ms
            for failure in self.failures.values()
            if failure.known_as != failure.key
        ]
        for zone, names in self._queues.items():
            if names and self._rates[zone] > 0:
                times.append(self._allowed_ms(zone))
        return min(times, default=None)

    def run(self, live: LiveWorld) -> None:
        """Notice silent nodes, and taint those whose turn it is."""
        for name, failure in list(self.failures.items()):
            is_due = failure.since_ms + self.settings.grace_ms <= live.now_ms
            if failure.known_as != failure.key and is_due:
                self._notice(live, name)
        for zone, names in self._queues.items():
            while names and self._rates[zone] > 0 and self._allowed_ms(zone) <= live.now_ms:
                name = names.pop(0)
                self._last_ms[zone] = live.now_ms
                self.failures[name].evicts = True
                self._write(live, name)

    def copied(self) -> NodeLifecycle:
        """Return a controller that goes on apart."""
        return NodeLifecycle(
            self.settings,
            {name: replace(failure) for name, failure in self.failures.items()},
            {zone: list(names) for zone, names in self._queues.items()},
            dict(self._rates),
            dict(self._last_ms),
        )

    # what happens to nodes

    def plain(self, live: LiveWorld, name: str) -> Manifest:
        """Return a copy of a node's manifest without what this controller adds to it.

        Raises NotFoundError if there is no such node.
        """
        row = live.catalogue.node_rows.get(name)
        if row is None:
            message = f'nodes "{name}" not found'
            raise NotFoundError(message)
        if name in self.failures:
            return copy.deepcopy(self.failures[name].plain)
        node = live.catalogue.nodes[row]
        return {} if node is None else copy.deepcopy(node.manifest)

    def put(self, live: LiveWorld, node: Node) -> None:
        """Add or change a node; one that failed stays failed."""
        if node.name in self.failures:
            self.failures[node.name].plain = node.manifest
            self._write(live, node.name)
        else:
            live.put_node(node)
        if self.failures:
            self._review(live)

    def remove(self, live: LiveWorld, name: str) -> None:
        """Take a node away."""
        self.failures.pop(name, None)
        live.remove_node(name)
        self._review(live)

    def fail(self, live: LiveWorld, name: str, *, silent: bool) -> None:
        """Let a node's kubelet report that it is not ready or, if silent, nothing any more."""
        before = self.failures.get(name)
        if before is not None and before.silent == silent:
            return
        failure = _Failure(self.plain(live, name), silent, live.now_ms)
        if before is not None:
            failure.known_as, failure.noticed_ms = before.known_as, before.noticed_ms
            failure.evicts = before.evicts
        self.failures[name] = failure
        if silent:
            row = live.catalogue.node_rows[name]
            not_ready = NodeFailure.NOT_READY if failure.known_as else 0
            live.do(Operation.SET_NODE_READY, row, int(NodeFailure.UNREACHABLE | not_ready))
            if self.settings.grace_ms > 0:
                return
        self._notice(live, name)

    def recover(self, live: LiveWorld, name: str) -> None:
        """Let a node's kubelet report that it is ready."""
        manifest = self.plain(live, name)
        failure = self.failures.pop(name, None)
        if failure is None:
            return
        live.put_node(read_node(manifest))
        live.do(Operation.SET_NODE_READY, live.catalogue.node_rows[name], 0)
        if failure.known_as:
            self._tell(live, name, "NodeReady", "kubelet")
        self._review(live)

    def _notice(self, live: LiveWorld, name: str) -> None:
        failure = self.failures[name]
        row = live.catalogue.node_rows[name]
        was_ready = not live.catalogue.world.nodes[row]["not_ready"]
        failure.known_as = failure.key
        failure.noticed_ms = live.now_ms
        if was_ready:
            self._tell(live, name, "NodeNotReady", _CONTROLLER if failure.silent else "kubelet")
        if was_ready and failure.silent:
            self._tell_of_pods(live, row)
        self._write(live, name)
        unreachable = NodeFailure.UNREACHABLE if failure.silent else 0
        live.do(Operation.SET_NODE_READY, row, int(NodeFailure.NOT_READY | unreachable))
        self._review(live)

    def _tell_of_pods(self, live: LiveWorld, row: int) -> None:
        """Say of the ready pods of the node in a row that they no longer are."""
        catalogue = live.catalogue
        names = Identities(catalogue)
        happening = Happening("Warning", "NodeNotReady", "Node is not ready", _CONTROLLER)
        pod_row = int(catalogue.world.nodes[row]["first_pod"])
        while pod_row != NONE:
            pod = catalogue.world.pods[pod_row]
            if pod["ready"] and not pod["deleting"]:
                about = About("Pod", *names.pod_of_row(pod), names.pod_uid(int(pod["uid"])))
                live.journal.notes.append(Told(live.now_ms, about, happening))
            pod_row = int(pod["next_on_node"])

    def _tell(self, live: LiveWorld, name: str, reason: str, component: str) -> None:
        uid = Identities(live.catalogue).node_uid(live.catalogue.node_rows[name])
        happening = Happening("Normal", reason, f"Node {name} status is now: {reason}", component)
        live.journal.notes.append(Told(live.now_ms, About("Node", "", name, uid), happening))

    def _write(self, live: LiveWorld, name: str) -> None:
        """Give the cluster a failed node's manifest, its taints and conditions added."""
        failure = self.failures[name]
        manifest = copy.deepcopy(failure.plain)
        if failure.known_as:
            key = failure.known_as
            taints = [*(manifest["spec"].get("taints") or ()), {"key": key, "effect": "NoSchedule"}]
            if failure.evicts:
                added = timestamp(live.now_ms)
                taints.append({"key": key, "effect": "NoExecute", "timeAdded": added})
            manifest["spec"]["taints"] = taints
            status = dict(manifest.get("status") or {})
            row = live.catalogue.node_rows[name]
            created_ms = live.catalogue.node_created_ms[row]
            status["conditions"] = failed_conditions(
                created_ms, failure.noticed_ms, silent=key == UNREACHABLE
            )
            manifest["status"] = status
        live.put_node(read_node(manifest))

    # zones

    def _allowed_ms(self, zone: Zone) -> int:
        last_ms = self._last_ms.get(zone)
        if last_ms is None:
            return 0
        return last_ms + round(1_000 / self._rates[zone])

    def _review(self, live: LiveWorld) -> None:
        """Queue failed nodes for their taint, at the rate that the state of their zone allows."""
        if not self.failures:
            self._queues = {}
            return
        zones: dict[Zone, list[str]] = {}
        for name, row in live.catalogue.node_rows.items():
            node = live.catalogue.nodes[row]
            zones.setdefault(("", "") if node is None else node.zone, []).append(name)
        failed = {
            zone: [n for n in names if n in self.failures and self.failures[n].known_as]
            for zone, names in zones.items()
        }
        if all(len(failed[zone]) == len(names) for zone, names in zones.items()):
            self._queues = {}
            for names in failed.values():
                for name in names:
                    if self.failures[name].evicts:
                        self.failures[name].evicts = False
                        self._write(live, name)
            return
        for zone, names in zones.items():
            self._rates[zone] = self._rate(len(names), len(failed[zone]))
            queue = [n for n in self._queues.get(zone, ()) if n in failed[zone]]
            queue += [n for n in failed[zone] if n not in queue and not self.failures[n].evicts]
            self._queues[zone] = queue
        self._queues = {zone: self._queues[zone] for zone in zones}
        self.run(live)

    def _rate(self, num_nodes: int, num_failed: int) -> float:
        settings = self.settings
        unhealthy = _LEAST_UNHEALTHY <= num_failed < num_nodes
        if unhealthy and num_failed / num_nodes >= settings.unhealthy_zone:
            if num_nodes > settings.large_cluster:
                return settings.secondary_eviction_rate
            return 0.0
        return settings.eviction_rate


def lifecycle_of(live: LiveWorld) -> NodeLifecycle:
    """Return the node lifecycle controller of a cluster."""
    return next(each for each in live.controllers if isinstance(each, NodeLifecycle))
