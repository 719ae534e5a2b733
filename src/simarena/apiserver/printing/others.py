"""Cells of what surrounds workloads: nodes, services, settings, rights, storage, events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from simarena.apiserver.printing.ages import age
from simarena.apiserver.printing.words import (
    NONE,
    UNSET,
    balancer_text,
    labels_text,
    number,
    selector_or_none,
    shortened,
    spec_of,
    status_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    Fields = Mapping[str, Any]

_ROLE: Final = "node-role.kubernetes.io/"
_UNKNOWN: Final = "<unknown>"
_MOST_ITEMS: Final = 3
_MODES: Final = {
    "ReadWriteOnce": "RWO",
    "ReadOnlyMany": "ROX",
    "ReadWriteMany": "RWX",
    "ReadWriteOncePod": "RWOP",
}


def _name(manifest: Fields) -> str:
    return str(manifest["metadata"].get("name") or "")


def _age(manifest: Fields, now: datetime) -> str:
    return age(manifest["metadata"].get("creationTimestamp"), now)


def plain_cells(manifest: Fields, now: datetime) -> list[object]:
    """Return the cells of a kind of which there is nothing more to say."""
    return [_name(manifest), _age(manifest, now)]


# --- the cluster ------------------------------------------------------------------------------


def node_cells(node: Fields, now: datetime) -> list[object]:
    """Return the cells of a Node."""
    status = status_of(node)
    info = status.get("nodeInfo") or {}
    kernel = info.get("kernelVersion") or _UNKNOWN
    if info.get("architecture"):
        kernel = f"{kernel} ({info['architecture']})"
    return [
        _name(node),
        _node_status(node),
        ",".join(node_roles(node)) or NONE,
        _age(node, now),
        info.get("kubeletVersion") or "",
        _address(status, "InternalIP"),
        _address(status, "ExternalIP"),
        info.get("osImage") or _UNKNOWN,
        kernel,
        info.get("containerRuntimeVersion") or _UNKNOWN,
    ]


def _node_status(node: Fields) -> str:
    words = ["Unknown"]
    for condition in status_of(node).get("conditions") or ():
        if condition.get("type") == "Ready":
            words = ["Ready" if condition.get("status") == "True" else "NotReady"]
    if spec_of(node).get("unschedulable"):
        words.append("SchedulingDisabled")
    return ",".join(words)


def node_roles(node: Fields) -> list[str]:
    """Return the roles that a node's labels say it has."""
    labels = node["metadata"].get("labels") or {}
    roles = {name.removeprefix(_ROLE) for name in labels if name.startswith(_ROLE)}
    roles.add(labels.get("kubernetes.io/role") or "")
    return sorted(role for role in roles if role)


def _address(status: Fields, kind: str) -> str:
    found = (each for each in status.get("addresses") or () if each.get("type") == kind)
    return next((str(each.get("address") or "") for each in found), NONE)


def namespace_cells(namespace: Fields, now: datetime) -> list[object]:
    """Return the cells of a Namespace."""
    return [_name(namespace), status_of(namespace).get("phase") or "Active", _age(namespace, now)]


def priority_cells(priority: Fields, now: datetime) -> list[object]:
    """Return the cells of a PriorityClass."""
    return [
        _name(priority),
        number(priority, "value"),
        bool(priority.get("globalDefault")),
        _age(priority, now),
        priority.get("preemptionPolicy") or "",
    ]


def event_cells(event: Fields, now: datetime) -> list[object]:
    """Return the cells of an Event, of either group."""
    event_time = event.get("eventTime")
    first = event.get("firstTimestamp") or event.get("deprecatedFirstTimestamp") or event_time
    last = event.get("lastTimestamp") or event.get("deprecatedLastTimestamp") or first
    count = event.get("count") or event.get("deprecatedCount") or 1
    if series := event.get("series"):
        last, count = series.get("lastObservedTime"), number(series, "count")
    about = event.get("involvedObject") or event.get("regarding") or {}
    kind, name = str(about.get("kind") or "").lower(), about.get("name")
    source = event.get("source") or event.get("deprecatedSource") or {}
    reporter = event.get("reportingComponent") or event.get("reportingController")
    places = (
        source.get("component") or reporter,
        source.get("host") or event.get("reportingInstance"),
    )
    component, host = places
    return [
        age(last, now),
        event.get("type") or "",
        event.get("reason") or "",
        f"{kind}/{name}" if name else kind,
        about.get("fieldPath") or "",
        f"{component or ''}, {host}" if host else component or "",
        str(event.get("message") or event.get("note") or "").strip(),
        age(first, now),
        count,
        _name(event),
    ]


def lease_cells(lease: Fields, now: datetime) -> list[object]:
    """Return the cells of a Lease."""
    return [_name(lease), spec_of(lease).get("holderIdentity") or "", _age(lease, now)]


