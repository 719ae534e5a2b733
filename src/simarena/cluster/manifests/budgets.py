"""PodDisruptionBudgets: how many pods must stay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simarena.cluster.manifests.selectors import matches_label_selector
from simarena.cluster.manifests.workloads.deployment import int_or_percent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simarena.cluster.manifests.fields import Fields


@dataclass(frozen=True, slots=True, kw_only=True)
class DisruptionBudget:
    """What a PodDisruptionBudget allows."""

    namespace: str
    selector: Fields | None
    value: int
    """Pods, or per cent."""
    is_percent: bool
    of_unavailable: bool
    """It limits the pods that may be unavailable, and not those that must be available."""

    def matches(self, namespace: str, labels: Mapping[str, str]) -> bool:
        """Return whether it is about a pod; without a selector it is about none."""
        if namespace != self.namespace or not labels or not self.selector:
            return False
        return matches_label_selector(self.selector, labels)


def disruption_budget(manifest: Fields) -> DisruptionBudget:
    """Return what a PodDisruptionBudget's manifest says; ManifestError if it is malformed."""
    metadata, spec = manifest["metadata"], manifest.get("spec") or {}
    where = f"PodDisruptionBudget {metadata['namespace']}/{metadata['name']}: spec"
    of_unavailable = spec.get("maxUnavailable") is not None
    name = "maxUnavailable" if of_unavailable else "minAvailable"
    limit = int_or_percent(spec, name, where, 1)
    return DisruptionBudget(
        namespace=metadata["namespace"],
        selector=spec.get("selector"),
        value=limit.value,
        is_percent=limit.is_percent,
        of_unavailable=of_unavailable,
    )
