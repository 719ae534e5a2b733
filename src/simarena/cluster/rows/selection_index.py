"""Which selections may mean a pod, and which pods a selection may mean, without looking at all.

A selection is filed under one label that it asks for, a pod under all that it has. What is found so
has yet to be matched; what is not found is not meant.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from simarena.cluster.manifests.pods.affinity import PodSelection

Item = TypeVar("Item")


_Place: TypeAlias = tuple[str | None, str, str]
"""Where something is filed: a namespace (None: of any), and a label; "" where none is asked for."""


@dataclass(slots=True)
class SelectionIndex:
    """Numbers, each of selections that must all mean a pod."""

    numbers: dict[_Place, list[int]] = field(default_factory=dict)

    def add(self, number: int, selections: Sequence[PodSelection]) -> None:
        """File a number where fewest are."""
        chosen: list[_Place] | None = None
        least = 0
        for way in _ways(selections):
            if chosen is not None and not way[0][1]:
                continue  # any label is better than none
            size = sum([len(self.numbers.get(place, ())) for place in way])
            if chosen is None or size < least:
                chosen, least = way, size
        for place in chosen or ():
            self.numbers.setdefault(place, []).append(number)

    def found(self, namespace: str, labels: Mapping[str, str]) -> list[int]:
        """Return the numbers of the selections that may mean a pod, in order."""
        found: set[int] = set()
        get = self.numbers.get
        for place in _places(namespace, labels):
            numbers = get(place)
            if numbers:
                found.update(numbers)
        return sorted(found)

    def copied(self) -> SelectionIndex:
        """Return an index that can be changed apart."""
        return SelectionIndex({place: list(each) for place, each in self.numbers.items()})


@dataclass(slots=True)
class PodIndex(Generic[Item]):
    """What stands for pods, by namespace and labels."""

    items: dict[_Place, dict[int, Item]] = field(default_factory=dict)
    """In each place by number."""
    num_items: int = 0

    def add(self, item: Item, namespace: str, labels: Mapping[str, str]) -> None:
        """File something under all labels of the pods that it stands for."""
        for place in _places(namespace, labels):
            self.items.setdefault(place, {})[self.num_items] = item
        self.num_items += 1

    def found(self, selections: Sequence[PodSelection]) -> list[Item]:
        """Return what selections may mean, in the order in which it came."""
        ways = _ways(selections)
        if not ways:
            return []
        sizes = [sum([len(self.items.get(place, ())) for place in way]) for way in ways]
        chosen = ways[sizes.index(min(sizes))]
        found: dict[int, Item] = {}
        for place in chosen:
            found.update(self.items.get(place, {}))
        return [found[number] for number in sorted(found)]

    def copied(self) -> PodIndex[Item]:
        """Return an index that can be changed apart."""
        return PodIndex({place: dict(each) for place, each in self.items.items()}, self.num_items)


def _places(namespace: str, labels: Mapping[str, str]) -> list[_Place]:
    places: list[_Place] = [(namespace, "", ""), (None, "", "")]
    for key, value in labels.items():
        places.append((namespace, key, value))
        places.append((None, key, value))
    return places


def _ways(selections: Sequence[PodSelection]) -> list[list[_Place]]:
    """Return ways to file selections: what they all mean is in one of the places of each way.

    Those by a label come first.
    """
    by_label: list[list[_Place]] = []
    by_namespace: list[list[_Place]] = []
    for selection in selections:
        selector = selection.selector
        if selector is None:
            return []  # it means none, and so do they all
        namespaces: Sequence[str | None] = selection.namespaces
        if selection.namespace_selector is not None:
            namespaces = (None,)
        elif not namespaces:
            return []
        for key, value in selector.labels.items():
            by_label.append([(namespace, key, value) for namespace in namespaces])
        for requirement in selector.requirements:
            if requirement.operator == "In":
                key = requirement.key
                values = dict.fromkeys(requirement.values)
                by_label.append([(each, key, value) for each in namespaces for value in values])
        by_namespace.append([(namespace, "", "") for namespace in namespaces])
    return by_label + by_namespace
