"""Templates that no node tells apart, and nodes that no template tells apart.

What a template asks of a node by itself (name, labels, tolerations) is its ask; nodes are of one
sort if they are the same in all that any ask looks at. What an ask and a sort decide between them
is found once. Labels that nobody asks for, such as each node's own name, make no sorts; of a label
whose values are compared with a few given ones, only those count.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from simarena.cluster.manifests.nodes import Node
    from simarena.cluster.manifests.pods.node_affinity import NodeChoice, NodeTerm, WeightedNodes
    from simarena.cluster.manifests.pods.placement import Placement
    from simarena.cluster.manifests.pods.taints import Taint, Toleration
    from simarena.cluster.manifests.selectors import Requirement

_ANOTHER = "\0"  # no label has it
"""Stands for the values that nobody names, of labels that somebody asks to be there."""


class Ask(NamedTuple):
    """What templates of one ask have in common."""

    node_name: str
    tolerations: tuple[Toleration, ...]
    nodes: NodeChoice
    preferred: tuple[WeightedNodes, ...]

    def requirements(self) -> Iterator[Requirement]:
        """Yield what it asks of labels; the node selector apart."""
        for term in self._terms():
            yield from term.labels

    def names(self) -> Iterator[str]:
        """Yield the names of nodes that it mentions."""
        if self.node_name:
            yield self.node_name
        for term in self._terms():
            for requirement in term.names:
                yield from requirement.values

    def _terms(self) -> Iterator[NodeTerm]:
        yield from self.nodes.required or ()
        for _, term in self.preferred:
            yield term


class Sort(NamedTuple):
    """What nodes of one sort have in common: as much of a node as asks look at."""

    name: str
    """Empty where none asks for the node's."""
    label_items: tuple[tuple[str, str], ...]
    taints: tuple[Taint, ...]
    unschedulable: bool

    @property
    def labels(self) -> Mapping[str, str]:
        """Those that asks look at."""
        return dict(self.label_items)


@dataclass(slots=True)
class _Label:
    """A label of nodes that asks look at."""

    values: set[str] = field(default_factory=set)
    """Those that asks name."""
    is_missed: bool = False
    """Some ask tells nodes without it from all others."""
    is_compared: bool = False
    """Some ask compares it as a number."""
    rows: dict[str, set[int]] = field(default_factory=dict)
    """Of nodes, by value."""

    def seen(self, value: str | None) -> str | None:
        """Return as much of a value as asks can tell; None where it is as good as missing."""
        if value is None or self.is_compared or value in self.values:
            return value
        return _ANOTHER if self.is_missed else None

    def copied(self) -> _Label:
        """Return one that can be changed apart."""
        rows = {value: set(rows) for value, rows in self.rows.items()}
        return replace(self, values=set(self.values), rows=rows)


