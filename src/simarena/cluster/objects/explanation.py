"""What the scheduler would do with a pod: asks the kernel, and tells its answer in names."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from simarena.cluster.codes import NONE
from simarena.cluster.codes.scheduling import PLUGINS, Plugin
from simarena.cluster.kernel.entry import explain_template
from simarena.cluster.messages.control_plane import (
    GATED,
    diagnosis_text,
    foreign_scheduler,
    mask_reasons,
)
from simarena.cluster.objects.identity import Identities
from simarena.cluster.rows.pods import controller_selector
from simarena.cluster.rows.tables import room_for_counts
from simarena.cluster.rows.templates import put_template
from simarena.cluster.rows.verdicts import untolerated_taints

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simarena.cluster.manifests.pods.pod import Pod
    from simarena.cluster.rows.catalogue import Catalogue

_SCORING = [each for column in Plugin for each in PLUGINS if each.column is column]


@dataclass(frozen=True, slots=True)
class NodeVerdict:
    """One node, as the scheduler sees it for one pod."""

    feasible: bool
    reasons: tuple[str, ...]
    """Why not, in the scheduler's words; empty where feasible."""
    scores: dict[str, int]
    """Each plugin's normalised score, 0 to 100, before its weight; empty where not feasible."""
    total: int
    """Weighted sum of the scores; 0 where not feasible."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Where a pod would go, and why not elsewhere."""

    best: tuple[str, ...]
    """Names of the nodes with the highest total, in the scheduler's order; empty: unschedulable."""
    message: str
    """The scheduler's message where no node is feasible, else empty."""
    nodes: dict[str, NodeVerdict]
    """By name, every node that exists."""
    victims: tuple[str, ...] = ()
    """Names of the pods that would be evicted first."""
    nominated: str | None = None
    """Name of the node they would be evicted from."""
    nominations: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Victims by node, of every node where evicting costs as little; the scheduler takes any."""


def explain_pod(catalogue: Catalogue, pod: Pod) -> Verdict:
    """Return what the scheduler would do with a pod; it goes into the catalogue."""
    selector = controller_selector(catalogue, pod)
    owner, namespace = tuple(pod.key), pod.key.namespace
    template_row = put_template(catalogue, pod.template, namespace, owner, selector)
    world = catalogue.world = room_for_counts(catalogue.world)
    found = np.zeros(2, np.int64)
    explain_template(world, template_row, found)
    number, nominated = found.tolist()
    nodes = _node_verdicts(catalogue, number)
    if world.templates[template_row]["gated"]:
        spec = pod.template.spec
        return Verdict((), GATED if spec.is_gated else foreign_scheduler(spec.scheduler), nodes)
    if number == 0:
        message = diagnosis_of(catalogue, template_row, world.diagnoses[-1].tolist())
        if nominated == NONE:
            return Verdict((), message, nodes)
        nominations = _nominations(catalogue, nominated)
        name = catalogue.node_names[nominated]
        return Verdict((), message, nodes, nominations[name], name, nominations)
    best = max(verdict.total for verdict in nodes.values() if verdict.feasible)
    listed = world.node_list[: int(world.state[0]["num_nodes"])].tolist()
    names = [catalogue.node_names[row] for row in listed]
    chosen = tuple(n for n in names if nodes[n].feasible and nodes[n].total == best)
    return Verdict(chosen, "", nodes)


def diagnosis_of(catalogue: Catalogue, template_row: int, counts: Sequence[int]) -> str:
    """Return a diagnosis of a pod of this template in the words of the cluster's release."""
    taints = None
    if not catalogue.world.settings[0]["release_136"]:
        taints = untolerated_taints(catalogue, template_row)
    return diagnosis_text(counts, tuple(catalogue.extended), taints=taints)


def _node_verdicts(catalogue: Catalogue, number: int) -> dict[str, NodeVerdict]:
    world = catalogue.world
    extended = tuple(catalogue.extended)
    candidates = world.candidates[:number]
    indices = {int(node_row): index for index, node_row in enumerate(candidates["node"])}
    nodes = {}
    for name, row in catalogue.node_rows.items():
        index = indices.get(row)
        if index is None:
            words = mask_reasons(int(world.nodes[row]["reasons"]), extended)
            nodes[name] = NodeVerdict(feasible=False, reasons=words, scores={}, total=0)
        else:
            scores = {plugin.name: int(world.scores[index, plugin.column]) for plugin in _SCORING}
            nodes[name] = NodeVerdict(
                feasible=True, reasons=(), scores=scores, total=int(candidates[index]["total"])
            )
    return nodes


def _nominations(catalogue: Catalogue, nominated: int) -> dict[str, tuple[str, ...]]:
    """Return the victims on each node that ties with the one that was chosen."""
    world = catalogue.world
    names = Identities(catalogue)
    rank = world.costs[nominated]["rank"]
    pods = world.pods[: int(world.state[0]["num_pods"])]
    return {
        name: tuple(
            names.pod_of_row(pod).name
            for pod in pods[(pods["present"] != 0) & (pods["node"] == row) & (pods["victim"] != 0)]
        )
        for name, row in catalogue.node_rows.items()
        if world.costs[row]["rank"] == rank
    }
