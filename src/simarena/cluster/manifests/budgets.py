"""PodDisruptionBudgets: how many pods must stay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simarena.cluster.manifests.api_object import ApiObject, ObjectKey
from simarena.cluster.manifests.fields import mapping
from simarena.cluster.manifests.selectors import selector_at
from simarena.cluster.manifests.workloads.int_or_percent import read_int_or_percent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simarena.cluster.manifests.fields import Manifest
    from simarena.cluster.manifests.selectors import LabelSelector
    from simarena.cluster.manifests.workloads.int_or_percent import IntOrPercent


@dataclass(frozen=True, slots=True, kw_only=True)
class DisruptionBudget(ApiObject):
    """What a PodDisruptionBudget allows."""

    selector: LabelSelector | None
    limit: IntOrPercent
    of_unavailable: bool
    """It limits the pods that may be unavailable, and not those that must be available."""
    evicts_unhealthy: bool
    """Pods that are not ready may always be evicted."""

    def matches(self, namespace: str, labels: Mapping[str, str]) -> bool:
        """Return whether it is about a pod; with an empty selector, or none, it is about none."""
        if namespace != self.key.namespace or not labels or self.selector is None:
            return False
        return not self.selector.is_empty and self.selector.matches(labels)


def read_budget(manifest: Manifest, key: ObjectKey) -> DisruptionBudget:
    """Return a PodDisruptionBudget whose metadata is checked; ManifestError if it is malformed."""
    kind, namespace, name = key
    spec = mapping(manifest, "spec", f"{kind} {name}")
    selector = selector_at(spec, "selector", f"{kind} {name}.spec")
    of_unavailable = spec.get("maxUnavailable") is not None
    field = "maxUnavailable" if of_unavailable else "minAvailable"
    limit = read_int_or_percent(spec, field, f"{kind} {namespace}/{name}: spec", 1)
    return DisruptionBudget(
        key=key,
        manifest=manifest,
        selector=selector,
        limit=limit,
        of_unavailable=of_unavailable,
        evicts_unhealthy=spec.get("unhealthyPodEvictionPolicy") == "AlwaysAllow",
    )
