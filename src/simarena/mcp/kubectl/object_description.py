"""Objects of any kind in the layout of `kubectl describe`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simarena.cluster.manifests.nodes import node_capacity
from simarena.cluster.manifests.owners import controller_of
from simarena.mcp.kubectl.describing import (
    conditions,
    heading,
    pairs,
    pod_template,
    selector_text,
    taint,
    time_text,
    visible,
)
from simarena.mcp.kubectl.ownership import is_owned_by
from simarena.mcp.kubectl.printing import printed, quota_rows
from simarena.mcp.kubectl.yaml_text import shown, yaml_block
from simarena.mcp.tools.nodes import requested_by_node, share_text
from simarena.trace import format_cpu_milli, format_memory_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simarena.cluster.manifests.fields import Fields
    from simarena.mcp.backend import Backend
    from simarena.mcp.kubectl.kinds import ApiKind

_TOLD: Final = frozenset({"selector", "template", "taints", "unschedulable"})
"""Parts of a spec that have lines of their own."""

_TITLES: Final = {"CLUSTER-IP": "IP", "EXTERNAL-IP": "External IPs", "VERSION": "Kubelet Version"}
"""What some columns of `get` are called in a description."""

_MOST_PODS: Final = 20


def description_lines(backend: Backend, kind: ApiKind, manifest: Fields) -> list[str]:
    """Return the lines about an object; its events are left out."""
    metadata = manifest["metadata"]
    controller = controller_of(manifest)
    told = [
        ("Name", str(metadata["name"])),
        ("Namespace", str(metadata.get("namespace") or "")),
        ("CreationTimestamp", time_text(metadata.get("creationTimestamp"))),
        ("Labels", pairs(metadata.get("labels"))),
        ("Annotations", pairs(visible(metadata.get("annotations")), ": ")),
        ("Controlled By", f"{controller['kind']}/{controller['name']}" if controller else ""),
    ]
    columns = printed(kind, manifest, backend.now)
    told += [
        (_TITLES.get(column, column.capitalize()), value)
        for column, value in columns.items()
        if column != "PORT(S)"
    ]
    spec = manifest.get("spec") or {}
    selector = spec.get("selector")
    if isinstance(selector, dict) and selector:
        plain = "matchLabels" not in selector and "matchExpressions" not in selector
        told.append(("Selector", selector_text({"matchLabels": selector} if plain else selector)))
    lines = heading(told)
    lines += _SECTIONS.get(kind.key, _rest)(backend, manifest)
    template = spec.get("template")
    if isinstance(template, dict):
        lines += pod_template(template)
    lines += conditions(manifest)
    return lines


def _rest(_: Backend, manifest: Fields) -> Iterator[str]:
    """Yield what else there is, as it is written."""
    seen = shown(manifest)
    for key, value in seen.items():
        if key in {"apiVersion", "kind", "metadata"}:
            continue
        left = value
        if isinstance(value, dict):
            hidden = _TOLD if key == "spec" else {"conditions"}
            left = {name: each for name, each in value.items() if name not in hidden}
        if left not in ({}, [], None):
            yield f"{key[:1].upper()}{key[1:]}:"
            yield from yaml_block(left)


def _node(backend: Backend, node: Fields) -> Iterator[str]:
    spec, name = node.get("spec") or {}, node["metadata"]["name"]
    taints = [taint(each) for each in spec.get("taints") or ()]
    yield f"Taints: {', '.join(taints) or '<none>'}"
    yield f"Unschedulable: {str(bool(spec.get('unschedulable'))).lower()}"
    status = node.get("status") or {}
    for part in ("capacity", "allocatable"):
        amounts = status.get(part) or {}
        yield f"{part.capitalize()}: {', '.join(f'{key} {amounts[key]}' for key in amounts)}"
    has, asked = node_capacity(node), requested_by_node(backend)[name]
    yield "Allocated resources (requests):"
    yield f"  cpu {share_text(format_cpu_milli, asked.cpu_milli, has.cpu_milli)}"
    yield f"  memory {share_text(format_memory_bytes, asked.memory_bytes, has.memory_bytes)}"
    pods = [
        f"{pod['metadata']['namespace']}/{pod['metadata']['name']}"
        for pod in backend.list("Pod", None)
        if pod["spec"].get("nodeName") == name
        and (pod.get("status") or {}).get("phase") not in {"Succeeded", "Failed"}
    ]
    yield f"Non-terminated Pods: ({len(pods)} in total)"
    yield from (f"  {each}" for each in pods[:_MOST_PODS])
    if len(pods) > _MOST_PODS:
        yield f"  and {len(pods) - _MOST_PODS} more"


def _namespace(backend: Backend, namespace: Fields) -> Iterator[str]:
    quotas = backend.list("ResourceQuota", namespace["metadata"]["name"])
    if not quotas:
        yield "No resource quota."
    for quota in quotas:
        yield f"Resource Quota {quota['metadata']['name']}:"
        yield from _quota(backend, quota)


def _quota(_: Backend, quota: Fields) -> Iterator[str]:
    for name, used, hard in quota_rows(quota):
        yield f"  {name}: used {used}, hard {hard}"


def _service(backend: Backend, service: Fields) -> Iterator[str]:
    spec, metadata = service.get("spec") or {}, service["metadata"]
    for port in spec.get("ports") or ():
        name = f" ({port['name']})" if port.get("name") else ""
        protocol = port.get("protocol") or "TCP"
        yield (
            f"Port{name}: {port.get('port')}/{protocol}, "
            f"TargetPort: {port.get('targetPort', port.get('port'))}/{protocol}"
        )
    yield f"Session Affinity: {spec.get('sessionAffinity') or 'None'}"
    selector = spec.get("selector") or {}
    pods = [
        str(pod["metadata"]["name"])
        for pod in backend.list("Pod", metadata["namespace"])
        if selector and selector.items() <= (pod["metadata"].get("labels") or {}).items()
    ]
    more = f" and {len(pods) - _MOST_PODS} more" if len(pods) > _MOST_PODS else ""
    yield f"Selected pods: {', '.join(pods[:_MOST_PODS]) or '<none>'}{more}"


def _owning(backend: Backend, manifest: Fields) -> Iterator[str]:
    yield from _rest(backend, {key: manifest[key] for key in manifest if key != "status"})
    pods = [
        str(pod["metadata"]["name"])
        for pod in backend.list("Pod", manifest["metadata"]["namespace"])
        if is_owned_by(pod, manifest)
    ]
    yield f"Pods: ({len(pods)} in total)"
    yield from (f"  {each}" for each in pods[:_MOST_PODS])


_SECTIONS: Final = {
    "DaemonSet": _owning,
    "Job": _owning,
    "Namespace": _namespace,
    "Node": _node,
    "ReplicaSet": _owning,
    "ReplicationController": _owning,
    "ResourceQuota": _quota,
    "Service": _service,
    "StatefulSet": _owning,
}
