"""What acts in the simulated cluster, as clients of the store: scheduler, controllers, kubelets.

What clients write is written to the cluster; what the cluster then makes of it shows in the store
after time has passed, and only what has changed since is looked at.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from simarena.apiserver.store.kept import Place
from simarena.cluster.codes import NONE
from simarena.cluster.manifests.admission.plugins import NEW_NODE_TAINT
from simarena.cluster.manifests.kinds import STORED_KINDS, SUPPORTED_KINDS
from simarena.cluster.messages.clock import timestamp
from simarena.errors import ManifestError, NotFoundError, RefusedError
from simarena.trace.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from simarena.apiserver.resources.resource import Resource
    from simarena.apiserver.store.store import ObjectStore
    from simarena.cluster import Cluster
    from simarena.cluster.manifests.fields import Manifest
    from simarena.cluster.records import Rows

_KNOWN: Final = SUPPORTED_KINDS | STORED_KINDS
_AMOUNTS: Final = ("allocatable", "capacity")
_UID_LABELS: Final = ("controller-uid", "batch.kubernetes.io/controller-uid")


@dataclass(slots=True)
class Table:
    """Rows of the World as they were last seen, and which object each was."""

    rows: bytes = b""
    places: dict[int, tuple[str, Place, str]] = field(default_factory=dict)
    """Collection, place and the cluster's uid, by row."""

    def changed(self, rows: Rows) -> NDArray[np.int64]:
        """Return which rows are other than they were, and take note of how they are now."""
        now = rows.tobytes()
        size = rows.dtype.itemsize
        before, self.rows = self.rows, now
        common = min(len(before), len(now)) // size
        one = np.frombuffer(before, np.uint8, common * size).reshape(common, size)
        other = np.frombuffer(now, np.uint8, common * size).reshape(common, size)
        differing = np.flatnonzero((one != other).any(axis=1))
        return np.concatenate([differing, np.arange(common, len(rows))])


