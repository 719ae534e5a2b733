"""Rules for Services."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Final

from simarena.cluster.manifests.validation.metadata import check_labels
from simarena.cluster.manifests.validation.names import (
    dns_label,
    dns_subdomain,
    label_key,
    port_name,
    port_number,
)
from simarena.cluster.manifests.validation.pods import check_address
from simarena.cluster.manifests.validation.traffic import check_cluster_addresses, check_traffic

if TYPE_CHECKING:
    from simarena.cluster.manifests.fields import Fields
    from simarena.cluster.manifests.validation.causes import Causes

_TYPES: Final = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
_AFFINITIES: Final = ("ClientIP", "None")
_PROTOCOLS: Final = ("SCTP", "TCP", "UDP")
_MAX_AFFINITY_S: Final = 86_400
SERVICE_RANGE: Final = ipaddress.ip_network("10.96.0.0/16")


def check_service(spec: Fields, causes: Causes) -> None:
    """Check a Service's spec."""
    kind, ports = spec.get("type") or "", spec.get("ports") or ()
    address = spec.get("clusterIP") or ""
    if not ports and address != "None" and kind != "ExternalName":
        causes.required("spec.ports")
    if address == "None" and kind in {"LoadBalancer", "NodePort"}:
        detail = f"may not be set to 'None' for {kind} services"
        causes.invalid("spec.clusterIPs[0]", address, detail)
    if kind == "ExternalName":
        _check_external_name(spec, causes)
    _check_ports(spec, address == "None", causes)
    check_labels(spec.get("selector"), "spec.selector", causes)
    affinity = spec.get("sessionAffinity")
    if affinity not in _AFFINITIES:
        causes.unsupported("spec.sessionAffinity", affinity, _AFFINITIES)
    if affinity == "ClientIP":
        client = (spec.get("sessionAffinityConfig") or {}).get("clientIP") or {}
        seconds = client.get("timeoutSeconds", 0)
        if not 0 < seconds <= _MAX_AFFINITY_S:
            detail = f"must be greater than 0 and less than {_MAX_AFFINITY_S}"
            causes.invalid("spec.sessionAffinityConfig.clientIP.timeoutSeconds", seconds, detail)
    elif affinity == "None" and spec.get("sessionAffinityConfig") is not None:
        detail = "must not be set when session affinity is None"
        causes.forbidden("spec.sessionAffinityConfig", detail)
    check_cluster_addresses(spec, causes)
    for index, each in enumerate(spec.get("externalIPs") or ()):
        check_address(each, f"spec.externalIPs[{index}]", causes)
    if kind not in _TYPES:
        causes.unsupported("spec.type", kind, _TYPES)
    _check_node_ports(spec, kind, causes)
    check_traffic(spec, causes)


def check_allocation(spec: Fields, causes: Causes) -> None:
    """Check, once all else is sound, that the address asked for is one of the range."""
    address = spec.get("clusterIP") or ""
    if not address or address == "None" or spec.get("type") == "ExternalName":
        return
    if ipaddress.ip_address(address) not in SERVICE_RANGE:
        why = "the provided network does not match the current range"
        detail = f"failed to allocate IP {address}: {why}"
        causes.invalid("spec.clusterIPs", [address], detail)


def _check_external_name(spec: Fields, causes: Causes) -> None:
    for field, shown in (
        ("clusterIP", "clusterIPs"),
        ("ipFamilies", "ipFamilies"),
        ("ipFamilyPolicy", "ipFamilyPolicy"),
    ):
        if spec.get(field):
            causes.forbidden(f"spec.{shown}", "may not be set for ExternalName services")
    name = (spec.get("externalName") or "").removesuffix(".")
    if name:
        causes.invalid_each("spec.externalName", name, dns_subdomain(name))
    else:
        causes.required("spec.externalName")


def _check_ports(spec: Fields, headless: bool, causes: Causes) -> None:  # noqa: FBT001 - a fact
    del headless
    ports = spec.get("ports") or ()
    names: set[str] = set()
    for index, port in enumerate(ports):
        here, name = f"spec.ports[{index}]", port.get("name") or ""
        if not name and len(ports) > 1:
            causes.required(f"{here}.name")
        elif name:
            causes.invalid_each(f"{here}.name", name, dns_label(name))
            if name in names:
                causes.duplicate(f"{here}.name", name)
            names.add(name)
        number = port.get("port", 0)
        causes.invalid_each(f"{here}.port", number, port_number(number))
        protocol = port.get("protocol")
        if protocol not in _PROTOCOLS:
            causes.unsupported(f"{here}.protocol", protocol, _PROTOCOLS)
        target = port.get("targetPort", 0)
        wrong = port_name(target) if isinstance(target, str) else port_number(target)
        causes.invalid_each(f"{here}.targetPort", target, wrong)
        if "appProtocol" in port:
            text = port["appProtocol"]
            causes.invalid_each(f"{here}.appProtocol", text, label_key(text))


def _check_node_ports(spec: Fields, kind: str, causes: Causes) -> None:
    ports = spec.get("ports") or ()
    seen: set[tuple[object, object]] = set()
    if kind == "ClusterIP":
        for index, port in enumerate(ports):
            if port.get("nodePort"):
                detail = "may not be used when `type` is 'ClusterIP'"
                causes.forbidden(f"spec.ports[{index}].nodePort", detail)
    for index, port in enumerate(ports):
        number = port.get("nodePort")
        if number and (port.get("protocol"), number) in seen:
            causes.duplicate(f"spec.ports[{index}].nodePort", number)
        seen.add((port.get("protocol"), number))
    given: set[tuple[object, object]] = set()
    for index, port in enumerate(ports):
        key = port.get("protocol"), port.get("port", 0)
        if key in given:
            shown = {
                "Name": "",
                "Protocol": key[0],
                "AppProtocol": None,
                "Port": key[1],
                "TargetPort": 0,
                "NodePort": 0,
            }
            causes.duplicate(f"spec.ports[{index}]", shown)
        given.add(key)
