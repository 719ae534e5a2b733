"""What is in a cluster, in names."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

from simarena.cluster.manifests.admission.quotas import with_status
from simarena.cluster.manifests.api_object import ObjectKey
from simarena.cluster.manifests.api_resources import not_found, resource
from simarena.cluster.manifests.fields import copied
from simarena.cluster.manifests.kinds import SUPPORTED_KINDS
from simarena.cluster.manifests.selectors import LabelSelector
from simarena.cluster.objects.pods.listing import LEAST_KEPT, MOST_COPIED, PodListing
from simarena.cluster.objects.view import View

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from simarena.cluster.manifests.fields import Manifest
    from simarena.cluster.operations.live import LiveWorld

_COMPUTED: Final = frozenset({"PodDisruptionBudget", "ResourceQuota"})
"""Kinds that are only kept, and have a status that follows from others."""

Manifests: TypeAlias = "list[Manifest]"
"""What a method beside one called `list` cannot spell."""


@dataclass(slots=True)
class Objects:
    """The objects of a cluster: those that live in its World, and those that are only kept."""

    live: LiveWorld
    stored: dict[ObjectKey, Manifest] = field(default_factory=dict)
    """What the World does not hold, as it was applied."""
    pods: PodListing | None = None
    """The pods as they were listed last, where they are many."""

    @property
    def view(self) -> View:
        """The World in names."""
        return View(self.live.catalogue, self.live.journal)

    def get(self, kind: str, name: str, namespace: str = "default") -> Manifest:
        """Return an object as the API would. Raises NotFoundError in the API's words."""
        found = self.view.get(kind, namespace, name)
        if found is None:
            found = self.stored.get(self.stored_key(kind, namespace, name))
            if found is not None and kind in _COMPUTED:
                return self._computed(found)
        if found is None:
            raise not_found(kind, name)
        fresh: Manifest = copied(found)
        return fresh

    def has(self, kind: str, namespace: str, name: str) -> bool:
        """Return whether there is such an object."""
        return (
            self.view.get(kind, namespace, name) is not None
            or self.stored_key(kind, namespace, name) in self.stored
        )

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
        stored = [manifest for name, manifest in self.stored.items() if name.kind == kind]
        if not stored:
            resource(kind)
        if kind in _COMPUTED:
            stored = [self._computed(manifest) for manifest in stored]
        if kind == "Pod" and int(self.live.catalogue.world.state[0]["num_pods"]) >= LEAST_KEPT:
            return self._list_pods(namespace, selector)
        found = [*self.view.all(kind), *stored]
        wanted = LabelSelector(dict(selector or {}))
        chosen = [
            manifest
            for manifest in found
            if (namespace is None or manifest["metadata"].get("namespace", "") in {namespace, ""})
            and wanted.matches(manifest["metadata"].get("labels") or {})
        ]
        return sorted(
            copied(chosen),
            key=lambda m: (m["metadata"].get("namespace", ""), m["metadata"]["name"]),
        )

    def _computed(self, manifest: Manifest) -> Manifest:
        """Return an object that is only kept with the status that controllers give it."""
        if manifest["kind"] == "PodDisruptionBudget":
            return self.view.budget(manifest)
        return with_status(manifest, self._in_namespace(manifest["metadata"]["namespace"]))

    def _in_namespace(self, namespace: str) -> Iterator[Manifest]:
        """Yield all objects of a namespace that quotas may count."""
        for key, manifest in self.stored.items():
            if key.namespace == namespace:
                yield manifest
        for kind in sorted(SUPPORTED_KINDS - {"Node"}):
            for manifest in self.view.all(kind):
                if manifest["metadata"]["namespace"] == namespace:
                    yield manifest

    def _list_pods(self, namespace: str | None, selector: Mapping[str, str] | None) -> Manifests:
        """Return many pods as `list` does; more than a few are not copied for each call."""
        if self.pods is None or self.pods.catalogue is not self.live.catalogue:
            self.pods = PodListing(self.live.catalogue)
        found = self.pods.all()
        if namespace is not None:
            found = [each for each in found if each["metadata"]["namespace"] == namespace]
        if selector:
            wanted = LabelSelector(dict(selector))
            found = [each for each in found if wanted.matches(each["metadata"].get("labels") or {})]
        return copied(found) if len(found) <= MOST_COPIED else found

    def stored_key(self, kind: str, namespace: str, name: str) -> ObjectKey:
        """Return the key under which an object is kept, if it is."""
        cluster_wide = ObjectKey(kind, "", name)
        return cluster_wide if cluster_wide in self.stored else ObjectKey(kind, namespace, name)