class Actors:
    """The cluster behind a store."""

    def __init__(self, cluster: Cluster, store: ObjectStore) -> None:
        self.cluster = cluster
        self._store = store
        self._tables = {name: Table() for name in ("pods", "workloads", "nodes", "autoscalers")}
        self._seen: dict[tuple[str, Place], Manifest] = {}
        """How the cluster last told of an object."""
        self._uids: dict[str, str] = {}
        """Uids that the API gave, by those that the cluster gave to the same objects."""
        self._nodes: list[object] = []
        """What the cluster had read of each node."""
        self._told: dict[Place, tuple[Any, Any]] = {}
        """How often each event was told, and when last."""
        self._told_at = (-1, -1)

    # what clients write

    def written(self, resource: Resource, manifest: Manifest) -> str:
        """Tell the cluster of an object that was created or changed.

        Returns why the cluster cannot simulate it, or nothing.
        """
        if not _is_known(resource):
            return ""
        try:
            key = self.cluster.apply(desired(manifest))
        except ManifestError as error:
            return str(error)
        place = Place(key.namespace, key.name)
        if resource.kind in SUPPORTED_KINDS and (resource.collection, place) not in self._seen:
            found = self.cluster.get(resource.kind, key.name, key.namespace or "default")
            self._uids[found["metadata"].get("uid", "")] = manifest["metadata"]["uid"]
            self._seen[resource.collection, place] = {**_as_asked(found, manifest), "status": {}}
        return ""

    def deleted(self, resource: Resource, place: Place) -> None:
        """Let the cluster delete an object, and with time what it owns."""
        if not _is_known(resource):
            return
        try:
            self.cluster.delete(resource.kind, place.name, place.namespace or "default")
        except NotFoundError:
            return

    def evicted(self, place: Place) -> None:
        """Let the cluster evict a pod whose budget has let it go."""
        try:
            self.cluster.evict(place.name, place.namespace)
        except (NotFoundError, RefusedError):
            return

    def forget(self, collection: str, place: Place) -> None:
        """Let go of what is known of an object that is there no more."""
        self._seen.pop((collection, place), None)

    def holds(self, collection: str, place: Place) -> bool:
        """Return whether the cluster has such an object, and decides how it fares."""
        return (collection, place) in self._seen

    # what the cluster does

    def pull(self) -> list[tuple[str, Place]]:
        """Bring into the store what has changed in the cluster; return what is gone from it."""
        gone: list[tuple[str, Place]] = []
        owners = self._pull_pods(gone)
        self._pull_workloads(owners, gone)
        self._pull_nodes(gone)
        self._pull_autoscalers(gone)
        return gone

    def _pull_pods(self, gone: list[tuple[str, Place]]) -> set[int]:
        world = self.cluster.catalogue.world
        rows = world.pods[: int(world.state[0]["num_pods"])]
        view = self.cluster.view
        owners: set[int] = set()
        for row in self._tables["pods"].changed(rows).tolist():
            pod = rows[row]
            if int(pod["owner"]) != NONE:
                owners.add(int(pod["owner"]))
            manifest = view.pod(row) if pod["present"] else None
            self._take("pods", row, manifest, gone)
        return owners

    def _pull_workloads(self, owners: set[int], gone: list[tuple[str, Place]]) -> None:
        world = self.cluster.catalogue.world
        rows = world.workloads
        changed = {*self._tables["workloads"].changed(rows).tolist(), *owners}
        for row in tuple(changed):
            above = int(rows[row]["owner"]) if rows[row]["present"] else NONE
            if above != NONE:
                changed.add(above)
        view = self.cluster.view
        for row in sorted(changed):
            self._take("workloads", row, view.workload(row), gone)

    def _pull_nodes(self, gone: list[tuple[str, Place]]) -> None:
        catalogue = self.cluster.catalogue
        present = set(catalogue.node_rows.values())
        changed = set(self._tables["nodes"].changed(catalogue.world.nodes).tolist())
        nodes, self._nodes = self._nodes, list(catalogue.nodes)
        for row, node in enumerate(self._nodes):
            if row >= len(nodes) or nodes[row] is not node:
                changed.add(row)
        view = self.cluster.view
        for row in sorted(changed):
            self._take("nodes", row, view.node(row) if row in present else None, gone)

    def _pull_autoscalers(self, gone: list[tuple[str, Place]]) -> None:
        rows = self.cluster.catalogue.world.autoscalers
        view = self.cluster.view
        for row in self._tables["autoscalers"].changed(rows).tolist():
            manifest = view.autoscaler(row) if rows[row]["present"] else None
            self._take("autoscalers", row, manifest, gone)

    def _take(
        self, table: str, row: int, manifest: Manifest | None, gone: list[tuple[str, Place]]
    ) -> None:
        """Bring the object in a row into the store; what was in that row before may be gone."""
        places = self._tables[table].places
        known = places.get(row)
        if manifest is None:
            if known is not None:
                del places[row]
                self._leave(known[0], known[1], gone)
            return
        collection = KINDS[manifest["kind"]].resource
        metadata = manifest["metadata"]
        place = Place(metadata.get("namespace", ""), metadata["name"])
        uid = metadata.get("uid", "")
        if known is not None and known != (collection, place, uid):
            self._leave(known[0], known[1], gone)
        places[row] = (collection, place, uid)
        self._bring(collection, place, manifest)

    def _leave(self, collection: str, place: Place, gone: list[tuple[str, Place]]) -> None:
        if self._seen.pop((collection, place), None) is not None:
            gone.append((collection, place))

    def _bring(self, collection: str, place: Place, manifest: Manifest) -> None:
        self._translate(manifest)
        before = self._seen.get((collection, place))
        kept = self._store.get(collection, place)
        self._seen[collection, place] = manifest
        if kept is None:
            if before is None:
                self._store.put(collection, place, manifest)
            return
        if before is None:  # of the same name, and not known to the cluster until now
            before = {}
        new = _counted(kept.manifest, carried(kept.manifest, before, manifest), manifest)
        if new is not kept.manifest and new != kept.manifest:
            self._store.put(collection, place, new)

    def _translate(self, manifest: Manifest) -> None:
        """Put the uids that the API gave in place of the cluster's own."""
        uids, metadata = self._uids, manifest["metadata"]
        if metadata.get("uid") in uids:
            metadata["uid"] = uids[metadata["uid"]]
        for owner in metadata.get("ownerReferences") or ():
            owner["uid"] = uids.get(owner.get("uid", ""), owner.get("uid", ""))
        spec = manifest.get("spec") or {}
        selector = (spec.get("selector") or {}) if isinstance(spec, dict) else {}
        for labels in (
            metadata.get("labels"),
            selector.get("matchLabels") if isinstance(selector, dict) else None,
            ((spec.get("template") or {}).get("metadata") or {}).get("labels"),
        ):
            for name in _UID_LABELS if labels else ():
                if labels and labels.get(name) in uids:
                    labels[name] = uids[labels[name]]

    def tell_events(self) -> None:
        """Bring the events that have been told since into the store."""
        told_at = (self.cluster.num_events, self.cluster.now_ms)
        if told_at == self._told_at:
            return
        self._told_at = told_at
        for event in self.cluster.events():
            metadata = event["metadata"]
            place = Place(metadata.get("namespace", ""), metadata["name"])
            known = self._told.get(place)
            count = (event.get("count"), event.get("lastTimestamp"))
            if known == count:
                continue
            self._told[place] = count
            about = event["involvedObject"]
            about["uid"] = self.uid(about.get("uid", ""))
            self._store.put("events", place, event)

    def state(self) -> tuple[Any, ...]:
        """Return what `resume` needs to go on from here, with a copy of the cluster."""
        tables = {
            name: Table(table.rows, dict(table.places)) for name, table in self._tables.items()
        }
        seen, uids, told = dict(self._seen), dict(self._uids), dict(self._told)
        return tables, seen, uids, list(self._nodes), told

    def resume(self, state: tuple[Any, ...]) -> None:
        """Go on from a state; what it holds may be used again."""
        tables, seen, uids, nodes, told = state
        self._tables = {
            name: Table(table.rows, dict(table.places)) for name, table in tables.items()
        }
        self._seen, self._uids = dict(seen), dict(uids)
        self._nodes, self._told = list(nodes), dict(told)
        self._told_at = (-1, -1)

    def uid(self, of_cluster: str) -> str:
        """Return the uid of an object in the store, by the one that the cluster gave it."""
        return self._uids.get(of_cluster, of_cluster)

    def stored(self) -> Iterator[Manifest]:
        """Yield what the cluster keeps and does not simulate, as the API has it."""
        for kind in sorted(STORED_KINDS):
            try:
                yield from self.cluster.list(kind)
            except NotFoundError:
                continue

    @property
    def now(self) -> str:
        """The virtual time as the API writes it."""
        return timestamp(self.cluster.now_ms)


