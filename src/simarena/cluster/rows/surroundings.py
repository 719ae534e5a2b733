"""Objects that are not simulated, but that decide where pods may go."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from simarena.checks.bounds import MAX_INT32
from simarena.cluster.manifests.budgets import disruption_budget
from simarena.cluster.manifests.fields import flag, mapping, string, string_map, whole
from simarena.cluster.manifests.kinds import Effect, with_effect
from simarena.cluster.manifests.pods.placement import check_label_selector
from simarena.errors import ManifestError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from simarena.cluster.manifests.budgets import DisruptionBudget
    from simarena.cluster.manifests.fields import Fields, Manifest

KINDS: Final = with_effect(Effect.READ)
"""What the scheduler reads beside pods, nodes and their controllers."""

_MAX_PRIORITY = 1_000_000_000
_LEAST_INT32 = -(1 << 31)


@dataclass(slots=True)
class Surroundings:
    """Namespaces, Services, PriorityClasses and PodDisruptionBudgets of a cluster."""

    manifests: dict[tuple[str, str, str], Manifest] = field(default_factory=dict)
    """By kind, namespace (empty where the kind has none) and name."""

    def copied(self) -> Surroundings:
        """Return surroundings that can be changed apart."""
        return Surroundings(dict(self.manifests))

    def put(self, manifest: Manifest) -> bool:
        """Add or change an object; return whether that changes what the scheduler reads of it.

        Raises ManifestError if that part is malformed.
        """
        kind, metadata = manifest["kind"], manifest["metadata"]
        if kind not in KINDS:
            return False
        _check(manifest)
        name = (kind, metadata.get("namespace") or "", metadata["name"])
        before = self.manifests.get(name)
        self.manifests[name] = manifest
        return before is None or _read(before) != _read(manifest)

    def remove(self, kind: str, namespace: str, name: str) -> bool:
        """Forget an object; return whether it was there."""
        return self.manifests.pop((kind, namespace, name), None) is not None

    @property
    def namespaces(self) -> Mapping[str, Mapping[str, str]]:
        """Labels of namespaces, by name."""
        return {
            name: manifest["metadata"].get("labels") or {}
            for (kind, _, name), manifest in self.manifests.items()
            if kind == "Namespace"
        }

    @property
    def priority_classes(self) -> Mapping[str, Fields]:
        """PriorityClasses by name."""
        return {
            name: manifest
            for (kind, _, name), manifest in self.manifests.items()
            if kind == "PriorityClass"
        }

    def services(self, namespace: str) -> Sequence[Fields]:
        """Return the Services of a namespace."""
        return [
            manifest
            for (kind, where, _), manifest in self.manifests.items()
            if kind == "Service" and where == namespace
        ]

    def budgets(self) -> Sequence[DisruptionBudget]:
        """Return all PodDisruptionBudgets."""
        return [
            disruption_budget(manifest)
            for (kind, _, _), manifest in self.manifests.items()
            if kind == "PodDisruptionBudget"
        ]


def _read(manifest: Fields) -> object:
    """Return the part of an object that the scheduler reads."""
    match manifest["kind"]:
        case "Namespace":
            return manifest["metadata"].get("labels") or {}
        case "PriorityClass":
            return [manifest.get(name) for name in ("value", "preemptionPolicy", "globalDefault")]
    return manifest.get("spec") or {}


def _check(manifest: Fields) -> None:
    kind, metadata = manifest["kind"], manifest["metadata"]
    where = f"{kind} {metadata['name']}"
    if kind == "PriorityClass":
        whole(manifest, "value", where, 0, least=_LEAST_INT32, most=MAX_INT32)
        flag(manifest, "globalDefault", where)
        string(manifest, "preemptionPolicy", where)
        system = metadata["name"].startswith("system-")
        if (manifest.get("value") or 0) > _MAX_PRIORITY and not system:
            message = f"{where}.value must be at most {_MAX_PRIORITY}, got {manifest['value']}"
            raise ManifestError(message)
    elif kind == "Service":
        string_map(mapping(manifest, "spec", where), "selector", f"{where}.spec")
    elif kind == "PodDisruptionBudget":
        spec = mapping(manifest, "spec", where)
        check_label_selector(mapping(spec, "selector", f"{where}.spec"), f"{where}.spec.selector")
        disruption_budget(manifest)
