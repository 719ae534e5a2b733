"""Rules for pods and for templates of pods."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, Final

from simarena.cluster.manifests.validation.containers import (
    check_containers,
    check_host_network,
    check_images,
    check_init_containers,
)
from simarena.cluster.manifests.validation.metadata import (
    check_annotations,
    check_labels,
)
from simarena.cluster.manifests.validation.names import (
    dns_label,
    dns_subdomain,
    dns_subdomain_with_underscores,
    identity,
    inclusive,
    label_key,
)
from simarena.cluster.manifests.validation.resources import (
    check_amounts,
    check_container_amounts,
    check_pod_resource,
    is_huge,
    total_of,
    written,
)
from simarena.cluster.manifests.validation.scheduling import (
    check_affinity,
    check_spreading,
    check_tolerations,
)
from simarena.cluster.manifests.validation.volumes import check_volumes
from simarena.trace.quantity import parse_quantity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simarena.cluster.manifests.fields import Fields
    from simarena.cluster.manifests.validation.causes import Causes

_RESTART_POLICIES: Final = ("Always", "OnFailure", "Never")
_DNS_POLICIES: Final = ("ClusterFirstWithHostNet", "ClusterFirst", "Default", "None")
_PREEMPTION: Final = ("PreemptLowerPriority", "Never")
_SYSTEMS: Final = ("linux", "windows")
_MAX_INT32: Final = 2**31 - 1
_MAX_NAMESERVERS: Final = 3
_MAX_SYSCTL: Final = 253
_SYSCTL: Final = r"^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$"
_IS_SYSCTL: Final = re.compile(_SYSCTL).match
_DELETION_COST: Final = "controller.kubernetes.io/pod-deletion-cost"
_COST: Final = re.compile(r"-?(0|[1-9][0-9]*)|\+[1-9][0-9]*", re.ASCII).fullmatch
_MIRROR: Final = "kubernetes.io/config.mirror"
_RARE: Final = frozenset(
    {
        "activeDeadlineSeconds",
        "dnsConfig",
        "ephemeralContainers",
        "hostAliases",
        "hostname",
        "nodeName",
        "os",
        "overhead",
        "preemptionPolicy",
        "priorityClassName",
        "readinessGates",
        "runtimeClassName",
        "schedulingGates",
        "serviceAccountName",
        "subdomain",
    }
)
"""Fields that few pods have, and that stand for themselves."""


def check_pod(pod: Fields, causes: Causes) -> None:
    """Check a pod that is to be created, its metadata apart."""
    spec = pod["spec"]
    check_pod_annotations(pod["metadata"].get("annotations"), spec, "metadata.annotations", causes)
    check_pod_spec(spec, "spec", causes, is_pod=True)
    check_images(spec.get("containers") or (), "spec.containers", causes)
    check_images(spec.get("initContainers") or (), "spec.initContainers", causes)
    if spec.get("ephemeralContainers"):
        causes.forbidden("spec.ephemeralContainers", "cannot be set on create")
    if spec.get("nodeName") and spec.get("schedulingGates"):
        detail = "cannot be set until all schedulingGates have been cleared"
        causes.forbidden("spec.nodeName", detail)


def check_template(
    template: Fields, at: str, causes: Causes, volumes: frozenset[str] = frozenset()
) -> None:
    """Check a template of pods; `volumes` are the names of those that come from elsewhere."""
    metadata, spec = template.get("metadata") or {}, template.get("spec") or {}
    check_labels(metadata.get("labels"), f"{at}.labels", causes)
    annotations = metadata.get("annotations")
    if annotations:
        check_annotations(annotations, f"{at}.annotations", causes)
        check_pod_annotations(annotations, spec, f"{at}.annotations", causes)
    check_pod_spec(spec, f"{at}.spec", causes, volumes=volumes)
    if spec.get("ephemeralContainers"):
        detail = "ephemeral containers not allowed in pod template"
        causes.forbidden(f"{at}.spec.ephemeralContainers", detail)


def check_pod_annotations(
    annotations: Mapping[str, str] | None, spec: Fields, at: str, causes: Causes
) -> None:
    """Check annotations that mean something to Kubernetes itself."""
    if not annotations:
        return
    if _MIRROR in annotations and not spec.get("nodeName"):
        detail = "must set spec.nodeName if mirror pod annotation is set"
        causes.invalid(f"{at}[{_MIRROR}]", annotations[_MIRROR], detail)
    cost = annotations.get(_DELETION_COST)
    if cost is not None and not (_COST(cost) and -_MAX_INT32 - 1 <= int(cost) <= _MAX_INT32):
        causes.invalid(f"{at}[{_DELETION_COST}]", cost, "must be a 32bit integer")


def check_pod_spec(
    spec: Fields,
    at: str,
    causes: Causes,
    *,
    is_pod: bool = False,
    volumes: frozenset[str] = frozenset(),
) -> None:
    """Check a pod's spec."""
    grace_s = spec.get("terminationGracePeriodSeconds", 30)
    given = spec.get("volumes")
    if given:
        volumes |= check_volumes(given, f"{at}.volumes", causes)
    containers = spec.get("containers") or ()
    check_containers(containers, volumes, grace_s, f"{at}.containers", causes)
    init_containers = spec.get("initContainers")
    if init_containers:
        here = f"{at}.initContainers"
        check_init_containers(init_containers, containers, volumes, grace_s, here, causes)
    if "resources" in spec:
        _check_whole_pod(spec, f"{at}.resources", causes)
    if spec.get("hostNetwork"):
        check_host_network(containers, f"{at}.containers", causes, is_pod=is_pod)
    _check_choice(spec, "restartPolicy", _RESTART_POLICIES, at, causes)
    _check_choice(spec, "dnsPolicy", _DNS_POLICIES, at, causes)
    check_labels(spec.get("nodeSelector"), f"{at}.nodeSelector", causes)
    context = spec.get("securityContext")
    if context:
        _check_security(context, f"{at}.securityContext", causes)
    affinity = spec.get("affinity")
    if affinity:
        check_affinity(affinity, f"{at}.affinity", causes)
    if "dnsConfig" in spec or spec.get("dnsPolicy") == "None":
        _check_dns(spec, f"{at}.dnsConfig", causes)
    rare = spec.keys() & _RARE
    if rare:
        _check_gates(spec, at, causes)
    spreading = spec.get("topologySpreadConstraints")
    if spreading:
        check_spreading(spreading, f"{at}.topologySpreadConstraints", causes)
    if rare:
        _check_names(spec, at, causes)
    tolerations = spec.get("tolerations")
    if tolerations:
        check_tolerations(tolerations, f"{at}.tolerations", causes)
    if rare:
        _check_rest(spec, at, causes)


