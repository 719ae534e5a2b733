"""Ports of the node that a pod's containers ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from simarena.cluster.manifests.fields import objects, string, whole

if TYPE_CHECKING:
    from simarena.cluster.manifests.fields import Fields

_ANY_ADDRESS = "0.0.0.0"  # noqa: S104 - what the API means by no address
_ALWAYS = "Always"
_MAX_PORT: Final = 65_535


class HostPort(NamedTuple):
    """A port on an address of the node."""

    address: str
    protocol: str
    port: int

    def conflicts(self, other: HostPort) -> bool:
        """Return whether two pods with these ports cannot share a node."""
        if (self.protocol, self.port) != (other.protocol, other.port):
            return False
        return self.address == other.address or _ANY_ADDRESS in {self.address, other.address}


def check_ports(container: Fields, where: str) -> None:
    """Raise ManifestError unless a container's ports are well formed."""
    for index, port in enumerate(objects(container, "ports", where)):
        at = f"{where}.ports[{index}]"
        for name in ("containerPort", "hostPort"):
            whole(port, name, at, 0, most=_MAX_PORT)
        for name in ("hostIP", "protocol"):
            string(port, name, at)


def host_ports(pod_spec: Fields) -> tuple[HostPort, ...]:
    """Return the host ports of a pod, each once: of its containers and of its sidecars.

    On the host's network every container port is one.
    """
    containers = [
        *(c for c in pod_spec.get("initContainers") or () if c.get("restartPolicy") == _ALWAYS),
        *(pod_spec.get("containers") or ()),
    ]
    on_host = bool(pod_spec.get("hostNetwork"))
    found: dict[HostPort, None] = {}
    for container in containers:
        for given in container.get("ports") or ():
            port = given.get("hostPort") or (given.get("containerPort") if on_host else 0) or 0
            if port > 0:
                address = given.get("hostIP") or _ANY_ADDRESS
                found[HostPort(address, given.get("protocol") or "TCP", port)] = None
    return tuple(found)
