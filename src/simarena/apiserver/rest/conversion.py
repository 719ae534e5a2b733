"""Objects that are served in more than one version, and stored in one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from simarena.apiserver.resources.built_in import built_in
from simarena.apiserver.store.kept import Kept
from simarena.cluster.manifests.workloads.autoscaler import from_version_1

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from simarena.apiserver.resources.resource import Resource
    from simarena.cluster.manifests.fields import Manifest

_STORED: Final[Mapping[str, Resource]] = {
    each.collection: each for each in built_in() if not each.stored_as
}
"""The resource in whose version the objects of a collection are stored, by collection."""


def differs(resource: Resource) -> bool:
    """Return whether objects are stored in another version than they are served in."""
    return bool(resource.stored_as) and not resource.custom


def stored(resource: Resource) -> Resource:
    """Return the resource in whose version objects are stored."""
    return _STORED[resource.collection] if differs(resource) else resource


def to_stored(resource: Resource, manifest: Manifest) -> Manifest:
    """Return an object as it is stored."""
    if not differs(resource):
        return manifest
    return _TO_STORED[resource.kind](manifest)


def served(resource: Resource, kept: Kept) -> Kept:
    """Return an object as it is served."""
    if not differs(resource):
        return kept
    return Kept(served_manifest(resource, kept.manifest), kept.place, kept.version)


def served_manifest(resource: Resource, manifest: Manifest) -> Manifest:
    """Return an object as it is served."""
    return _TO_SERVED[resource.kind](manifest) if differs(resource) else manifest


def _autoscaler_to_stored(manifest: Manifest) -> Manifest:
    result = {**manifest, "spec": {**(manifest.get("spec") or {})}}
    result["apiVersion"] = "autoscaling/v1"
    from_version_1(result)
    result["apiVersion"] = "autoscaling/v2"
    return result


def _autoscaler_to_served(manifest: Manifest) -> Manifest:
    spec, status = {**manifest.get("spec", {})}, manifest.get("status") or {}
    metrics = spec.pop("metrics", None) or ()
    spec.pop("behavior", None)
    for metric in metrics:
        resource = metric.get("resource") or {}
        target = resource.get("target") or {}
        if resource.get("name") == "cpu" and "averageUtilization" in target:
            spec["targetCPUUtilizationPercentage"] = target["averageUtilization"]
    shown: dict[str, Any] = {
        "currentReplicas": status.get("currentReplicas", 0),
        "desiredReplicas": status.get("desiredReplicas", 0),
    }
    for name in ("observedGeneration", "lastScaleTime"):
        if name in status:
            shown[name] = status[name]
    for metric in status.get("currentMetrics") or ():
        current = (metric.get("resource") or {}).get("current") or {}
        if "averageUtilization" in current:
            shown["currentCPUUtilizationPercentage"] = current["averageUtilization"]
    return {**manifest, "apiVersion": "autoscaling/v1", "spec": spec, "status": shown}


_RENAMED: Final = {
    "note": "message",
    "regarding": "involvedObject",
    "deprecatedSource": "source",
    "deprecatedFirstTimestamp": "firstTimestamp",
    "deprecatedLastTimestamp": "lastTimestamp",
    "deprecatedCount": "count",
    "reportingController": "reportingComponent",
}
"""Fields of events of events.k8s.io, and what the core group calls them."""


def _event_to_stored(manifest: Manifest) -> Manifest:
    result = {_RENAMED.get(key, key): value for key, value in manifest.items()}
    result["apiVersion"] = "v1"
    return result


def _event_to_served(manifest: Manifest) -> Manifest:
    names = {old: new for new, old in _RENAMED.items()}
    result = {names.get(key, key): value for key, value in manifest.items()}
    result["apiVersion"] = "events.k8s.io/v1"
    result.setdefault("eventTime", None)
    return result


_TO_STORED: Final[Mapping[str, Callable[[Manifest], Manifest]]] = {
    "Event": _event_to_stored,
    "HorizontalPodAutoscaler": _autoscaler_to_stored,
}
_TO_SERVED: Final[Mapping[str, Callable[[Manifest], Manifest]]] = {
    "Event": _event_to_served,
    "HorizontalPodAutoscaler": _autoscaler_to_served,
}
