"""Whether pods are where they may be: looked at one by one, by nothing that the scheduler keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.cluster.codes import NONE, Phase
from simarena.cluster.manifests.pods.affinity import pod_terms
from simarena.cluster.manifests.pods.placement import static_verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simarena.cluster.manifests.nodes import Node
    from simarena.cluster.manifests.pods.affinity import PodTerm
    from simarena.cluster.records import Rows
    from simarena.cluster.rows.catalogue import Catalogue, TemplateInfo

_RESOURCES = (
    ("cpu_milli", "cpu"),
    ("memory_bytes", "memory"),
    ("ephemeral_bytes", "ephemeral-storage"),
)
_MOST_TOLD = 5


def placement_faults(catalogue: Catalogue) -> Iterator[str]:
    """Yield what is wrong with where pods are, the first few of each kind."""
    world = catalogue.world
    pods = world.pods[: int(world.state[0]["num_pods"])]
    bound = pods[(pods["present"] != 0) & (pods["node"] != NONE) & (pods["phase"] <= Phase.RUNNING)]
    yield from _overfull(catalogue, bound)
    yield from _misplaced(catalogue, bound)
    yield from _too_near(catalogue, bound)


def _overfull(catalogue: Catalogue, bound: Rows) -> Iterator[str]:
    """Yield nodes whose pods ask for more than there is."""
    world = catalogue.world
    asked = world.templates[bound["template"]]
    number = len(catalogue.nodes)
    for name, word in _RESOURCES:
        sums = [0] * number
        for node_row, amount in zip(bound["node"].tolist(), asked[name].tolist(), strict=True):
            sums[node_row] += amount
        has = world.nodes[name][:number].tolist()
        for row, total in enumerate(sums):
            if total > has[row]:
                yield f"{catalogue.node_names[row]} has less {word} than its pods ask for"


def _misplaced(catalogue: Catalogue, bound: Rows) -> Iterator[str]:
    """Yield pods on nodes that do not admit them."""
    pairs = {(int(pod["template"]), int(pod["node"])) for pod in bound}
    told = 0
    for template_row, node_row in sorted(pairs):
        node = catalogue.nodes[node_row]
        placement = catalogue.templates[template_row].template.spec.placement
        if node is not None and static_verdict(placement, node).reasons:
            told += 1
            if told <= _MOST_TOLD:
                owner = "/".join(catalogue.templates[template_row].owner)
                yield f"{node.name} does not admit {owner}"


def _too_near(catalogue: Catalogue, bound: Rows) -> Iterator[str]:
    """Yield pods that share a domain with others that they must not be near."""
    told = 0
    by_domain: dict[tuple[str, str], dict[int, int]] = {}
    terms = {
        row: _anti_affinity(info)
        for row, info in enumerate(catalogue.templates)
        if info.template.spec.placement.apart.required
    }
    keys = {term.key for each in terms.values() for term in each}
    for pod in bound if keys else ():
        node = catalogue.nodes[int(pod["node"])]
        for key in keys if node is not None else ():
            domain = _domain(node, key)
            if domain is not None:
                here = by_domain.setdefault((key, domain), {})
                here[int(pod["template"])] = here.get(int(pod["template"]), 0) + 1
    for row, mine in terms.items():
        for term in mine:
            for (key, domain), here in by_domain.items():
                if key != term.key or row not in here:
                    continue
                others = sum(
                    number - (other == row)
                    for other, number in here.items()
                    if term.pods.matches(
                        catalogue.templates[other].namespace,
                        catalogue.templates[other].template.labels,
                        _namespace_labels(catalogue, catalogue.templates[other].namespace),
                    )
                )
                if others:
                    told += 1
                    if told <= _MOST_TOLD:
                        yield f"pods in {key} {domain} are near pods that they must not be near"


def _anti_affinity(info: TemplateInfo) -> list[PodTerm]:
    placement = info.template.spec.placement
    terms = pod_terms(placement.near, placement.apart, info.namespace, info.template.labels)
    return list(terms.anti_affinity)


def _domain(node: Node | None, key: str) -> str | None:
    return None if node is None else node.labels.get(key)


def _namespace_labels(catalogue: Catalogue, namespace: str) -> dict[str, str]:
    labels = catalogue.surroundings.namespaces.get(namespace, {})
    return {**labels, "kubernetes.io/metadata.name": namespace}
