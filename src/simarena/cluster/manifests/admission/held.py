"""What admission plugins look at besides the object that is to be created."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from simarena.cluster.manifests.fields import Fields
    from simarena.cluster.manifests.priorities import PriorityClass


class Held(Protocol):
    """The other objects of a cluster."""

    def account(self, namespace: str, name: str) -> Fields | None:
        """Return a ServiceAccount, None if there is none of that name."""

    def runtime_class(self, name: str) -> Fields | None:
        """Return a RuntimeClass, None if there is none of that name."""

    def inside(self, kind: str, namespace: str) -> Sequence[Fields]:
        """Return the objects of a kind in a namespace, by name."""

    @property
    def priority_classes(self) -> Mapping[str, PriorityClass]:
        """PriorityClasses by name."""
