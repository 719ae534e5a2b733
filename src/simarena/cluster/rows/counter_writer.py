"""Counters of pods by domains of nodes, written into a World."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from simarena.cluster.codes import NONE, Phase, TermKind
from simarena.cluster.rows.relations import Counter, NodeSet, Relations
from simarena.cluster.rows.tables import room_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from simarena.cluster.manifests.nodes import Node
    from simarena.cluster.manifests.pods.affinity import PodSelection
    from simarena.cluster.manifests.pods.placement import Placement
    from simarena.cluster.manifests.pods.spreading import SpreadConstraint
    from simarena.cluster.records import Rows, World


@dataclass(slots=True)
class CounterWriter:
    """Writes counters into a World, which may be replaced by a larger one on the way."""

    world: World
    relations: Relations
    nodes: Sequence[Node | None]

    def write_node(self, row: int) -> None:
        """Write the domains and sets of a node that is new, has changed or was removed."""
        for key, column in self.relations.keys.items():
            self._write_domain(row, key, column)
        for column, node_set in self.relations.node_sets.items():
            self._write_membership(row, node_set, column)
        for counter_row in range(len(self.relations.counters)):
            self._write_num_domains(counter_row)

    def recount(self, counters: range | None = None) -> None:
        """Count the pods that are there anew, for all counters or some."""
        world = self.world
        counters = range(len(self.relations.counters)) if counters is None else counters
        world.domain_counts[counters.start : counters.stop] = 0
        pods = world.pods[: int(world.state[0]["num_pods"])]
        bound = (pods["present"] != 0) & (pods["node"] != NONE) & (pods["phase"] <= Phase.RUNNING)
        pods = pods[bound]
        for template_row in np.unique(pods["template"]).tolist():
            mine = pods[pods["template"] == template_row]
            for term in self._counted(template_row):
                if int(term["counter"]) in counters:
                    self._count(mine, int(term["counter"]), int(term["weight"]))
        totals = world.domain_counts[counters.start : counters.stop].sum(axis=1)
        world.counters["total"][counters.start : counters.stop] = totals
        world.counters["num_least"][counters.start : counters.stop] = 0

    def _counted(self, template_row: int) -> Iterator[np.void]:
        term = int(self.world.templates[template_row]["first_counted"])
        while term != NONE:
            yield self.world.terms[term]
            term = int(self.world.terms[term]["next"])

    def _count(self, pods: Rows, counter_row: int, amount: int) -> None:
        """Add pods to the domains of their nodes."""
        counter = self.world.counters[counter_row]
        if not counter["terminating"]:
            pods = pods[pods["deleting"] == 0]
        nodes = pods["node"]
        there = self._members(counter_row)[nodes]
        domains = self.world.node_domains[nodes[there], counter["key"]]
        np.add.at(self.world.domain_counts[counter_row], domains, amount)

    def _counter(
        self,
        identity: tuple[object, ...],
        key: int,
        *,
        pods: PodSelection | tuple[PodSelection, ...] | None = None,
        about: PodSelection | None = None,
        kind: TermKind = TermKind.COUNTED,
        weight: int = 1,
        nodes: int = NONE,
        terminating: bool = True,
    ) -> int:
        """Return the row of a counter, a new one if there is none like it."""
        row = self.relations.counter_rows.get(identity)
        if row is None:
            row = len(self.relations.counters)
            self.relations.counter_rows[identity] = row
            self.relations.counters.append(Counter(pods, about, kind, weight))
            self.world = room_for(self.world, counters=row + 1)
            self.world.state[0]["num_counters"] = row + 1
            self.world.counters[row] = (key, nodes, 0, 0, 0, 0, 0, terminating)
            self.world.domain_counts[row] = 0
            self._write_num_domains(row)
        return row

    def _key(self, key: str) -> int:
        """Return the column that stands for a label of nodes, a new one if it is new."""
        column = self.relations.keys.get(key)
        if column is None:
            column = self.relations.keys[key] = self._new_column()
            for row in range(len(self.nodes)):
                self._write_domain(row, key, column)
        return column

    def _new_column(self) -> int:
        column = len(self.relations.domains)
        self.relations.domains.append({})
        self.world = room_for(self.world, keys=column + 1)
        return column

    def _write_domain(self, row: int, key: str, column: int) -> None:
        node = self.nodes[row]
        value = None if node is None else node.labels.get(key)
        domain = NONE
        if value is not None:
            values = self.relations.domains[column]
            domain = values.setdefault(value, len(values))
            self.world = room_for(self.world, domains=domain + 1)
        self.world.node_domains[row, column] = domain

    def _node_set(
        self, placement: Placement, constraint: SpreadConstraint, others: tuple[str, ...]
    ) -> int:
        """Return the column of the nodes whose pods count for a constraint, NONE if all do."""
        chooses = constraint.honours_affinity and not placement.nodes.is_any
        node_set = NodeSet(
            placement.nodes if chooses else None,
            placement.tolerations if constraint.honours_taints else None,
            others,
        )
        if not chooses and node_set.tolerations is None and not others:
            return NONE
        key = msgspec.json.encode(
            (node_set.nodes, node_set.tolerations, node_set.keys), order="deterministic"
        )
        column = self.relations.sets.get(key)
        if column is None:
            column = self.relations.sets[key] = self._new_column()
            self.relations.node_sets[column] = node_set
            for row in range(len(self.nodes)):
                self._write_membership(row, node_set, column)
        return column

    def _write_membership(self, row: int, node_set: NodeSet, column: int) -> None:
        """Write whether a node belongs to a set: the set's column then has a domain for it."""
        node = self.nodes[row]
        belongs = node is not None and node_set.has(node)
        self.world.node_domains[row, column] = 0 if belongs else NONE

    def _members(self, counter_row: int) -> NDArray[np.bool_]:
        """Return which rows of nodes count for a counter."""
        counter = self.world.counters[counter_row]
        number = len(self.nodes)
        there = self.world.node_domains[:number, counter["key"]] != NONE
        if counter["nodes"] != NONE:
            there = there & (self.world.node_domains[:number, counter["nodes"]] != NONE)
        return np.asarray(there, np.bool_)

    def _write_num_domains(self, counter_row: int) -> None:
        counter = self.world.counters[counter_row]
        there = self._members(counter_row) & (self.world.nodes["exists"][: len(self.nodes)] != 0)
        domains = self.world.node_domains[: len(self.nodes), counter["key"]][there]
        counter["num_nodes"] = len(domains)
        counter["num_domains"] = len(np.unique(domains))
        counter["num_least"] = 0
