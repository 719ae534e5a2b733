"""Ports of the node that a pod's containers ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from simarena.cluster.manifests.fields import objects, string, whole

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simarena.cluster.manifests.fields import Fields

_ANY_ADDRESS = "0.0.0.0"  # noqa: S104 - what the API means by no address
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


class ContainerPort(NamedTuple):
    """A port of a container."""

    port: int
    host_port: int
    """0: none."""
    address: str
    protocol: str


def read_ports(container: Fields, where: str) -> tuple[ContainerPort, ...]:
    """Return a container's ports; ManifestError if they are malformed."""
    return tuple(
        _port(given, f"{where}.ports[{index}]")
        for index, given in enumerate(objects(container, "ports", where))
    )


def host_ports(ports: Iterable[ContainerPort], *, on_host: bool) -> tuple[HostPort, ...]:
    """Return those of a pod's ports that are ports of the node, each once.

    On the host's network every port is one.
    """
    found: dict[HostPort, None] = {}
    for given in ports:
        port = given.host_port or (given.port if on_host else 0)
        if port > 0:
            found[HostPort(given.address, given.protocol, port)] = None
    return tuple(found)


def _port(given: Fields, where: str) -> ContainerPort:
    port = whole(given, "containerPort", where, 0, most=_MAX_PORT)
    host_port = whole(given, "hostPort", where, 0, most=_MAX_PORT)
    address = string(given, "hostIP", where) or _ANY_ADDRESS
    return ContainerPort(port, host_port, address, string(given, "protocol", where) or "TCP")
