"""Resources that containers do not request, so that their utilisation means nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.cluster.codes import Resource
from simarena.cluster.manifests.pods.requests import CPU, MEMORY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simarena.cluster.manifests.fields import Fields

_NAMES = {Resource.CPU: CPU, Resource.MEMORY: MEMORY}


def containers_without(spec: Fields) -> Mapping[Resource, tuple[str, ...]]:
    """Return, by resource, each container's name where it has no request for it, else ""."""
    sidecars = [
        container
        for container in spec.get("initContainers") or ()
        if container.get("restartPolicy") == "Always"
    ]
    containers = [*(spec.get("containers") or ()), *sidecars]
    return {
        resource: tuple("" if _requests(each, name) else each["name"] for each in containers)
        for resource, name in _NAMES.items()
    }


def _requests(container: Fields, resource: str) -> bool:
    resources = container.get("resources") or {}
    return any(resource in (resources.get(part) or {}) for part in ("requests", "limits"))
