"""The objects of an API: each a version among all, found by collection and place."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from simarena.apiserver.store.history import KEPT_CHANGES, Change, History
from simarena.apiserver.store.kept import Kept, Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from simarena.cluster.manifests.fields import Manifest

FIRST_VERSION: Final = 1_000
"""Versions begin here: what is older than the cluster is told from what is in it."""


@dataclass(slots=True)
class Collection:
    """The objects of one resource."""

    objects: dict[Place, Kept] = field(default_factory=dict)
    _sorted: list[tuple[str, Place]] | None = None

    def put(self, kept: Kept) -> None:
        """Add an object, or its next version."""
        if kept.place not in self.objects:
            self._sorted = None
        self.objects[kept.place] = kept

    def remove(self, place: Place) -> None:
        """Take an object away."""
        del self.objects[place]
        self._sorted = None

    def places(self) -> list[tuple[str, Place]]:
        """Return where objects are, in the order in which lists have them."""
        if self._sorted is None:
            self._sorted = sorted((place.path, place) for place in self.objects)
        return self._sorted

    def inside(self, namespace: str, after: str = "") -> Iterator[Kept]:
        """Yield the objects of a namespace ("": all), those whose path comes after one."""
        places = self.places()
        first = f"{namespace}/" if namespace else ""
        begin = bisect_right(places, (max(first, after), Place("\U0010ffff", "")))
        for path, place in places[begin:]:
            if not path.startswith(first):
                break
            yield self.objects[place]


class ObjectStore:
    """All objects, in one order of versions."""

    def __init__(self, most_changes: int = KEPT_CHANGES) -> None:
        self.version = FIRST_VERSION
        """That of the last change."""
        self.history = History(FIRST_VERSION, most_changes)
        self._collections: dict[str, Collection] = {}
        self._listeners: dict[str, list[Callable[[Change], None]]] = {}

    def collection(self, name: str) -> Collection:
        """Return the objects of a resource, by the name of its collection."""
        found = self._collections.get(name)
        if found is None:
            found = self._collections[name] = Collection()
        return found

    def get(self, collection: str, place: Place) -> Kept | None:
        """Return an object, None if there is none."""
        return self.collection(collection).objects.get(place)

    def put(self, collection: str, place: Place, manifest: Manifest) -> Kept:
        """Keep a new version of an object, whose manifest is not to be changed any more.

        Its `resourceVersion` is written into it.
        """
        held = self.collection(collection)
        before = held.objects.get(place)
        kept = self._versioned(place, manifest)
        held.put(kept)
        self._tell(Change(kept.version, collection, before, kept, kept))
        return kept

    def remove(self, collection: str, place: Place) -> Kept:
        """Take an object away; return what it was, under the version of its removal."""
        held = self.collection(collection)
        before = held.objects[place]
        kept = self._versioned(place, before.manifest)
        held.remove(place)
        self._tell(Change(kept.version, collection, before, None, kept))
        return kept

    def at(self, collection: str, version: int) -> Collection:
        """Return the objects of a resource as they were at a version that is still known."""
        held = self.collection(collection)
        changes = list(self.history.after(version, collection))
        if not changes:
            return held
        objects = dict(held.objects)
        for change in reversed(changes):
            if change.before is None:
                objects.pop(change.last.place, None)
            else:
                objects[change.last.place] = change.before
        return Collection(objects)

    def contents(self) -> dict[str, dict[Place, Kept]]:
        """Return all objects as they are now, by collection and place."""
        return {name: dict(held.objects) for name, held in self._collections.items()}

    def become(self, contents: dict[str, dict[Place, Kept]]) -> None:
        """Hold what was there once; what differs is written, under new versions."""
        for name in self._collections.keys() | contents.keys():
            held, wanted = self.collection(name), contents.get(name, {})
            for place in tuple(held.objects):
                if place not in wanted:
                    self.remove(name, place)
            for place, kept in wanted.items():
                if held.objects.get(place) is not kept:
                    self.put(name, place, kept.manifest)

    def listen(self, collection: str, listener: Callable[[Change], None]) -> Callable[[], None]:
        """Let a listener hear of each change of a collection; return what ends that."""
        listeners = self._listeners.setdefault(collection, [])
        listeners.append(listener)
        return lambda: listeners.remove(listener)

    def _versioned(self, place: Place, manifest: Manifest) -> Kept:
        self.version += 1
        metadata = {**manifest["metadata"], "resourceVersion": str(self.version)}
        return Kept({**manifest, "metadata": metadata}, place, self.version)

    def _tell(self, change: Change) -> None:
        self.history.add(change)
        for listener in tuple(self._listeners.get(change.collection, ())):
            listener(change)
