"""The status that the API itself gives to new objects, before controllers write theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from simarena.cluster.manifests.pods.qos import qos_class

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from simarena.apiserver.resources.resource import Resource
    from simarena.cluster.manifests.fields import Manifest

_KEPT: Final = ("observedGeneration", "qosClass")


def with_status(resource: Resource, manifest: Manifest) -> Manifest:
    """Return a new object with the status that the API gives it."""
    maker = _STATUS.get(resource.collection)
    if maker is None:
        return manifest
    return {**manifest, "status": {**maker(manifest), **(manifest.get("status") or {})}}


def kept_status(manifest: Manifest, before: Mapping[str, Any]) -> Manifest:
    """Return a pod with what stays of its status `before` where a client leaves it out."""
    status, former = dict(manifest["status"]), before.get("status") or {}
    for name in _KEPT:
        if name in former and not status.get(name):
            status[name] = former[name]
    return {**manifest, "status": status}


def _of_pod(manifest: Mapping[str, Any]) -> Manifest:
    return {"phase": "Pending", "qosClass": qos_class(manifest["spec"])}


def _pending(manifest: Mapping[str, Any]) -> Manifest:
    del manifest
    return {"phase": "Pending"}


_STATUS: Final[Mapping[str, Callable[[Mapping[str, Any]], Manifest]]] = {
    "pods": _of_pod,
    "persistentvolumeclaims": _pending,
    "persistentvolumes": _pending,
}
"""By collection, for kinds whose new objects have more than an empty status."""
