"""Nodes to rows of a World, and the order in which the scheduler looks at them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simarena.cluster.codes import NONE
from simarena.cluster.records import BLANK_NODE
from simarena.cluster.rows.images import write_node_images
from simarena.cluster.rows.tables import room_for
from simarena.cluster.rows.template_relations import relation_writer
from simarena.cluster.rows.verdicts import write_sort

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simarena.cluster.manifests.nodes import Node, NodeCapacity
    from simarena.cluster.rows.catalogue import Catalogue


def put_node(catalogue: Catalogue, node: Node) -> int:
    """Add or change a node; return its row. The node list's order is made anew."""
    return put_nodes(catalogue, [node])[0]


def put_nodes(catalogue: Catalogue, nodes: Iterable[Node]) -> list[int]:
    """Add or change nodes; return their rows. The node list's order is made anew once.

    Raises ManifestError, before anything changes, if they have too many extended resources.
    """
    given = list(nodes)
    extended: dict[str, None] = {}
    for node in given:
        extended |= dict.fromkeys(node.capacity.extended)
        catalogue.check_columns(extended, f"node {node.name}")
    most = len(catalogue.nodes) + len(given)
    if len(given) > 1:
        catalogue.world = room_for(catalogue.world, nodes=most, domains=most)
    before = [_former(catalogue, node.name) for node in given]
    rows = [_put(catalogue, node) for node in given]
    come = any(former is None for former in before)
    if come or any(
        former is not None and former.zone != node.zone
        for former, node in zip(before, given, strict=True)
    ):
        _list_nodes(catalogue)
    _relate_nodes(catalogue, rows, come_or_go=come)
    return rows


def _former(catalogue: Catalogue, name: str) -> Node | None:
    row = catalogue.node_rows.get(name)
    return None if row is None else catalogue.nodes[row]


def _put(catalogue: Catalogue, node: Node) -> int:
    name = node.name
    columns = [catalogue.column(resource) for resource in node.capacity.extended]
    before = _former(catalogue, name)
    row = catalogue.node_rows.get(name)
    if row is None:
        row = len(catalogue.nodes)
        catalogue.world = room_for(catalogue.world, nodes=row + 1, domains=row + 1)
        catalogue.nodes.append(node)
        catalogue.node_zones.append(NONE)
        catalogue.node_names.append(name)
        catalogue.node_created_ms.append(int(catalogue.world.state[0]["now_ms"]))
        catalogue.node_rows[name] = row
        catalogue.world.state[0]["num_node_rows"] = row + 1
        catalogue.world.nodes[row] = BLANK_NODE[0]
    else:
        catalogue.nodes[row] = node
    catalogue.node_zones[row] = catalogue.zones.setdefault(node.zone, len(catalogue.zones))
    _write_node(catalogue, row, node.capacity, columns)
    write_sort(catalogue, row, before)
    return row


def remove_node(catalogue: Catalogue, name: str) -> int:
    """Take a node out of the list; return its row, which is not used again."""
    before = _former(catalogue, name)
    row = catalogue.node_rows.pop(name)
    catalogue.nodes[row] = None
    catalogue.node_zones[row] = NONE
    catalogue.world.nodes[row]["exists"] = 0
    write_sort(catalogue, row, before)
    _list_nodes(catalogue)
    _relate_nodes(catalogue, [row], come_or_go=True)
    return row


def _relate_nodes(catalogue: Catalogue, rows: list[int], *, come_or_go: bool) -> None:
    """Write what new, changed or removed nodes are to pods that look at their neighbours."""
    writer = relation_writer(catalogue)
    writer.write_nodes(rows, come_or_go=come_or_go)
    catalogue.world = writer.world
    write_node_images(catalogue, rows)


def _write_node(catalogue: Catalogue, row: int, capacity: NodeCapacity, columns: list[int]) -> None:
    node = catalogue.world.nodes[row]
    node["cpu_milli"] = capacity.cpu_milli
    node["memory_bytes"] = capacity.memory_bytes
    node["ephemeral_bytes"] = capacity.ephemeral_bytes
    node["max_pods"] = capacity.max_pods
    node["memory_capacity_bytes"] = capacity.memory_capacity_bytes
    node["exists"] = 1
    catalogue.world.node_extended[row, :, 0] = 0
    for column, number in zip(columns, capacity.extended.values(), strict=True):
        catalogue.world.node_extended[row, column, 0] = number


def _list_nodes(catalogue: Catalogue) -> None:
    """Order the nodes as kube-scheduler does: zones take turns, each in order of arrival."""
    numbers = np.array(catalogue.node_zones, np.int64)
    rows = np.flatnonzero(numbers != NONE)
    _, firsts, places = np.unique(numbers[rows], return_index=True, return_inverse=True)
    zone = np.argsort(np.argsort(firsts))[places]  # zones in the order of their first nodes
    by_zone = np.argsort(zone, kind="stable")
    begins = np.searchsorted(zone[by_zone], np.arange(len(firsts)))
    depth = np.empty(len(rows), np.int64)
    depth[by_zone] = np.arange(len(rows)) - begins[zone[by_zone]]
    listed = rows[np.lexsort((zone, depth))].astype(np.int32)
    catalogue.world.node_list[: len(listed)] = listed
    catalogue.world.state[0]["num_nodes"] = len(listed)
    if catalogue.world.state[0]["next_start_node"] >= len(listed):
        catalogue.world.state[0]["next_start_node"] = 0
