"""One version of an object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simarena.cluster.manifests.fields import Manifest

_encode = msgspec.json.Encoder().encode


class Place(NamedTuple):
    """Where an object is within its resource; `namespace` is empty where there is none."""

    namespace: str
    name: str

    @property
    def path(self) -> str:
        """Return what objects are sorted by, and what a list is continued from."""
        return f"{self.namespace}/{self.name}" if self.namespace else self.name


class Kept:
    """One version of an object as the store keeps it; its manifest is never changed in place."""

    __slots__ = ("_inner", "manifest", "place", "version")

    def __init__(self, manifest: Manifest, place: Place, version: int) -> None:
        self.manifest = manifest
        self.place = place
        self.version = version
        self._inner: bytes | None = None

    @property
    def metadata(self) -> Mapping[str, Any]:
        """Return the object's metadata."""
        found: Mapping[str, Any] = self.manifest["metadata"]
        return found

    @property
    def inner(self) -> bytes:
        """Return the object as JSON without kind and version, as typed lists have it."""
        if self._inner is None:
            inner = {key: value for key, value in self.manifest.items() if key not in _TYPE}
            self._inner = _encode(inner)
        return self._inner


_TYPE = ("kind", "apiVersion")