def _check_choice(
    spec: Fields, field: str, known: tuple[str, ...], at: str, causes: Causes
) -> None:
    value = spec.get(field)
    if value not in known:
        if value:
            causes.unsupported(f"{at}.{field}", value, known)
        else:
            causes.required(f"{at}.{field}")


def _check_whole_pod(spec: Fields, at: str, causes: Causes) -> None:
    """Check the resources of a pod as a whole against those of its containers."""
    resources = spec["resources"]
    if (spec.get("os") or {}).get("name") == "windows":
        causes.forbidden(at, "may not be set for a windows pod")
        return
    if "claims" in resources:
        causes.forbidden(f"{at}.claims", "claims may not be set for Resources at pod-level")
    check_amounts(resources, at, causes, check_pod_resource)
    containers, first = spec.get("containers") or (), spec.get("initContainers") or ()
    requests, limits = resources.get("requests") or {}, resources.get("limits") or {}
    for name, amount in total_of(containers, first, "requests").items():
        if name in requests and amount > parse_quantity(requests[name]):
            detail = (
                "must be greater than or equal to aggregate container requests of "
                f"{written(amount, name)}"
            )
            causes.invalid(f"{at}.requests[{name}]", requests[name], detail)
    for name, amount in total_of(containers, first, "limits").items():
        if is_huge(name) and name in limits and amount > parse_quantity(limits[name]):
            detail = (
                "must be greater than or equal to aggregate container limits of "
                f"{written(amount, name)}"
            )
            causes.invalid(f"{at}.limits[{name}]", limits[name], detail)
    for index, each in enumerate(containers):
        own = (each.get("resources") or {}).get("limits") or {}
        for name, value in own.items():
            if name in limits and parse_quantity(value) > parse_quantity(limits[name]):
                detail = f"must be less than or equal to pod limits of {limits[name]}"
                causes.invalid(f"{at}.containers[{index}][{name}].limits", value, detail)


