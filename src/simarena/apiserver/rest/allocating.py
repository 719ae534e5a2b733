"""What Services are given from pools: cluster addresses and ports on nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from simarena.cluster.manifests.validation.causes import Causes, invalid_object
from simarena.cluster.manifests.validation.services import SERVICE_RANGE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from random import Random

    from simarena.cluster.manifests.fields import Fields, Manifest

_NODE_PORTS: Final = range(30_000, 32_768)
_OUTSIDE: Final = frozenset({"NodePort", "LoadBalancer"})
_EXTERNAL: Final = "ExternalName"
_HEADLESS: Final = "None"
_TAKEN: Final = "already allocated"


class Pools:
    """Addresses and ports, of which the Services that are there hold some."""

    def __init__(self, services: Iterable[Fields], chance: Random) -> None:
        """Look at these Services; what is given is drawn by `chance`."""
        self._services = list(services)
        self._chance = chance

    def fill(self, service: Manifest, before: Fields | None = None) -> None:
        """Give a Service, in place, an address and ports where it needs them.

        `before` is the Service that is changed. Raises ApiRefusalError where what it asks for
        is not to be had.
        """
        spec = service["spec"]
        held = {} if before is None else before["spec"]
        if spec["type"] != _EXTERNAL and spec.get("clusterIP") != _HEADLESS:
            self._give_address(service, held)
        if spec["type"] in _OUTSIDE:
            self._give_ports(service, held)
        if _needs_health_port(spec) and not spec.get("healthCheckNodePort"):
            spec["healthCheckNodePort"] = self._free_port(set())

    def _give_address(self, service: Manifest, held: Mapping[str, Any]) -> None:
        spec = service["spec"]
        address = spec.get("clusterIP")
        if not address:
            spec["clusterIP"] = address = self._free_address()
        elif address != held.get("clusterIP") and address in self._addresses():
            why = f"failed to allocate IP {address}: provided IP is {_TAKEN}"
            raise _refused(service, "spec.clusterIPs", spec.get("clusterIPs") or [address], why)
        spec.setdefault("clusterIPs", [address])

    def _give_ports(self, service: Manifest, held: Mapping[str, Any]) -> None:
        spec = service["spec"]
        allocates = spec.get("allocateLoadBalancerNodePorts", True) or spec["type"] == "NodePort"
        own = {each["nodePort"] for each in held.get("ports") or () if each.get("nodePort")}
        taken = set(self._ports()) - own
        given: dict[int, int] = {}
        for index, port in enumerate(spec.get("ports") or ()):
            number = port.get("nodePort")
            if not number:
                if allocates:
                    number = given.get(port["port"]) or self._free_port(set(given.values()))
                    port["nodePort"] = given[port["port"]] = number
                continue
            if number not in own and number not in given.values():
                self._check_port(service, index, number, taken)
            given.setdefault(port["port"], number)

    def _check_port(self, service: Fields, index: int, number: int, taken: set[int]) -> None:
        at = f"spec.ports[{index}].nodePort"
        if number not in _NODE_PORTS:
            why = (
                "provided port is not in the valid range. The range of valid ports is "
                f"{_NODE_PORTS[0]}-{_NODE_PORTS[-1]}"
            )
            raise _refused(service, at, number, why)
        if number in taken:
            raise _refused(service, at, number, f"provided port is {_TAKEN}")

    def _free_address(self) -> str:
        taken = self._addresses()
        while True:
            number = self._chance.randrange(1, SERVICE_RANGE.num_addresses - 1)
            address = str(SERVICE_RANGE[number])
            if address not in taken:
                return address

    def _free_port(self, more: set[int]) -> int:
        taken = {*self._ports(), *more}
        return self._chance.choice([each for each in _NODE_PORTS if each not in taken])

    def _addresses(self) -> set[str]:
        return {str((each.get("spec") or {}).get("clusterIP")) for each in self._services}

    def _ports(self) -> set[int]:
        found = set()
        for each in self._services:
            spec = each.get("spec") or {}
            found |= {int(port.get("nodePort") or 0) for port in spec.get("ports") or ()}
            found.add(int(spec.get("healthCheckNodePort") or 0))
        return found


def carry_over(service: Manifest, before: Fields) -> None:
    """Give a changed Service, in place, what it had been given and does not name.

    And take from it what its former type had, and its new type has not.
    """
    spec, former = service["spec"], before.get("spec") or {}
    if spec["type"] != _EXTERNAL and former.get("type") != _EXTERNAL:
        _keep_addresses(spec, former)
    if spec["type"] in _OUTSIDE and former.get("type") in _OUTSIDE:
        _keep_ports(spec, former)
    if _needs_health_port(spec) and _needs_health_port(former):
        spec.setdefault("healthCheckNodePort", former.get("healthCheckNodePort", 0))
    _drop_unused(spec, former)


def _keep_addresses(spec: Manifest, former: Fields) -> None:
    if not spec.get("clusterIP") and not spec.get("clusterIPs") and former.get("clusterIP"):
        spec["clusterIP"] = former["clusterIP"]
        spec["clusterIPs"] = list(former.get("clusterIPs") or [former["clusterIP"]])
    elif spec.get("clusterIP") != former.get("clusterIP"):
        if (spec.get("clusterIPs") or []) == (former.get("clusterIPs") or []):
            spec["clusterIPs"] = [spec["clusterIP"]] if spec.get("clusterIP") else []
    elif spec.get("clusterIP") and not spec.get("clusterIPs"):
        spec["clusterIPs"] = list(former.get("clusterIPs") or [spec["clusterIP"]])


def _keep_ports(spec: Manifest, former: Fields) -> None:
    """Give ports that name no port on nodes the one they had."""
    had = {
        (each.get("protocol"), each.get("port")): each.get("nodePort")
        for each in former.get("ports") or ()
    }
    used = {each["nodePort"] for each in spec.get("ports") or () if each.get("nodePort")}
    for port in spec.get("ports") or ():
        number = had.get((port.get("protocol"), port.get("port")))
        if not port.get("nodePort") and number and number not in used:
            port["nodePort"] = number
            used.add(number)


def _drop_unused(spec: Manifest, former: Fields) -> None:
    kind, had = spec["type"], former.get("type")
    if kind == _EXTERNAL != had:
        for name in ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"):
            if spec.get(name) == former.get(name):
                spec.pop(name, None)
    if had in _OUTSIDE and kind not in _OUTSIDE:
        old = {each.get("nodePort") for each in former.get("ports") or ()}
        ports = spec.get("ports") or ()
        if old >= {each["nodePort"] for each in ports if each.get("nodePort")}:
            for port in ports:
                port.pop("nodePort", None)
        if not spec.get("externalIPs"):
            _drop_same("externalTrafficPolicy", spec, former)
    if _needs_health_port(former) and not _needs_health_port(spec):
        _drop_same("healthCheckNodePort", spec, former)
    if had == "LoadBalancer" != kind:
        _drop_same("allocateLoadBalancerNodePorts", spec, former)
        _drop_same("loadBalancerClass", spec, former)


def _drop_same(name: str, spec: Manifest, former: Fields) -> None:
    if spec.get(name) == former.get(name):
        spec.pop(name, None)


def _needs_health_port(spec: Fields) -> bool:
    return spec.get("type") == "LoadBalancer" and spec.get("externalTrafficPolicy") == "Local"


def _refused(service: Fields, at: str, value: object, why: str) -> Exception:
    causes = Causes()
    causes.invalid(at, value, why)
    return invalid_object("Service", "", service["metadata"].get("name") or "", causes)
