"""Rules for where a Service's addresses come from and where its traffic goes."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Final

from simarena.cluster.manifests.validation.names import label_key
from simarena.cluster.manifests.validation.pods import check_address

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simarena.cluster.manifests.fields import Fields
    from simarena.cluster.manifests.validation.causes import Causes

_FAMILIES: Final = ("IPv4", "IPv6")
_FAMILY_POLICIES: Final = ("PreferDualStack", "RequireDualStack", "SingleStack")
_TRAFFIC: Final = ("Cluster", "Local")
_DISTRIBUTIONS: Final = ("PreferClose", "PreferSameZone", "PreferSameNode")
_ONLY_BALANCED: Final = "may only be used when `type` is 'LoadBalancer'"
_CIDR: Final = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"
_NONE: Final = "None"


def check_cluster_addresses(spec: Fields, causes: Causes) -> None:
    """Check a Service's addresses in the cluster, and of which families they are."""
    if spec.get("type") == "ExternalName":
        return
    address, addresses = spec.get("clusterIP") or "", spec.get("clusterIPs") or []
    at = "spec.clusterIPs"
    if address and addresses and addresses[0] != address:
        causes.invalid(at, addresses, "first value must match `clusterIP`")
    elif not address and addresses:
        causes.invalid(at, addresses, "must be empty when `clusterIP` is not specified")
    families = spec.get("ipFamilies") or ()
    for index, family in enumerate(families):
        if family not in _FAMILIES:
            causes.unsupported(f"spec.ipFamilies[{index}]", family, _FAMILIES)
        if family in families[:index]:
            causes.duplicate(f"spec.ipFamilies[{index}]", family)
    policy = spec.get("ipFamilyPolicy")
    if policy is not None and policy not in _FAMILY_POLICIES:
        causes.unsupported("spec.ipFamilyPolicy", policy, _FAMILY_POLICIES)
    before = len(causes.found)
    _check_each(addresses or ([address] if address else []), at, causes)
    if len(causes.found) == before and addresses[:1] != [_NONE]:
        _check_families(addresses, families, at, causes)


def _check_each(addresses: Sequence[str], at: str, causes: Causes) -> None:
    for index, each in enumerate(addresses):
        if index == 0 and each == _NONE:
            if len(addresses) > 1:
                causes.invalid(at, addresses, "'None' must be the first and only value")
            continue
        check_address(each, f"{at}[{index}]", causes)
    if len(addresses) > 2:  # noqa: PLR2004 - one of each family
        causes.invalid(at, addresses, "may only hold up to 2 values")


def _check_families(
    addresses: Sequence[str], families: Sequence[str], at: str, causes: Causes
) -> None:
    versions = [f"IPv{ipaddress.ip_address(each).version}" for each in addresses]
    if len(versions) > 1 and len(set(versions)) != len(versions):
        causes.invalid(at, addresses, "may specify no more than one IP for each IP family")
    for index, (each, version) in enumerate(zip(addresses, versions, strict=True)):
        if index < len(families) and families[index] in _FAMILIES and families[index] != version:
            detail = f"expected an {families[index]} value as indicated by `ipFamilies[{index}]`"
            causes.invalid(f"{at}[{index}]", each, detail)


def check_traffic(spec: Fields, causes: Causes) -> None:
    """Check what a Service says of traffic from outside and within."""
    kind = spec.get("type")
    balanced = kind == "LoadBalancer"
    if ranges := spec.get("loadBalancerSourceRanges"):
        at = "spec.LoadBalancerSourceRanges"
        if not balanced:
            causes.forbidden(at, _ONLY_BALANCED)
        for index, text in enumerate(ranges):
            if not _is_network(text.strip()):
                causes.invalid(f"{at}[{index}]", text.strip(), _CIDR)
    if "allocateLoadBalancerNodePorts" in spec and not balanced:
        causes.forbidden("spec.allocateLoadBalancerNodePorts", _ONLY_BALANCED)
    balancer = spec.get("loadBalancerClass")
    if balancer is not None and not balanced:
        causes.forbidden("spec.loadBalancerClass", _ONLY_BALANCED)
    elif balancer is not None:
        causes.invalid_each("spec.loadBalancerClass", balancer, label_key(balancer))
    _check_policies(spec, causes)


def _check_policies(spec: Fields, causes: Causes) -> None:
    kind, policy = spec.get("type"), spec.get("externalTrafficPolicy") or ""
    outside = kind in {"LoadBalancer", "NodePort"}
    outside = outside or (kind == "ClusterIP" and bool(spec.get("externalIPs")))
    if policy and not outside:
        detail = "may only be set for externally-accessible services"
        causes.invalid("spec.externalTrafficPolicy", policy, detail)
    elif policy and policy not in _TRAFFIC:
        causes.unsupported("spec.externalTrafficPolicy", policy, _TRAFFIC)
    port = spec.get("healthCheckNodePort") or 0
    if port and not (kind == "LoadBalancer" and policy == "Local"):
        detail = (
            "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"
        )
        causes.invalid("spec.healthCheckNodePort", port, detail)
    within = spec.get("internalTrafficPolicy")
    if within is not None and within not in _TRAFFIC:
        causes.unsupported("spec.internalTrafficPolicy", within, _TRAFFIC)
    spread = spec.get("trafficDistribution")
    if spread is not None and spread not in _DISTRIBUTIONS:
        causes.unsupported("spec.trafficDistribution", spread, _DISTRIBUTIONS)


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return "/" in text