def _check_security(context: Fields, at: str, causes: Causes) -> None:
    for field in ("fsGroup", "runAsUser", "runAsGroup"):
        if field in context:
            causes.invalid_each(f"{at}.{field}", context[field], identity(context[field]))
    for index, group in enumerate(context.get("supplementalGroups") or ()):
        causes.invalid_each(f"{at}.supplementalGroups[{index}]", group, identity(group))
    seen = set()
    for index, each in enumerate(context.get("sysctls") or ()):
        here, name = f"{at}.sysctls[{index}].name", each.get("name") or ""
        if not name:
            causes.required(here)
        elif len(name) > _MAX_SYSCTL or not _IS_SYSCTL(name):
            detail = f"must have at most {_MAX_SYSCTL} characters and match regex {_SYSCTL}"
            causes.invalid(here, name, detail)
        elif name in seen:
            causes.duplicate(here, name)
        seen.add(name)


def _check_dns(spec: Fields, at: str, causes: Causes) -> None:
    config = spec.get("dnsConfig")
    if spec.get("dnsPolicy") == "None":
        if config is None:
            causes.required(at, "must provide `dnsConfig` when `dnsPolicy` is None")
            return
        if not config.get("nameservers"):
            detail = "must provide at least one DNS nameserver when `dnsPolicy` is None"
            causes.required(f"{at}.nameservers", detail)
            return
    if config is None:
        return
    servers = config.get("nameservers") or []
    if len(servers) > _MAX_NAMESERVERS:
        detail = f"must not have more than {_MAX_NAMESERVERS} nameservers"
        causes.invalid(f"{at}.nameservers", servers, detail)
    for index, each in enumerate(servers):
        check_address(each, f"{at}.nameservers[{index}]", causes)
    for index, each in enumerate(config.get("searches") or ()):
        name = each.removesuffix(".")
        if each != ".":
            wrong = dns_subdomain_with_underscores(name)
            causes.invalid_each(f"{at}.searches[{index}]", name, wrong)
    for index, each in enumerate(config.get("options") or ()):
        if not each.get("name"):
            causes.required(f"{at}.options[{index}]", "must not be empty")


def check_address(text: str, at: str, causes: Causes) -> None:
    """Check an IP address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        detail = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
        causes.invalid(at, text, detail)


def _check_gates(spec: Fields, at: str, causes: Causes) -> None:
    for index, each in enumerate(spec.get("readinessGates") or ()):
        kind = each.get("conditionType") or ""
        causes.invalid_each(f"{at}.readinessGates[{index}].conditionType", kind, label_key(kind))
    seen = set()
    for index, each in enumerate(spec.get("schedulingGates") or ()):
        name, here = each.get("name") or "", f"{at}.schedulingGates[{index}]"
        causes.invalid_each(here, name, label_key(name))
        if name in seen:
            causes.duplicate(here, name)
        seen.add(name)


def _check_names(spec: Fields, at: str, causes: Causes) -> None:
    for field in ("serviceAccountName", "nodeName"):
        name = spec.get(field)
        if name:
            causes.invalid_each(f"{at}.{field}", name, dns_subdomain(name))
    seconds = spec.get("activeDeadlineSeconds")
    if seconds is not None and not 1 <= seconds <= _MAX_INT32:
        causes.invalid(f"{at}.activeDeadlineSeconds", seconds, inclusive(1, _MAX_INT32))
    for field in ("hostname", "subdomain"):
        name = spec.get(field)
        if name:
            causes.invalid_each(f"{at}.{field}", name, dns_label(name))


def _check_rest(spec: Fields, at: str, causes: Causes) -> None:
    for index, each in enumerate(spec.get("hostAliases") or ()):
        check_address(each.get("ip") or "", f"{at}.hostAliases[{index}].ip", causes)
        for number, name in enumerate(each.get("hostnames") or ()):
            here = f"{at}.hostAliases[{index}].hostnames[{number}]"
            causes.invalid_each(here, name, dns_subdomain(name))
    for field in ("priorityClassName", "runtimeClassName"):
        name = spec.get(field)
        if name:
            causes.invalid_each(f"{at}.{field}", name, dns_subdomain(name))
    if "preemptionPolicy" in spec:
        _check_choice(spec, "preemptionPolicy", _PREEMPTION, at, causes)
    overhead = spec.get("overhead")
    if overhead:
        check_container_amounts({"limits": overhead}, f"{at}.overhead", causes)
    system = spec.get("os")
    if system is not None and system.get("name") not in _SYSTEMS:
        name = system.get("name") or ""
        if name:
            causes.unsupported(f"{at}.os", name, _SYSTEMS)
        else:
            causes.required(f"{at}.os.name")
