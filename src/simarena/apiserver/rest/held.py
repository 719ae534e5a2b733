"""The objects of an API, for admission plugins that look at them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.apiserver.store.kept import Place
from simarena.cluster.manifests.api_object import ObjectKey
from simarena.cluster.manifests.priorities import read_priority_class
from simarena.trace.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from simarena.apiserver.store.store import ObjectStore
    from simarena.cluster.manifests.fields import Fields
    from simarena.cluster.manifests.priorities import PriorityClass


class HeldByStore:
    """What is in a store now."""

    def __init__(self, store: ObjectStore) -> None:
        """Look into this store."""
        self._store = store

    def account(self, namespace: str, name: str) -> Fields | None:
        """Return a ServiceAccount, None if there is none of that name."""
        return self._one("ServiceAccount", Place(namespace, name))

    def runtime_class(self, name: str) -> Fields | None:
        """Return a RuntimeClass, None if there is none of that name."""
        return self._one("RuntimeClass", Place("", name))

    def inside(self, kind: str, namespace: str) -> Sequence[Fields]:
        """Return the objects of a kind in a namespace ("": all), by name."""
        held = self._store.collection(KINDS[kind].resource)
        return [kept.manifest for kept in held.inside(namespace)]

    @property
    def priority_classes(self) -> Mapping[str, PriorityClass]:
        """PriorityClasses by name."""
        return {
            name: read_priority_class(dict(each), ObjectKey("PriorityClass", "", name))
            for each in self.inside("PriorityClass", "")
            for name in (each["metadata"]["name"],)
        }

    def _one(self, kind: str, place: Place) -> Fields | None:
        kept = self._store.get(KINDS[kind].resource, place)
        return None if kept is None else kept.manifest