def webhooks_cells(configuration: Fields, now: datetime) -> list[object]:
    """Return the cells of a configuration of webhooks."""
    return [
        _name(configuration),
        len(configuration.get("webhooks") or ()),
        _age(configuration, now),
    ]


# --- settings and rights ----------------------------------------------------------------------


def configmap_cells(configmap: Fields, now: datetime) -> list[object]:
    """Return the cells of a ConfigMap."""
    parts = (configmap.get("data") or {}, configmap.get("binaryData") or {})
    return [_name(configmap), sum(map(len, parts)), _age(configmap, now)]


def secret_cells(secret: Fields, now: datetime) -> list[object]:
    """Return the cells of a Secret."""
    return [
        _name(secret),
        secret.get("type") or "",
        len(secret.get("data") or {}),
        _age(secret, now),
    ]


def quota_cells(quota: Fields, now: datetime) -> list[object]:
    """Return the cells of a ResourceQuota."""
    status = status_of(quota)
    hard, used = status.get("hard") or {}, status.get("used") or {}
    told: dict[bool, list[str]] = {False: [], True: []}
    for name in sorted(hard):
        of_limits = name.startswith("limits.")
        told[of_limits].append(f"{name}: {used.get(name, '0')}/{hard[name]}")
    return [_name(quota), ", ".join(told[False]), ", ".join(told[True]), _age(quota, now)]


def binding_cells(binding: Fields, now: datetime) -> list[object]:
    """Return the cells of a RoleBinding or ClusterRoleBinding."""
    role = binding.get("roleRef") or {}
    subjects = binding.get("subjects") or ()

    def named(kind: str) -> str:
        found = (each for each in subjects if each.get("kind") == kind)
        return ", ".join(
            f"{each.get('namespace')}/{each.get('name')}"
            if kind == "ServiceAccount" and each.get("namespace")
            else str(each.get("name"))
            for each in found
        )

    return [
        _name(binding),
        f"{role.get('kind')}/{role.get('name')}",
        _age(binding, now),
        named("User"),
        named("Group"),
        named("ServiceAccount"),
    ]


# --- the network ------------------------------------------------------------------------------


def service_cells(service: Fields, now: datetime) -> list[object]:
    """Return the cells of a Service."""
    spec = spec_of(service)
    addresses = spec.get("clusterIPs") or (spec.get("clusterIP") or NONE,)
    ports = ",".join(map(_port, spec.get("ports") or ()))
    return [
        _name(service),
        spec.get("type") or "ClusterIP",
        addresses[0],
        _external(service),
        ports or NONE,
        _age(service, now),
        labels_text(spec.get("selector")),
    ]


def _external(service: Fields) -> str:
    spec = spec_of(service)
    kind = spec.get("type") or "ClusterIP"
    given = ",".join(map(str, spec.get("externalIPs") or ()))
    if kind == "ExternalName":
        return str(spec.get("externalName") or "")
    if kind in {"ClusterIP", "NodePort"}:
        return given or NONE
    if kind != "LoadBalancer":
        return _UNKNOWN
    return ",".join(each for each in (balancer_text(status_of(service)), given) if each) or (
        "<pending>"
    )


def _port(port: Fields) -> str:
    node_port = f":{port['nodePort']}" if port.get("nodePort") else ""
    return f"{port.get('port')}{node_port}/{port.get('protocol') or 'TCP'}"


def ingress_cells(ingress: Fields, now: datetime) -> list[object]:
    """Return the cells of an Ingress."""
    spec = spec_of(ingress)
    rules = spec.get("rules") or ()
    hosts = [str(rule["host"]) for rule in rules if rule.get("host")]
    return [
        _name(ingress),
        spec.get("ingressClassName") or NONE,
        shortened(hosts, _MOST_ITEMS, "*", count=len(rules)),
        balancer_text(status_of(ingress)),
        "80, 443" if spec.get("tls") else "80",
        _age(ingress, now),
    ]


def ingress_class_cells(ingress_class: Fields, now: datetime) -> list[object]:
    """Return the cells of an IngressClass."""
    spec = spec_of(ingress_class)
    told = NONE
    if parameters := spec.get("parameters"):
        group = parameters.get("apiGroup")
        kind = f"{parameters.get('kind')}.{group}" if group else parameters.get("kind")
        told = f"{kind}/{parameters.get('name')}"
    name = _default_name(ingress_class, "ingressclass.kubernetes.io/is-default-class")
    return [name, spec.get("controller") or "", told, _age(ingress_class, now)]


def _default_name(manifest: Fields, annotation: str) -> str:
    annotations = manifest["metadata"].get("annotations") or {}
    default = " (default)" if annotations.get(annotation) == "true" else ""
    return f"{_name(manifest)}{default}"


def policy_cells(policy: Fields, now: datetime) -> list[object]:
    """Return the cells of a NetworkPolicy."""
    return [_name(policy), selector_or_none(spec_of(policy).get("podSelector")), _age(policy, now)]


