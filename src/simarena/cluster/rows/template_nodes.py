"""What pod templates and nodes decide between them, without the pods that are there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.cluster.codes import Reason
from simarena.cluster.manifests.pods.images import image_score
from simarena.cluster.manifests.pods.placement import static_verdict
from simarena.cluster.manifests.pods.taints import (
    default_tolerations,
    evicted_after_s,
    first_untolerated_taint,
)

if TYPE_CHECKING:
    from simarena.cluster.manifests.nodes import Node
    from simarena.cluster.manifests.pods.taints import Toleration
    from simarena.cluster.rows.catalogue import Catalogue


def write_verdict(catalogue: Catalogue, template_row: int, node_row: int) -> None:
    """Fill in what a template and a node decide between them."""
    node = catalogue.nodes[node_row]
    if node is None:
        return
    placement = catalogue.templates[template_row].template.spec.placement
    verdict = static_verdict(placement, node)
    cell = catalogue.world.template_nodes[template_row, node_row]
    cell["reasons"] = verdict.reasons
    cell["evicted_after_s"] = _evicted_after_s(catalogue, placement.tolerations, node)
    cell["num_preferred_taints"] = verdict.num_preferred_taints
    cell["affinity_weight"] = verdict.affinity_weight
    template = catalogue.world.templates[template_row]
    if verdict.num_preferred_taints:
        template["scores_taints"] = 1
    if verdict.affinity_weight:
        template["scores_affinity"] = 1


def _evicted_after_s(catalogue: Catalogue, tolerations: tuple[Toleration, ...], node: Node) -> int:
    if catalogue.config.default_tolerations and node.taints:
        tolerations = (*tolerations, *default_tolerations(tolerations))
    return evicted_after_s(tolerations, node.taints)


def write_image_scores(catalogue: Catalogue, template_row: int) -> None:
    """Write ImageLocality's scores of a template on all nodes."""
    wanted = catalogue.templates[template_row].template.spec.images
    number = int(catalogue.world.state[0]["num_nodes"])
    for node_row, node in enumerate(catalogue.nodes):
        if node is not None:
            score = image_score(wanted, node.images, catalogue.relations.images, number)
            catalogue.world.template_nodes[template_row, node_row]["image"] = score


def untolerated_taints(catalogue: Catalogue, template_row: int) -> dict[tuple[str, str], int]:
    """Return how many nodes a template's pods cannot go to, by key and value of the taint."""
    tolerations = catalogue.templates[template_row].template.spec.placement.tolerations
    numbers: dict[tuple[str, str], int] = {}
    for row, node in enumerate(catalogue.nodes):
        reasons = int(catalogue.world.template_nodes[template_row, row]["reasons"])
        if node is None or not reasons >> Reason.TAINT & 1:
            continue
        taint = first_untolerated_taint(tolerations, node.taints)
        if taint is not None:
            key = (taint.key, taint.value)
            numbers[key] = numbers.get(key, 0) + 1
    return numbers
