"""Autoscalers that look at the same pods, in names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.cluster.codes import NONE
from simarena.cluster.rows.controller_labels import template_labels

if TYPE_CHECKING:
    from simarena.cluster.manifests.selectors import LabelSelector
    from simarena.cluster.rows.catalogue import Catalogue, TemplateInfo


def ambiguity(catalogue: Catalogue, row: int) -> str:
    """Return that pods of the autoscaler in a row are those of others, too, and of which."""
    selector = _selector(catalogue, row)
    if selector is None:
        return ""
    namespace = catalogue.autoscalers[row].namespace
    labels = [
        template_labels(info)
        for info in _templates_of_pods(catalogue)
        if info.namespace == namespace and selector.matches(template_labels(info))
    ]
    sharing = []
    for other, hpa in enumerate(catalogue.world.autoscalers[: len(catalogue.autoscalers)]):
        info = catalogue.autoscalers[other]
        theirs = _selector(catalogue, other)
        known = hpa["present"] and hpa["selects"] and info.namespace == namespace
        if known and theirs is not None and any(map(theirs.matches, labels)):
            sharing.append(f"{{{info.name} {info.namespace}}}")
    said = f"pods by selector {selector_text(selector)} are controlled by multiple HPAs: "
    return f"{said}[{' '.join(sorted(sharing))}]"


def selector_text(selector: LabelSelector) -> str:
    """Return a selector as lists of labels are asked for: `a=b,c in (d,e),!f`."""
    parts = [(key, f"{key}={value}") for key, value in selector.labels.items()]
    for key, operator, values in selector.requirements:
        listed = ",".join(sorted(values))
        words = {
            "In": f"{key} in ({listed})",
            "NotIn": f"{key} notin ({listed})",
            "Exists": key,
            "DoesNotExist": f"!{key}",
        }
        parts.append((key, words[operator]))
    return ",".join(text for _, text in sorted(parts))


def _selector(catalogue: Catalogue, row: int) -> LabelSelector | None:
    """Return the selector of what the autoscaler in a row scales, None if that is not there."""
    target = int(catalogue.world.autoscalers[row]["target"])
    return None if target == NONE else catalogue.workloads[target].read.selector


def _templates_of_pods(catalogue: Catalogue) -> list[TemplateInfo]:
    world = catalogue.world
    pods = world.pods[: int(world.state[0]["num_pods"])]
    rows = sorted(set(pods["template"][pods["present"] == 1].tolist()))
    return [catalogue.templates[row] for row in rows]
