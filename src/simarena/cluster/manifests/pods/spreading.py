"""Topology spread constraints of pods: their own, and those that the system gives the others."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from simarena.cluster.manifests.fields import choice, int32, objects, required, strings
from simarena.cluster.manifests.selectors import LabelSelector, merged_selector, selector_at
from simarena.errors import ManifestError

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
    selector: LabelSelector | None
    """Of the pods that count, in the pod's own namespace."""
    max_skew: int
    hard: bool
    """whenUnsatisfiable is DoNotSchedule."""
    min_domains: int = 1
    honours_affinity: bool = True
    """Only nodes that the pod's node affinity allows are counted."""
    honours_taints: bool = False
    """Only nodes whose taints the pod tolerates are counted."""
    same: tuple[str, ...] = ()
    """Labels in which pods that count are like the pod itself."""

    def of(self, labels: Mapping[str, str]) -> SpreadConstraint:
        """Return the constraint of a pod with these labels."""
        selector = merged_selector(self.selector, labels, same=self.same)
        return replace(self, selector=selector, same=())


def read_spreading(pod_spec: Fields, where: str) -> tuple[SpreadConstraint, ...]:
    """Return a pod's own constraints; ManifestError if they are malformed."""
    return tuple(
        _constraint(given, f"{where}.topologySpreadConstraints[{index}]")
        for index, given in enumerate(objects(pod_spec, "topologySpreadConstraints", where))
    )


def _constraint(given: Fields, where: str) -> SpreadConstraint:
    key = required(given, "topologyKey", where)
    max_skew = int32(given, "maxSkew", where, 0, least=1)
    if given.get("maxSkew") is None:
        message = f"{where}.maxSkew must be given, at least 1"
        raise ManifestError(message)
    unsatisfiable = choice(
        given, "whenUnsatisfiable", where, ("DoNotSchedule", "ScheduleAnyway"), ""
    )
    min_domains = int32(given, "minDomains", where, 1, least=1)
    if given.get("minDomains") is not None and unsatisfiable != "DoNotSchedule":
        message = f"{where}.minDomains needs whenUnsatisfiable to be DoNotSchedule"
        raise ManifestError(message)
    affinity = choice(given, "nodeAffinityPolicy", where, ("Honor", "Ignore", ""), "")
    taints = choice(given, "nodeTaintsPolicy", where, ("Honor", "Ignore", ""), "")
    same = tuple(strings(given, "matchLabelKeys", where))
    return SpreadConstraint(
        key=key,
        selector=selector_at(given, "labelSelector", where),
        max_skew=max_skew,
        hard=unsatisfiable == "DoNotSchedule",
        min_domains=min_domains,
        honours_affinity=affinity != "Ignore",
        honours_taints=taints == "Honor",
        same=same,
    )


def default_constraints(selector: LabelSelector | None) -> list[SpreadConstraint]:
    """Return what the system gives pods without constraints of their own.

    `selector` is that of the pod's controller and Services; without one there are no defaults.
    """
    if selector is None or selector.is_empty:
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
    labels: Mapping[str, str],
    services: Iterable[Mapping[str, str]],
    owner: LabelSelector | None,
) -> LabelSelector | None:
    """Return the selector of default constraints: of all Services that match, and the controller.

    `services` are the selectors of those of the pod's namespace; `owner` is the controller's.
    """
    wanted: dict[str, str] = {}
    for selector in services:
        if selector and all(labels.get(key) == value for key, value in selector.items()):
            wanted.update(selector)
    given = owner or LabelSelector()
    wanted.update(given.labels)
    if not wanted and not given.requirements:
        return None
    return LabelSelector(wanted, given.requirements)
