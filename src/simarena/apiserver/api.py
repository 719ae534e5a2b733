"""An API: what is served, the objects, and the cluster that lives behind them."""

from __future__ import annotations

import random
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from simarena.apiserver.actors import Actors
from simarena.apiserver.clock_state import Clock
from simarena.apiserver.resources.registry import Registry
from simarena.apiserver.rest.metadata import new_uid
from simarena.apiserver.store.kept import Place
from simarena.apiserver.store.store import ObjectStore
from simarena.cluster.manifests.priorities import BUILT_IN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simarena.apiserver.resources.resource import Resource
    from simarena.apiserver.store.kept import Kept
    from simarena.cluster import Cluster
    from simarena.cluster.cluster import Snapshot
    from simarena.cluster.manifests.fields import Manifest

NAMESPACES: Final = "namespaces"

WARNINGS: Final[ContextVar[list[str]]] = ContextVar("WARNINGS")
"""What the request under way has to be told."""

SYSTEM_NAMESPACES: Final = ("default", "kube-node-lease", "kube-public", "kube-system")

_DESCRIPTIONS: Final = {
    "system-cluster-critical": "Used for system critical pods that must run in the cluster, but "
    "can be moved to another node if necessary.",
    "system-node-critical": "Used for system critical pods that must not be moved from their "
    "current node.",
}


class SavedApi(NamedTuple):
    """An API at one moment."""

    cluster: Snapshot
    objects: dict[str, dict[Place, Kept]]
    actors: tuple[Any, ...]


class Api:
    """What requests work on. Nothing here knows of HTTP."""

    def __init__(self, cluster: Cluster, seed: int = 0) -> None:
        """Serve what is in a cluster."""
        self.registry = Registry()
        self.store = ObjectStore()
        self.actors = Actors(cluster, self.store)
        self.chance = random.Random(seed)  # noqa: S311 - names and uids, no secrets
        self.clock = Clock()
        self.certificate = ""
        """Of the server, as text; empty where it has none."""
        self.removed_uids: set[str] = set()
        """Of objects that have gone since the controllers looked last."""
        self.unsimulated: dict[tuple[str, Place], str] = {}
        """Why objects of kinds that are simulated are only kept."""
        self.told_unsimulated: dict[tuple[str, Place], str] = {}
        """The same, as far as events have told of it."""
        self.counted_at = -1
        """Version at which budgets were counted last."""
        self.quotas_counted_at = -1
        """The same of quotas."""
        self._furnish()

    @property
    def cluster(self) -> Cluster:
        """The cluster behind the objects."""
        return self.actors.cluster

    @property
    def now(self) -> str:
        """The virtual time as the API writes it."""
        return self.actors.now

    def get(self, resource: Resource, place: Place) -> Kept | None:
        """Return an object, None if there is none."""
        return self.store.get(resource.collection, place)

    def new_uid(self) -> str:
        """Return a uid for an object that is created."""
        return new_uid(self.chance)

    def waiting_owners(self) -> list[str]:
        """Return the collections in which objects may wait for what they own."""
        return sorted({each.collection for each in self.registry.all() if not each.stored_as})

    def saved(self) -> SavedApi:
        """Return all there is, so that `restore` can go back to it."""
        return SavedApi(self.cluster.snapshot(), self.store.contents(), self.actors.state())

    def restore(self, saved: SavedApi) -> None:
        """Go back to what was saved; clients that watch see it as changes."""
        self.cluster.restore(saved.cluster)
        self.actors.resume(saved.actors)
        self.store.become(saved.objects)
        self.removed_uids.clear()

    def written(self, resource: Resource, manifest: Manifest) -> None:
        """Tell the cluster of an object that was created or changed.

        Where it cannot be simulated it is kept, and an event says so.
        """
        metadata = manifest["metadata"]
        key = resource.collection, Place(metadata.get("namespace", ""), metadata["name"])
        why = self.actors.written(resource, manifest)
        if why:
            self.unsimulated[key] = why
        else:
            self.unsimulated.pop(key, None)

    def deleted(self, resource: Resource, place: Place) -> None:
        """Tell the cluster that an object is gone, or asked to go."""
        self.unsimulated.pop((resource.collection, place), None)
        self.actors.deleted(resource, place)

    def warn(self, text: str) -> None:
        """Let the client of the request under way read a warning."""
        warnings = WARNINGS.get(None)
        if warnings is not None and text not in warnings:
            warnings.append(text)

    def _furnish(self) -> None:
        """Put in what every cluster has, and what is in this one."""
        held: dict[str, list[Manifest]] = {}
        for manifest in self.actors.stored():
            held.setdefault(manifest["kind"], []).append(manifest)
        names = {each["metadata"]["name"] for each in held.get("Namespace", ())}
        for name in SYSTEM_NAMESPACES:
            if name not in names:
                self._keep(namespace(name))
        for name, value in sorted(BUILT_IN.items()):
            self._keep(
                {
                    "apiVersion": "scheduling.k8s.io/v1",
                    "kind": "PriorityClass",
                    "metadata": {"name": name, "generation": 1},
                    "value": value,
                    "description": _DESCRIPTIONS[name],
                    "preemptionPolicy": "PreemptLowerPriority",
                }
            )
        for manifests in held.values():
            for manifest in manifests:
                self._keep(namespace_filled(manifest))
        self.actors.pull()
        for resource in tuple(self.registry.all()):
            if not resource.namespaced:
                continue
            for kept in tuple(self.store.collection(resource.collection).objects.values()):
                if self.store.get(NAMESPACES, Place("", kept.place.namespace)) is None:
                    self._keep(namespace(kept.place.namespace))
        for _, place in tuple(self.store.collection(NAMESPACES).places()):
            furnish(self, place.name)

    def _keep(self, manifest: Mapping[str, Any]) -> None:
        resource = self.registry.of_kind(manifest["apiVersion"], manifest["kind"])
        if resource is None:
            return
        metadata = manifest["metadata"]
        place = Place(metadata.get("namespace", ""), metadata["name"])
        if self.store.get(resource.collection, place) is not None:
            return
        stamped = {"uid": self.new_uid(), "creationTimestamp": self.now, **metadata}
        self.store.put(resource.collection, place, {**manifest, "metadata": stamped})


def namespace(name: str) -> Manifest:
    """Return a Namespace as the API keeps it."""
    return namespace_filled({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})


def namespace_filled(manifest: Manifest) -> Manifest:
    """Return a Namespace with what the API writes into it; any other object as it is."""
    if manifest["kind"] != "Namespace":
        return manifest
    metadata = manifest["metadata"]
    labels = {**(metadata.get("labels") or {}), "kubernetes.io/metadata.name": metadata["name"]}
    return {
        **manifest,
        "metadata": {**metadata, "labels": labels},
        "spec": {"finalizers": ["kubernetes"], **(manifest.get("spec") or {})},
        "status": {"phase": "Active", **(manifest.get("status") or {})},
    }


def service_account(namespace: str) -> Manifest:
    """Return the ServiceAccount that every namespace has."""
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": "default", "namespace": namespace},
    }


def furnish(api: Api, namespace: str) -> None:
    """Give a namespace the account that its pods run as, unless it is there."""
    place = Place(namespace, "default")
    if api.store.get("serviceaccounts", place) is None:
        account = service_account(namespace)
        account["metadata"] |= {"uid": api.new_uid(), "creationTimestamp": api.now}
        api.store.put("serviceaccounts", place, account)
