"""What pod templates and nodes decide between them, without the pods that are there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.cluster.codes import Reason
from simarena.cluster.manifests.pods.images import image_score
from simarena.cluster.manifests.pods.taints import default_tolerations, evicted_after_s
from simarena.cluster.manifests.selectors import first_untolerated_taint, static_verdict

if TYPE_CHECKING:
    from simarena.cluster.manifests.fields import Fields
    from simarena.cluster.rows.catalogue import Catalogue


def write_verdict(catalogue: Catalogue, template_row: int, node_row: int) -> None:
    """Fill in what a template and a node decide between them."""
    node = catalogue.nodes[node_row]
    if node is None:
        return
    verdict = static_verdict(catalogue.templates[template_row].pod["spec"], node)
    cell = catalogue.world.template_nodes[template_row, node_row]
    cell["reasons"] = verdict.reasons
    cell["evicted_after_s"] = _evicted_after_s(catalogue, template_row, node)
    cell["num_preferred_taints"] = verdict.num_preferred_taints
    cell["affinity_weight"] = verdict.affinity_weight
    template = catalogue.world.templates[template_row]
    if verdict.num_preferred_taints:
        template["scores_taints"] = 1
    if verdict.affinity_weight:
        template["scores_affinity"] = 1


def _evicted_after_s(catalogue: Catalogue, template_row: int, node: Fields) -> int:
    spec = catalogue.templates[template_row].pod["spec"]
    taints = (node.get("spec") or {}).get("taints") or ()
    tolerations = [*(spec.get("tolerations") or ())]
    if catalogue.config.default_tolerations:
        tolerations += default_tolerations(spec)
    return evicted_after_s(tolerations, taints)


def write_image_scores(catalogue: Catalogue, template_row: int) -> None:
    """Write ImageLocality's scores of a template on all nodes."""
    spec = catalogue.templates[template_row].pod["spec"]
    number = int(catalogue.world.state[0]["num_nodes"])
    for node_row, node in enumerate(catalogue.nodes):
        if node is not None:
            score = image_score(spec, node, catalogue.relations.images, number)
            catalogue.world.template_nodes[template_row, node_row]["image"] = score


def untolerated_taints(catalogue: Catalogue, template_row: int) -> dict[tuple[str, str], int]:
    """Return how many nodes a template's pods cannot go to, by key and value of the taint."""
    tolerations = catalogue.templates[template_row].pod["spec"].get("tolerations") or ()
    numbers: dict[tuple[str, str], int] = {}
    for row, node in enumerate(catalogue.nodes):
        reasons = int(catalogue.world.template_nodes[template_row, row]["reasons"])
        if node is None or not reasons >> Reason.TAINT & 1:
            continue
        taints = (node.get("spec") or {}).get("taints") or ()
        taint = first_untolerated_taint(tolerations, taints)
        if taint is not None:
            key = (taint["key"], taint.get("value") or "")
            numbers[key] = numbers.get(key, 0) + 1
    return numbers