@dataclass(slots=True)
class Classes:
    """The asks of templates and the sorts of nodes of one World."""

    asks: dict[Ask, int] = field(default_factory=dict)
    placements: list[Placement] = field(default_factory=list)
    """By ask: that of one of its templates."""
    flags: list[tuple[bool, bool]] = field(default_factory=list)
    """By ask: whether nodes have preferred taints that it does not tolerate, or that it prefers."""
    asks_of_name: dict[str, list[int]] = field(default_factory=dict)
    """Asks whose affinity names one node and no other, by its name."""
    sorts: dict[Sort, int] = field(default_factory=dict)
    num_nodes: list[int] = field(default_factory=list)
    """Of each sort; one that has none may be given another meaning."""
    free: list[int] = field(default_factory=list)
    """Sorts without nodes."""
    of_nodes: list[Sort | None] = field(default_factory=list)
    """By row; None where the node was removed."""
    labels: dict[str, _Label] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    """Of nodes that asks mention, there or not."""

    def copied(self) -> Classes:
        """Return classes that can be changed apart."""
        return Classes(
            asks=dict(self.asks),
            placements=list(self.placements),
            flags=list(self.flags),
            asks_of_name={name: list(asks) for name, asks in self.asks_of_name.items()},
            sorts=dict(self.sorts),
            num_nodes=list(self.num_nodes),
            free=list(self.free),
            of_nodes=list(self.of_nodes),
            labels={key: label.copied() for key, label in self.labels.items()},
            names=set(self.names),
        )

    def look_at(
        self, ask: Ask, nodes: Sequence[Node | None], node_rows: Mapping[str, int]
    ) -> set[int]:
        """Take note of what a new ask looks at; return the rows of nodes whose sort may change."""
        changed: set[int] = set()
        for key, value in ask.nodes.selector:
            label = self._label(key, nodes)
            self._name_values(label, (value,), changed)
        for requirement in ask.requirements():
            label = self._label(requirement.key, nodes)
            if requirement.operator in {"In", "NotIn"}:
                self._name_values(label, requirement.values, changed)
                continue
            of_values = requirement.operator not in {"Exists", "DoesNotExist"}
            if not (label.is_compared if of_values else label.is_missed):
                changed.update(*label.rows.values())
            label.is_compared |= of_values
            label.is_missed |= not of_values
        for name in ask.names():
            if name not in self.names:
                self.names.add(name)
                if name in node_rows:
                    changed.add(node_rows[name])
        return changed

    def _label(self, key: str, nodes: Sequence[Node | None]) -> _Label:
        label = self.labels.get(key)
        if label is None:
            label = self.labels[key] = _Label()
            for row, node in enumerate(nodes):
                if node is not None and key in node.labels:
                    label.rows.setdefault(node.labels[key], set()).add(row)
        return label

    @staticmethod
    def _name_values(label: _Label, values: Iterable[str], changed: set[int]) -> None:
        for value in values:
            if value not in label.values:
                label.values.add(value)
                changed.update(label.rows.get(value, ()))

    def note_labels(self, row: int, before: Node | None, after: Node | None) -> None:
        """Take note of how the labels of a node change that asks look at."""
        for key, label in self.labels.items():
            old = None if before is None else before.labels.get(key)
            new = None if after is None else after.labels.get(key)
            if old == new:
                continue
            if old is not None:
                label.rows[old].discard(row)
            if new is not None:
                label.rows.setdefault(new, set()).add(row)

    def sort_of(self, node: Node) -> Sort:
        """Return as much of a node as asks look at."""
        items = []
        for key, label in self.labels.items():
            seen = label.seen(node.labels.get(key))
            if seen is not None:
                items.append((key, seen))
        name = node.name if node.name in self.names else ""
        return Sort(name, tuple(items), node.taints, node.unschedulable)

    def leave(self, row: int) -> None:
        """Let the node of a row be of no sort; a sort without nodes is free for others."""
        before = self.of_nodes[row]
        if before is None:
            return
        self.of_nodes[row] = None
        number = self.sorts[before]
        self.num_nodes[number] -= 1
        if self.num_nodes[number] == 0:
            del self.sorts[before]
            self.free.append(number)

    def join(self, row: int, sort: Sort) -> tuple[int, bool]:
        """Let the node of a row be of a sort; return the sort's column, and whether it is new."""
        while len(self.of_nodes) <= row:
            self.of_nodes.append(None)
        number = self.sorts.get(sort)
        is_new = number is None
        if number is None:
            number = self.free.pop() if self.free else len(self.num_nodes)
            if number == len(self.num_nodes):
                self.num_nodes.append(0)
            self.sorts[sort] = number
        self.of_nodes[row] = sort
        self.num_nodes[number] += 1
        return number, is_new


def ask_of(placement: Placement) -> Ask:
    """Return what a template asks of a node by itself."""
    return Ask(
        placement.node_name, placement.tolerations, placement.nodes, placement.preferred_nodes
    )