def endpoints_cells(endpoints: Fields, now: datetime) -> list[object]:
    """Return the cells of Endpoints."""
    found: list[str] = []
    for subset in endpoints.get("subsets") or ():
        addresses = [str(each.get("ip")) for each in subset.get("addresses") or ()]
        ports = subset.get("ports") or ()
        found += addresses if not ports else _joined(addresses, ports)
    return [_name(endpoints), shortened(found, _MOST_ITEMS, NONE), _age(endpoints, now)]


def _joined(addresses: Iterable[str], ports: Iterable[Fields]) -> list[str]:
    return [
        f"[{address}]:{port.get('port')}" if ":" in address else f"{address}:{port.get('port')}"
        for port in ports
        for address in addresses
    ]


def slice_cells(endpoint_slice: Fields, now: datetime) -> list[object]:
    """Return the cells of an EndpointSlice."""
    ports = [
        str(each["port"]) if each.get("port") is not None else str(each.get("name") or "*")
        for each in endpoint_slice.get("ports") or ()
    ]
    addresses = [
        str(address)
        for each in endpoint_slice.get("endpoints") or ()
        for address in each.get("addresses") or ()
    ]
    return [
        _name(endpoint_slice),
        endpoint_slice.get("addressType") or "",
        shortened(ports, _MOST_ITEMS, UNSET),
        shortened(addresses, _MOST_ITEMS, UNSET),
        _age(endpoint_slice, now),
    ]


# --- storage ----------------------------------------------------------------------------------


def _modes(modes: Iterable[str] | None) -> str:
    given = set(modes or ())
    return ",".join(short for mode, short in _MODES.items() if mode in given)


def _storage_class(manifest: Fields) -> str:
    annotations = manifest["metadata"].get("annotations") or {}
    old = annotations.get("volume.beta.kubernetes.io/storage-class")
    return str(old or spec_of(manifest).get("storageClassName") or "")


def _phase(manifest: Fields) -> str:
    if manifest["metadata"].get("deletionTimestamp"):
        return "Terminating"
    return str(status_of(manifest).get("phase") or "Pending")


def volume_cells(volume: Fields, now: datetime) -> list[object]:
    """Return the cells of a PersistentVolume."""
    spec = spec_of(volume)
    claim = spec.get("claimRef")
    return [
        _name(volume),
        (spec.get("capacity") or {}).get("storage", "0"),
        _modes(spec.get("accessModes")),
        spec.get("persistentVolumeReclaimPolicy") or "",
        _phase(volume),
        f"{claim.get('namespace') or ''}/{claim.get('name') or ''}" if claim else "",
        _storage_class(volume),
        spec.get("volumeAttributesClassName") or UNSET,
        status_of(volume).get("reason") or "",
        _age(volume, now),
        spec.get("volumeMode") or UNSET,
    ]


def claim_cells(claim: Fields, now: datetime) -> list[object]:
    """Return the cells of a PersistentVolumeClaim."""
    spec, status = spec_of(claim), status_of(claim)
    bound = spec.get("volumeName") or ""
    return [
        _name(claim),
        _phase(claim),
        bound,
        (status.get("capacity") or {}).get("storage", "0") if bound else "",
        _modes(status.get("accessModes")) if bound else "",
        _storage_class(claim),
        spec.get("volumeAttributesClassName") or UNSET,
        _age(claim, now),
        spec.get("volumeMode") or UNSET,
    ]


def storage_class_cells(storage_class: Fields, now: datetime) -> list[object]:
    """Return the cells of a StorageClass."""
    return [
        _default_name(storage_class, "storageclass.kubernetes.io/is-default-class"),
        storage_class.get("provisioner") or "",
        storage_class.get("reclaimPolicy") or "Delete",
        storage_class.get("volumeBindingMode") or "Immediate",
        bool(storage_class.get("allowVolumeExpansion")),
        _age(storage_class, now),
    ]


def csi_node_cells(node: Fields, now: datetime) -> list[object]:
    """Return the cells of a CSINode."""
    return [_name(node), len(spec_of(node).get("drivers") or ()), _age(node, now)]


def runtime_class_cells(runtime_class: Fields, now: datetime) -> list[object]:
    """Return the cells of a RuntimeClass."""
    return [_name(runtime_class), runtime_class.get("handler") or "", _age(runtime_class, now)]


def attachment_cells(attachment: Fields, now: datetime) -> list[object]:
    """Return the cells of a VolumeAttachment."""
    spec = spec_of(attachment)
    return [
        _name(attachment),
        spec.get("attacher") or "",
        (spec.get("source") or {}).get("persistentVolumeName") or "",
        spec.get("nodeName") or "",
        bool(status_of(attachment).get("attached")),
        _age(attachment, now),
    ]
