"""What pod templates and nodes decide between them, without the pods that are there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simarena.cluster.codes import NONE, Reason
from simarena.cluster.manifests.pods.placement import static_verdict
from simarena.cluster.manifests.pods.taints import (
    default_tolerations,
    evicted_after_s,
    first_untolerated_taint,
)
from simarena.cluster.rows.classes import ask_of
from simarena.cluster.rows.tables import room_for

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simarena.cluster.manifests.nodes import Node
    from simarena.cluster.manifests.pods.placement import Placement
    from simarena.cluster.manifests.pods.taints import Toleration
    from simarena.cluster.records import World
    from simarena.cluster.rows.catalogue import Catalogue
    from simarena.cluster.rows.classes import Sort


def write_ask(catalogue: Catalogue, template_row: int) -> None:
    """Write what a new template asks of nodes by themselves, and what they all say to it."""
    classes = catalogue.classes
    placement = catalogue.templates[template_row].template.spec.placement
    ask = ask_of(placement)
    row = classes.asks.get(ask)
    if row is None:
        row = classes.asks[ask] = len(classes.placements)
        classes.placements.append(placement)
        catalogue.world = room_for(catalogue.world, asks=row + 1)
        for node_row in sorted(classes.look_at(ask, catalogue.nodes, catalogue.node_rows)):
            _split(catalogue, node_row)
        for sort, column in classes.sorts.items():
            _write_verdict(catalogue, row, column, placement, sort)
        verdicts = catalogue.world.verdicts[row]
        flags = verdicts["num_preferred_taints"].any(), verdicts["affinity_weight"].any()
        classes.flags.append((bool(flags[0]), bool(flags[1])))
        name = placement.nodes.only_name()
        if name is not None:
            classes.asks_of_name.setdefault(name, []).append(row)
    template = catalogue.world.templates[template_row]
    template["ask"] = row
    template["named_node"] = catalogue.node_rows.get(placement.nodes.only_name() or "", NONE)
    template["scores_taints"], template["scores_affinity"] = classes.flags[row]


def write_sort(catalogue: Catalogue, node_row: int, before: Node | None) -> None:
    """Write of which sort a node is that is new or has changed, and what it says to all templates.

    `before` is what it was until now, if it was there.
    """
    classes = catalogue.classes
    node = catalogue.nodes[node_row]
    classes.note_labels(node_row, before, node)
    if before is not None:
        classes.leave(node_row)
    if node is None:
        if before is not None:
            _write_named(catalogue, before.name, NONE)
        return
    if before is None:
        _write_named(catalogue, node.name, node_row)
    sort = classes.sort_of(node)
    column, is_new = classes.join(node_row, sort)
    if is_new:
        catalogue.world = room_for(catalogue.world, sorts=column + 1)
        catalogue.world.verdicts[:, column] = np.zeros((), catalogue.world.verdicts.dtype)
        for row, placement in enumerate(classes.placements):
            _write_verdict(catalogue, row, column, placement, sort)
        _write_flags(catalogue, column)
    catalogue.world.nodes[node_row]["sort"] = column


def _write_named(catalogue: Catalogue, name: str, node_row: int) -> None:
    """Let the templates that name this node alone know where it is."""
    asks = catalogue.classes.asks_of_name.get(name)
    if asks is not None:
        templates = catalogue.world.templates[: int(catalogue.world.state[0]["num_templates"])]
        templates["named_node"][np.isin(templates["ask"], asks)] = node_row


def _split(catalogue: Catalogue, node_row: int) -> None:
    """Write of which sort a node is now that asks look at more.

    What those before say is not changed by that.
    """
    classes = catalogue.classes
    node = catalogue.nodes[node_row]
    former = int(catalogue.world.nodes[node_row]["sort"])
    if node is None:
        return
    classes.leave(node_row)
    column, is_new = classes.join(node_row, classes.sort_of(node))
    if is_new:
        catalogue.world = room_for(catalogue.world, sorts=column + 1)
        catalogue.world.verdicts[:, column] = catalogue.world.verdicts[:, former]
    catalogue.world.nodes[node_row]["sort"] = column


def _write_verdict(
    catalogue: Catalogue, row: int, column: int, placement: Placement, sort: Sort
) -> None:
    verdict = static_verdict(placement, sort)
    catalogue.world.verdicts[row, column] = (
        verdict.reasons,
        verdict.num_preferred_taints,
        verdict.affinity_weight,
        _evicted_after_s(catalogue, placement.tolerations, sort),
    )


def _evicted_after_s(catalogue: Catalogue, tolerations: tuple[Toleration, ...], sort: Sort) -> int:
    if catalogue.config.default_tolerations and sort.taints:
        tolerations = (*tolerations, *default_tolerations(tolerations))
    return evicted_after_s(tolerations, sort.taints)


def _write_flags(catalogue: Catalogue, column: int) -> None:
    """Let the templates know to which a new sort of nodes says more than yes or no."""
    world = catalogue.world
    templates = world.templates[: int(world.state[0]["num_templates"])]
    said = world.verdicts[: len(catalogue.classes.placements), column]
    scores_taints, scores_affinity = said["num_preferred_taints"] != 0, said["affinity_weight"] != 0
    for row in np.flatnonzero(scores_taints | scores_affinity).tolist():
        before = catalogue.classes.flags[row]
        now = before[0] or bool(scores_taints[row]), before[1] or bool(scores_affinity[row])
        if now != before:
            catalogue.classes.flags[row] = now
            alike = templates["ask"] == row
            templates["scores_taints"][alike], templates["scores_affinity"][alike] = now


def reasons_of(world: World, template_row: int) -> NDArray[np.int64]:
    """Return why each row of nodes rejects pods of a template, whatever runs there."""
    ask = int(world.templates[template_row]["ask"])
    reasons: NDArray[np.int64] = world.verdicts[ask]["reasons"][world.nodes["sort"]]
    return reasons


def untolerated_taints(catalogue: Catalogue, template_row: int) -> dict[tuple[str, str], int]:
    """Return how many nodes a template's pods cannot go to, by key and value of the taint."""
    tolerations = catalogue.templates[template_row].template.spec.placement.tolerations
    numbers: dict[tuple[str, str], int] = {}
    reasons = reasons_of(catalogue.world, template_row).tolist()
    for row, node in enumerate(catalogue.nodes):
        if node is None or not reasons[row] >> Reason.TAINT & 1:
            continue
        taint = first_untolerated_taint(tolerations, node.taints)
        if taint is not None:
            key = (taint.key, taint.value)
            numbers[key] = numbers.get(key, 0) + 1
    return numbers
