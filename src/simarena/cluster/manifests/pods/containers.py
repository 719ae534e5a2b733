"""Containers of a pod."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from simarena.cluster.manifests.fields import required, string
from simarena.cluster.manifests.pods.host_ports import read_ports
from simarena.cluster.manifests.pods.probes import read_probes
from simarena.cluster.manifests.pods.requests import read_resources

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simarena.cluster.manifests.fields import Manifest
    from simarena.cluster.manifests.pods.host_ports import ContainerPort
    from simarena.cluster.manifests.pods.probes import Probes
    from simarena.cluster.manifests.pods.requests import Resources

_DEFAULTS: Final[Mapping[str, Any]] = {
    "resources": {},
    "terminationMessagePath": "/dev/termination-log",
    "terminationMessagePolicy": "File",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """A container."""

    name: str
    image: str
    is_sidecar: bool
    """An init container that runs on beside the others."""
    ports: tuple[ContainerPort, ...]
    probes: Probes
    resources: Resources


def read_container(container: Manifest, where: str) -> Container:
    """Check a container and fill in its defaults, in place; return what it says."""
    name = required(container, "name", where)
    image = string(container, "image", where)
    ports = read_ports(container, where)
    policy = string(container, "restartPolicy", where)
    tag = image.rpartition("/")[2].partition(":")[2]
    latest = "@" not in image and tag in {"", "latest"}
    container.setdefault("imagePullPolicy", "Always" if latest else "IfNotPresent")
    for field, default in _DEFAULTS.items():
        if container.get(field) is None:
            container[field] = copy.copy(default)
    return Container(
        name=name,
        image=image,
        is_sidecar=policy == "Always",
        ports=ports,
        probes=read_probes(container, where),
        resources=read_resources(container, where),
    )
