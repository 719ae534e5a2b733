"""Asks the kernel about a pod, and tells its answer in names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simarena.cluster.kernel.explain import explain
from simarena.cluster.messages import diagnosis_text, mask_reasons
from simarena.cluster.verdict import NodeVerdict, Verdict

if TYPE_CHECKING:
    from simarena.cluster.compiler import Catalogue
    from simarena.cluster.fields import Manifest

_PLUGINS = {
    "taint": "TaintToleration",
    "affinity": "NodeAffinity",
    "fit": "NodeResourcesFit",
    "balanced": "NodeResourcesBalancedAllocation",
    "spread": "PodTopologySpread",
    "pod_affinity": "InterPodAffinity",
    "image": "ImageLocality",
}


def explain_pod(catalogue: Catalogue, pod: Manifest) -> Verdict:
    """Return what the scheduler would do with a normalised pod now; nothing changes."""
    metadata = pod["metadata"]
    owner = ("Pod", metadata["namespace"], metadata["name"])
    asked = {"metadata": metadata, "spec": pod["spec"]}
    selector = catalogue.controller_selector(metadata)
    template_row = catalogue.template_row(asked, metadata["namespace"], owner, selector)
    world = catalogue.world
    reasons = np.zeros(len(catalogue.nodes), np.int64)
    found = explain(world, template_row, reasons)
    extended = tuple(catalogue.extended)
    candidates = {int(row["node"]): row for row in world.candidates[:found]}
    nodes = {}
    for name, row in catalogue.node_rows.items():
        candidate = candidates.get(row)
        if candidate is None:
            words = mask_reasons(int(reasons[row]), extended)
            nodes[name] = NodeVerdict(feasible=False, reasons=words, scores={}, total=0)
        else:
            scores = {plugin: int(candidate[field]) for field, plugin in _PLUGINS.items()}
            nodes[name] = NodeVerdict(
                feasible=True, reasons=(), scores=scores, total=int(candidate["total"])
            )
    if not found:
        message = diagnosis_text(world.diagnoses[-1].tolist(), extended)
        return Verdict((), message, nodes)
    best = max(verdict.total for verdict in nodes.values() if verdict.feasible)
    names = {row: name for name, row in catalogue.node_rows.items()}
    listed = (int(row) for row in world.nodes["listed"][: int(world.state[0]["num_nodes"])])
    return Verdict(
        tuple(
            names[row]
            for row in listed
            if nodes[names[row]].feasible and nodes[names[row]].total == best
        ),
        "",
        nodes,
    )
