"""Objects that are not simulated, but that decide where pods may go."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from simarena.cluster.manifests.budgets import DisruptionBudget
from simarena.cluster.manifests.priorities import PriorityClass
from simarena.cluster.manifests.services import Namespace, Service

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from simarena.cluster.manifests.api_object import ApiObject, ObjectKey


@dataclass(slots=True)
class Surroundings:
    """Namespaces, Services, PriorityClasses and PodDisruptionBudgets of a cluster."""

    objects: dict[ObjectKey, ApiObject] = field(default_factory=dict)

    def copied(self) -> Surroundings:
        """Return surroundings that can be changed apart."""
        return Surroundings(dict(self.objects))

    def put(self, read: ApiObject) -> bool:
        """Add or change an object; return whether that changes what the scheduler reads of it."""
        if not isinstance(read, Namespace | Service | PriorityClass | DisruptionBudget):
            return False
        before = self.objects.get(read.key)
        self.objects[read.key] = read
        return before is None or _what_is_read(before) != _what_is_read(read)

    def remove(self, key: ObjectKey) -> bool:
        """Forget an object; return whether it was there."""
        return self.objects.pop(key, None) is not None

    @property
    def namespaces(self) -> Mapping[str, Mapping[str, str]]:
        """Labels of namespaces, by name."""
        return {
            each.key.name: each.labels
            for each in self.objects.values()
            if isinstance(each, Namespace)
        }

    @property
    def priority_classes(self) -> Mapping[str, PriorityClass]:
        """PriorityClasses by name."""
        return {
            each.key.name: each for each in self.objects.values() if isinstance(each, PriorityClass)
        }

    def services(self, namespace: str) -> Sequence[Mapping[str, str]]:
        """Return the selectors of the Services of a namespace."""
        return [
            each.selector
            for each in self.objects.values()
            if isinstance(each, Service) and each.key.namespace == namespace
        ]

    def budgets(self) -> Sequence[DisruptionBudget]:
        """Return all PodDisruptionBudgets."""
        return [each for each in self.objects.values() if isinstance(each, DisruptionBudget)]


def _what_is_read(read: ApiObject) -> object:
    """Return the part of an object that the scheduler reads."""
    return replace(read, manifest={})
