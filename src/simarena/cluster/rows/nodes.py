"""Nodes to rows of a World, and the order in which the scheduler looks at them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.cluster.codes import NONE
from simarena.cluster.manifests.pods.images import image_states
from simarena.cluster.records import BLANK_NODE
from simarena.cluster.rows.tables import room_for
from simarena.cluster.rows.template_nodes import write_image_scores, write_verdict
from simarena.cluster.rows.template_relations import relation_writer

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
    rows = [_put(catalogue, node) for node in given]
    _list_nodes(catalogue)
    _relate_nodes(catalogue, rows)
    return rows


def _put(catalogue: Catalogue, node: Node) -> int:
    name = node.name
    columns = [catalogue.column(resource) for resource in node.capacity.extended]
    row = catalogue.node_rows.get(name)
    if row is None:
        row = len(catalogue.nodes)
        catalogue.world = room_for(catalogue.world, nodes=row + 1, domains=row + 1)
        catalogue.nodes.append(node)
        catalogue.node_names.append(name)
        catalogue.node_created_ms.append(int(catalogue.world.state[0]["now_ms"]))
        catalogue.node_rows[name] = row
        catalogue.world.state[0]["num_node_rows"] = row + 1
        catalogue.world.nodes[row] = BLANK_NODE[0]
    else:
        catalogue.nodes[row] = node
    _write_node(catalogue, row, node.capacity, columns)
    for template_row in range(len(catalogue.templates)):
        write_verdict(catalogue, template_row, row)
    return row


def remove_node(catalogue: Catalogue, name: str) -> int:
    """Take a node out of the list; return its row, which is not used again."""
    row = catalogue.node_rows.pop(name)
    catalogue.nodes[row] = None
    catalogue.world.nodes[row]["exists"] = 0
    _list_nodes(catalogue)
    _relate_nodes(catalogue, [row])
    return row


def _relate_nodes(catalogue: Catalogue, rows: list[int]) -> None:
    """Write what new, changed or removed nodes are to pods that look at their neighbours."""
    writer = relation_writer(catalogue)
    for row in rows:
        writer.write_node(row)
    if any(catalogue.world.nodes[row]["first_pod"] != NONE for row in rows):
        writer.recount()
    catalogue.world = writer.world
    changed = (catalogue.nodes[row] for row in rows)
    if not catalogue.relations.images and not any(node.images for node in changed if node):
        return
    states = image_states(node.images for node in catalogue.nodes if node is not None)
    catalogue.relations.images = states
    for template_row in range(len(catalogue.templates)):
        write_image_scores(catalogue, template_row)


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
    zones: dict[tuple[str, str], list[int]] = {}
    for row, node in enumerate(catalogue.nodes):
        if node is not None:
            zones.setdefault(node.zone, []).append(row)
    listed: list[int] = []
    depth = 0
    while any(depth < len(rows) for rows in zones.values()):
        listed.extend(rows[depth] for rows in zones.values() if depth < len(rows))
        depth += 1
    catalogue.world.node_list[: len(listed)] = listed
    catalogue.world.state[0]["num_nodes"] = len(listed)
    if catalogue.world.state[0]["next_start_node"] >= len(listed):
        catalogue.world.state[0]["next_start_node"] = 0
