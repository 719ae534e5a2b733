"""What all objects have in common once they have been read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from simarena.cluster.manifests.fields import Manifest


class ObjectKey(NamedTuple):
    """What tells one object from another; `namespace` is empty for kinds that have none."""

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        place = f"{self.namespace}/" if self.namespace else ""
        return f"{self.kind} {place}{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiObject:
    """An object that was read: checked, with defaults. Kinds that are read closer have more."""

    key: ObjectKey
    manifest: Manifest
    """As the API keeps it and gives it back; all that decides anything is in the other fields."""