def carried(mine: Any, before: Any, after: Any) -> Any:  # noqa: ANN401 - JSON
    """Return a value with what has changed between two others: maps field by field."""
    if before is after or before == after:
        return mine
    if not (isinstance(mine, dict) and isinstance(before, dict) and isinstance(after, dict)):
        return after
    result = {}
    for key, value in mine.items():
        if key in after:
            result[key] = carried(value, before.get(key), after[key])
        elif key not in before:
            result[key] = value
    added = {
        key: value for key, value in after.items() if key not in mine and before.get(key) != value
    }
    return result | added


def _counted(before: Manifest, new: Manifest, told: Manifest) -> Manifest:
    """Return an object with its generations as the API counts them, not as the cluster does."""
    if new is before:
        return new
    metadata = {**new["metadata"]}
    generation = before["metadata"].get("generation")
    metadata.pop("generation", None)
    if generation is not None:
        if new["kind"] == "Pod":
            generation = max(generation, told["metadata"].get("generation", 0))
        elif new.get("spec") != before.get("spec"):
            generation += 1
        metadata["generation"] = generation
    result = {**new, "metadata": metadata}
    seen = (told.get("status") or {}).get("observedGeneration")
    if generation is not None and seen is not None:
        up_to_date = seen == told["metadata"].get("generation")
        observed = generation if up_to_date else min(seen, generation)
        result["status"] = {**(new.get("status") or {}), "observedGeneration": observed}
    return result


def _is_known(resource: Resource) -> bool:
    kind = KINDS.get(resource.kind)
    return resource.kind in _KNOWN and kind is not None and kind.resource == resource.resource


def desired(manifest: Mapping[str, Any]) -> Manifest:
    """Return an object without what says how it fares: what the cluster has to know of it."""
    result = {key: value for key, value in manifest.items() if key != "status"}
    if manifest["kind"] == "Node":
        _leave_node(result, manifest)
    return result


def _leave_node(result: Manifest, node: Mapping[str, Any]) -> None:
    """Leave a node, in place, what it has for pods, without the taint of a new one."""
    spec, status = node.get("spec") or {}, node.get("status") or {}
    told = {name: status[name] for name in _AMOUNTS if name in status}
    if told:
        result["status"] = told
    if NEW_NODE_TAINT in (spec.get("taints") or ()):
        taints = [each for each in spec["taints"] if each != NEW_NODE_TAINT]
        result["spec"] = {key: each for key, each in spec.items() if key != "taints"}
        if taints:
            result["spec"]["taints"] = taints


def _as_asked(told: Manifest, manifest: Mapping[str, Any]) -> Manifest:
    """Return what the cluster tells of a new object, with what it takes away when time passes."""
    taints = manifest["spec"].get("taints") if manifest["kind"] == "Node" else None
    return {**told, "spec": {**told["spec"], "taints": taints}} if taints else told
