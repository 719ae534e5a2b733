"""A copy of a cluster in which pods are moved about, to see where they would fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simarena.cluster.codes import NONE, Operation, Reason, WorkloadKind
from simarena.cluster.kernel.entry import explain_template
from simarena.cluster.objects.journal import Journal
from simarena.cluster.operations.live import LiveWorld
from simarena.cluster.rows.nodes import put_node, remove_node
from simarena.cluster.rows.tables import room_for_counts

if TYPE_CHECKING:
    from simarena.cluster.manifests.nodes import Node
    from simarena.cluster.rows.catalogue import Catalogue


class WhatIf:
    """Nodes come and go and pods move at once; no time passes, and the cluster stays as it is."""

    def __init__(self, catalogue: Catalogue) -> None:
        """Begin with a copy that nobody else uses."""
        self._live = LiveWorld(catalogue, Journal([], []))
        self._only_node = NONE

    @property
    def catalogue(self) -> Catalogue:
        """The copy."""
        return self._live.catalogue

    def copied(self) -> WhatIf:
        """Return another copy, as things are here now."""
        return WhatIf(self._live.what_if())

    def add_node(self, node: Node) -> int:
        """Add a node; return its row."""
        return put_node(self.catalogue, node)

    def without_node(self, name: str) -> None:
        """Take a node out of the list; its pods stay where they are until they are moved."""
        remove_node(self.catalogue, name)

    def lift(self, pod_row: int) -> None:
        """Take a pod off its node."""
        self._live.do(Operation.MOVE_POD, pod_row)

    def place(self, pod_row: int, node_row: int) -> None:
        """Put a pod on a node."""
        self._live.do(Operation.MOVE_POD, pod_row, node_row)

    def nodes_for(self, pod_row: int) -> list[int]:
        """Return the rows of the nodes that can take a pod, in the scheduler's order."""
        world = self.catalogue.world = room_for_counts(self.catalogue.world)
        found = np.zeros(2, np.int64)
        pod = world.pods[pod_row]
        explain_template(world, int(pod["template"]), found)
        rows = [int(row) for row in world.candidates["node"][: int(found[0])]]
        owner = int(pod["owner"])
        self._only_node = NONE
        if owner != NONE and world.workloads[owner]["kind"] == WorkloadKind.DAEMONSET:
            self._only_node = int(pod["ordinal"])
            return [row for row in rows if row == self._only_node]
        return rows

    def reasons(self, node_row: int) -> int:
        """Return the mask of why a node could not take the pod that was asked about last."""
        if self._only_node not in {NONE, node_row}:
            return 1 << Reason.NODE_AFFINITY
        return int(self.catalogue.world.nodes[node_row]["reasons"])

    def settle_somewhere(self, pod_row: int) -> bool:
        """Put a pod on the first node that can take it; return whether there is one."""
        rows = self.nodes_for(pod_row)
        if rows:
            self.place(pod_row, rows[0])
        return bool(rows)
