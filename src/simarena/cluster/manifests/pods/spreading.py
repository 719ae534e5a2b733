"""Topology spread constraints of pods: their own, and those that the system gives the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from simarena.cluster.manifests.fields import Fields

HOSTNAME_LABEL: Final = "kubernetes.io/hostname"
ZONE_LABEL: Final = "topology.kubernetes.io/zone"
TEMPLATE_HASH_LABEL: Final = "pod-template-hash"

_DEFAULT_HOSTNAME_SKEW = 3
_DEFAULT_ZONE_SKEW = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class SpreadConstraint:
    """One constraint, complete."""

    key: str
    """Label of nodes whose values are the domains."""
    selector: Fields | None
    """LabelSelector of the pods that count, in the pod's own namespace."""
    max_skew: int
    hard: bool
    """whenUnsatisfiable is DoNotSchedule."""
    min_domains: int = 1
    honours_affinity: bool = True
    """Only nodes that the pod's node affinity allows are counted."""
    honours_taints: bool = False
    """Only nodes whose taints the pod tolerates are counted."""


def spread_constraints(pod_spec: Fields, labels: Mapping[str, str]) -> list[SpreadConstraint]:
    """Return a pod's own constraints; `labels` are those of the pod."""
    return [
        SpreadConstraint(
            key=given["topologyKey"],
            selector=merged_selector(
                given.get("labelSelector"), labels, same=given.get("matchLabelKeys") or ()
            ),
            max_skew=given["maxSkew"],
            hard=given["whenUnsatisfiable"] == "DoNotSchedule",
            min_domains=given.get("minDomains") or 1,
            honours_affinity=(given.get("nodeAffinityPolicy") or "Honor") == "Honor",
            honours_taints=given.get("nodeTaintsPolicy") == "Honor",
        )
        for given in pod_spec.get("topologySpreadConstraints") or ()
    ]


def default_constraints(selector: Fields | None) -> list[SpreadConstraint]:
    """Return what the system gives pods without constraints of their own.

    `selector` is that of the pod's controller and Services; without one there are no defaults.
    """
    if not selector or not (selector.get("matchLabels") or selector.get("matchExpressions")):
        return []
    return [
        SpreadConstraint(
            key=HOSTNAME_LABEL, selector=selector, max_skew=_DEFAULT_HOSTNAME_SKEW, hard=False
        ),
        SpreadConstraint(
            key=ZONE_LABEL, selector=selector, max_skew=_DEFAULT_ZONE_SKEW, hard=False
        ),
    ]


def default_selector(
    labels: Mapping[str, str], services: Iterable[Fields], owner: Fields | None
) -> Fields | None:
    """Return the selector of default constraints: of all Services that match, and the controller.

    `services` are those of the pod's namespace; `owner` is the controller's selector.
    """
    wanted: dict[str, str] = {}
    for service in services:
        selector = (service.get("spec") or {}).get("selector") or {}
        if selector and all(labels.get(key) == value for key, value in selector.items()):
            wanted.update(selector)
    given = owner or {}
    wanted.update(given.get("matchLabels") or {})
    expressions = list(given.get("matchExpressions") or ())
    if not wanted and not expressions:
        return None
    return {"matchLabels": wanted, "matchExpressions": expressions}


def merged_selector(
    selector: Fields | None,
    labels: Mapping[str, str],
    *,
    same: Iterable[str] = (),
    different: Iterable[str] = (),
) -> Fields | None:
    """Return a LabelSelector that also asks for the pod's own values of some labels, or for others.

    So the API completes `matchLabelKeys` and `mismatchLabelKeys`; keys that the pod has no label of
    are left out.
    """
    if selector is None:
        return None
    more = [
        {"key": key, "operator": operator, "values": [labels[key]]}
        for keys, operator in ((same, "In"), (different, "NotIn"))
        for key in keys
        if key in labels
    ]
    if not more:
        return selector
    return {**selector, "matchExpressions": [*(selector.get("matchExpressions") or ()), *more]}
