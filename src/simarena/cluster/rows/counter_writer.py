"""Counters of pods by domains of nodes, written into a World."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simarena.cluster.codes import NONE, Phase, TermKind
from simarena.cluster.kernel.pods.counting import ALL, OCCUPYING, count_pod
from simarena.cluster.records import BLANK_UNFOLDED
from simarena.cluster.rows.relations import Counter, NodeSet, Relations, selections_of
from simarena.cluster.rows.tables import room_for, room_for_counts, with_tallies

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from simarena.cluster.manifests.nodes import Node
    from simarena.cluster.manifests.pods.affinity import PodSelection
    from simarena.cluster.manifests.pods.placement import Placement
    from simarena.cluster.manifests.pods.spreading import SpreadConstraint
    from simarena.cluster.records import World
    from simarena.cluster.rows.classes import Classes

ITSELF = 0
"""Column of node_domains in which each node is a domain."""


@dataclass(slots=True)
class CounterWriter:
    """Writes counters into a World, which may be replaced by a larger one on the way."""

    world: World
    relations: Relations
    nodes: Sequence[Node | None]
    classes: Classes
    """Of the nodes."""

    def write_nodes(self, rows: Sequence[int], *, come_or_go: bool) -> None:
        """Write the domains and sets of nodes that are new, have changed or were removed.

        Their pods count where the nodes are now. `come_or_go` says whether any is new or removed.
        """
        for row in rows:
            domains = self._domains(row)
            if domains != self.world.node_domains[row, : len(domains)].tolist():
                pods = list(self._pods_on(row))
                for pod_row in pods:
                    self._count(pod_row, -1)
                self.world.node_domains[row, : len(domains)] = domains
                for pod_row in pods:
                    self._count(pod_row, 1)
                come_or_go = True
        if come_or_go:
            self._write_extents()

    def _domains(self, row: int) -> list[int]:
        """Return the domains of a node in all columns, those that stand for sets, too."""
        node = self.nodes[row]
        domains = [NONE] * len(self.relations.domains)
        domains[ITSELF] = row
        for key, column in self.relations.keys.items():
            domains[column] = self._domain(row, key, column)
        for column, node_set in self.relations.node_sets.items():
            domains[column] = 0 if node is not None and node_set.has(node) else NONE
        return domains

    def _pods_on(self, row: int) -> Iterator[int]:
        pod_row = int(self.world.nodes[row]["first_pod"])
        while pod_row != NONE:
            yield pod_row
            pod_row = int(self.world.pods[pod_row]["next_on_node"])

    def change_template(self, pod_row: int, template_row: int) -> None:
        """Let a pod have another template, and count it as one of that."""
        pod = self.world.pods[pod_row]
        counts = pod["present"] and pod["node"] != NONE and pod["phase"] <= Phase.RUNNING
        if counts:
            self._count(pod_row, -1)
        self.world.pods[pod_row]["template"] = template_row
        if counts:
            self._count(pod_row, 1)

    def _count(self, pod_row: int, sign: int) -> None:
        """Count a bound pod in (sign 1) or out (sign -1)."""
        self.world = room_for_counts(self.world)
        pod = self.world.pods[pod_row]
        which = OCCUPYING if pod["deleting"] else ALL
        count_pod(self.world, int(pod["template"]), int(pod["node"]), sign, which)

    def recount(self, counters: range | None = None) -> None:
        """Count the pods that are there anew, for all counters or for new ones that have none."""
        if counters is None:
            counters = range(len(self.relations.counters))
            self._clear_counts()
        world = self.world
        pods = world.pods[: int(world.state[0]["num_pods"])]
        bound = (pods["present"] != 0) & (pods["node"] != NONE) & (pods["phase"] <= Phase.RUNNING)
        bound = np.flatnonzero(bound)
        bound = bound[np.argsort(pods["template"][bound], kind="stable")]
        templates, firsts = np.unique(pods["template"][bound], return_index=True)
        ends = np.append(firsts[1:], len(bound))[: len(firsts)]
        found = [np.zeros((0, 3), np.int64)]
        for template_row, first, end in zip(
            templates.tolist(), firsts.tolist(), ends.tolist(), strict=True
        ):
            mine = bound[first:end]
            for term in self._counted(template_row):
                if int(term["counter"]) in counters:
                    nodes = self._counted_nodes(mine, int(term["counter"]))
                    cells = np.full((len(nodes), 3), int(term["counter"]), np.int64)
                    cells[:, 1] = nodes
                    cells[:, 2] = int(term["weight"])
                    found.append(cells)
        self._add_counts(np.concatenate(found))

    def _counted(self, template_row: int) -> Iterator[np.void]:
        term = int(self.world.templates[template_row]["first_counted"])
        while term != NONE:
            yield self.world.terms[term]
            term = int(self.world.terms[term]["next"])

    def _counted_nodes(self, pod_rows: NDArray[np.int64], counter_row: int) -> NDArray[np.int32]:
        """Return the domain of each of the pods that count for a counter."""
        counter = self.world.counters[counter_row]
        nodes = self.world.pods["node"][pod_rows]
        if not counter["terminating"]:
            nodes = nodes[self.world.pods["deleting"][pod_rows] == 0]
        domains = self.world.node_domains[nodes, counter["key"]]
        there = domains != NONE
        if counter["nodes"] != NONE:
            there &= self.world.node_domains[nodes, counter["nodes"]] != NONE
        counted: NDArray[np.int32] = domains[there]
        return counted

    def _add_counts(self, cells: NDArray[np.int64]) -> None:
        """Add to counters that count nobody: rows of a counter, a domain and an amount."""
        if not len(cells):
            return
        num_domains = self.world.domain_counts.shape[1]
        pairs, places = np.unique(cells[:, 0] * num_domains + cells[:, 1], return_inverse=True)
        sums = np.zeros(len(pairs), np.int64)
        np.add.at(sums, places, cells[:, 2])
        counters, domains = np.divmod(pairs[sums != 0], num_domains)
        sums = sums[sums != 0].astype(np.int32)
        if len(self.world.unfolded):
            self.world = with_tallies(self.world, counters, domains, sums)
        else:
            self.world.domain_counts[counters, domains] = sums
        np.add.at(self.world.counters["total"], counters, sums)

    def _clear_counts(self) -> None:
        """Let no counter count any pod."""
        state = self.world.state[0]
        self.world.domain_counts[:] = 0
        self.world.counters["total"] = 0
        self.world.counters["num_least"] = 0
        if len(self.world.unfolded):
            self.world.unfolded[:] = BLANK_UNFOLDED
            self.world.counters["row"] = NONE
            self.world.counters["first_tally"] = NONE
            state["num_cells"] = state["num_tallies"] = 0
            state["free_tally"] = NONE

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
            self._check_unfolded()
            self.world.state[0]["num_counters"] = row + 1
            extent = self._extent(key, nodes)
            self.world.counters[row] = (key, nodes, *extent, 0, 0, 0, terminating, NONE, NONE)
            if pods is not None:
                self.relations.counting.add(row, selections_of(pods))
            if about is not None:
                self.relations.concerning.add(row, (about,))
        return row

    def _check_unfolded(self) -> None:
        """Make room for all counts that pods of one template look at to be at hand together."""
        needed = self.relations.most_terms + 1
        if 0 < len(self.world.unfolded) < needed:
            self.world = room_for(self.world, unfolded=needed)

    def _key(self, key: str) -> int:
        """Return the column that stands for a label of nodes, a new one if it is new."""
        column = self.relations.keys.get(key)
        if column is None:
            column = self.relations.keys[key] = self._new_column()
            for row in range(len(self.nodes)):
                domain = self._domain(row, key, column)
                self.world.node_domains[row, column] = domain
        return column

    def _new_column(self) -> int:
        column = len(self.relations.domains)
        self.relations.domains.append({})
        self.world = room_for(self.world, keys=column + 1)
        return column

    def _domain(self, row: int, key: str, column: int) -> int:
        """Return the domain of a node by a label, a new one if its value is new."""
        node = self.nodes[row]
        value = None if node is None else node.labels.get(key)
        if value is None:
            return NONE
        values = self.relations.domains[column]
        domain = values.setdefault(value, len(values))
        self.world = room_for(self.world, domains=domain + 1)
        return domain

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
        column = self.relations.sets.get(node_set)
        if column is None:
            column = self.relations.sets[node_set] = self._new_column()
            self.relations.node_sets[column] = node_set
            self._write_membership(node_set, column)
        return column

    def _write_membership(self, node_set: NodeSet, column: int) -> None:
        """Write which nodes belong to a set: its column then has a domain for them.

        The asks of the templates that the set is of are known, so nodes of one sort are alike.
        """
        number = len(self.nodes)
        admitted = np.zeros(max(len(self.classes.num_nodes), 1), np.bool_)
        for sort, place in self.classes.sorts.items():
            admitted[place] = node_set.admits(sort)
        labelled = np.array(
            [
                node is not None and all(key in node.labels for key in node_set.keys)
                for node in self.nodes
            ],
            np.bool_,
        )
        belongs = labelled & admitted[self.world.nodes["sort"][:number] * labelled]
        self.world.node_domains[:number, column] = np.where(belongs, 0, NONE)

    def _extent(self, key: int, nodes: int) -> tuple[int, int]:
        """Return how many nodes counters of a key and a set of nodes have, and how many domains."""
        extent = self.relations.extents.get((key, nodes))
        if extent is None:
            number = len(self.nodes)
            domains = self.world.node_domains[:number, key]
            there = (domains != NONE) & (self.world.nodes["exists"][:number] != 0)
            if nodes != NONE:
                there &= self.world.node_domains[:number, nodes] != NONE
            domains = domains[there]
            extent = len(domains), int(np.count_nonzero(np.bincount(domains)))
            self.relations.extents[key, nodes] = extent
        return extent

    def _write_extents(self) -> None:
        """Write anew how many nodes and domains all counters have."""
        pairs = list(self.relations.extents)
        self.relations.extents.clear()
        counters = self.world.counters[: len(self.relations.counters)]
        for key, nodes in pairs:
            alike = (counters["key"] == key) & (counters["nodes"] == nodes)
            num_nodes, num_domains = self._extent(key, nodes)
            counters["num_nodes"][alike] = num_nodes
            counters["num_domains"][alike] = num_domains
        counters["num_least"] = 0
