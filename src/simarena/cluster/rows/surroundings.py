"""Objects that are not simulated, but that decide where pods may go."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from simarena.cluster.manifests.budgets import DisruptionBudget
from simarena.cluster.manifests.pods.affinity import PodSelection
from simarena.cluster.manifests.priorities import PriorityClass
from simarena.cluster.manifests.selectors import LabelSelector
from simarena.cluster.manifests.services import Namespace, Service
from simarena.cluster.rows.selection_index import SelectionIndex

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from simarena.cluster.manifests.api_object import ApiObject, ObjectKey


@dataclass(slots=True)
class Surroundings:
    """Namespaces, Services, PriorityClasses and PodDisruptionBudgets of a cluster."""

    objects: dict[ObjectKey, ApiObject] = field(default_factory=dict)
    _summary: _Summary | None = field(default=None, repr=False, compare=False)
    """What they say together; None where that has yet to be found out."""

    def copied(self) -> Surroundings:
        """Return surroundings that can be changed apart."""
        return Surroundings(dict(self.objects), self._summary)

    def put(self, read: ApiObject) -> bool:
        """Add or change an object; return whether that changes what the scheduler reads of it."""
        if not isinstance(read, Namespace | Service | PriorityClass | DisruptionBudget):
            return False
        before = self.objects.get(read.key)
        self.objects[read.key] = read
        self._summary = None
        return before is None or _what_is_read(before) != _what_is_read(read)

    def remove(self, key: ObjectKey) -> bool:
        """Forget an object; return whether it was there."""
        self._summary = None
        return self.objects.pop(key, None) is not None

    @property
    def namespaces(self) -> Mapping[str, Mapping[str, str]]:
        """Labels of namespaces, by name."""
        return self._all.namespaces

    @property
    def priority_classes(self) -> Mapping[str, PriorityClass]:
        """PriorityClasses by name."""
        return self._all.priority_classes

    def services(self, namespace: str, labels: Mapping[str, str]) -> Sequence[Mapping[str, str]]:
        """Return the selectors of the Services that may mean a pod."""
        told = self._all
        return [told.services[number] for number in told.service_index.found(namespace, labels)]

    @property
    def budgets(self) -> Sequence[DisruptionBudget]:
        """All PodDisruptionBudgets, by row."""
        return self._all.budgets

    def budgets_of(self, namespace: str, labels: Mapping[str, str]) -> Sequence[int]:
        """Return the rows of the PodDisruptionBudgets that mean a pod."""
        told = self._all
        found = told.budget_index.found(namespace, labels)
        return [row for row in found if told.budgets[row].matches(namespace, labels)]

    @property
    def _all(self) -> _Summary:
        if self._summary is None:
            self._summary = _summary_of(self.objects.values())
        return self._summary


@dataclass(slots=True)
class _Summary:
    """What all objects say, by what is asked for. Nobody changes it."""

    namespaces: dict[str, Mapping[str, str]] = field(default_factory=dict)
    priority_classes: dict[str, PriorityClass] = field(default_factory=dict)
    services: list[Mapping[str, str]] = field(default_factory=list)
    service_index: SelectionIndex = field(default_factory=SelectionIndex)
    budgets: list[DisruptionBudget] = field(default_factory=list)
    budget_index: SelectionIndex = field(default_factory=SelectionIndex)


def _summary_of(objects: Iterable[ApiObject]) -> _Summary:
    told = _Summary()
    for each in objects:
        match each:
            case Namespace():
                told.namespaces[each.key.name] = each.labels
            case PriorityClass():
                told.priority_classes[each.key.name] = each
            case Service():
                selector = PodSelection((each.key.namespace,), None, LabelSelector(each.selector))
                told.service_index.add(len(told.services), (selector,))
                told.services.append(each.selector)
            case DisruptionBudget():
                selector = PodSelection((each.key.namespace,), None, each.selector)
                told.budget_index.add(len(told.budgets), (selector,))
                told.budgets.append(each)
    return told


def _what_is_read(read: ApiObject) -> object:
    """Return the part of an object that the scheduler reads."""
    return replace(read, manifest={})
