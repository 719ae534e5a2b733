"""Drafts as Kubernetes manifests and as traces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from simarena.cluster.manifests.node_words import make_node
from simarena.cluster.manifests.pods.usage import CPU_ANNOTATION, MEMORY_ANNOTATION
from simarena.trace import TraceEvent, format_cpu_milli, format_memory_bytes, new_trace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simarena.env.scenarios.families.draft import Draft
    from simarena.env.scenarios.families.site import Neighbour, Site
    from simarena.trace import Trace

Manifest = dict[str, Any]

ZONE_KEY: Final = "topology.kubernetes.io/zone"
_HOST_KEY: Final = "kubernetes.io/hostname"
_CRITICAL: Final = "system-cluster-critical"
_TAINT: Final = {"key": "dedicated", "value": "batch", "effect": "NoSchedule"}
_RESERVE: Final = {"key": "reserve", "value": "true", "effect": "PreferNoSchedule"}
_EARLY_S, _WORKLOAD_S, _LATE_S = 0, 5, 10


def deployment(
    name: str,
    replicas: int,
    cpu: str,
    memory: str,
    *,
    namespace: str = "default",
    limits: dict[str, str] | None = None,
    annotations: dict[str, str] | None = None,
    pod: Manifest | None = None,
) -> Manifest:
    """Return the manifest of a Deployment of one container with these requests.

    `annotations` are those of its pods, `pod` further fields of their spec.
    """
    resources: Manifest = {"requests": {"cpu": cpu, "memory": memory}}
    if limits:
        resources["limits"] = limits
    metadata: Manifest = {"labels": {"app": name}}
    if annotations:
        metadata["annotations"] = annotations
    container = {"name": "main", "image": "registry.example/main:1", "resources": resources}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": namespace, "labels": {"app": name}},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": metadata, "spec": {"containers": [container], **(pod or {})}},
        },
    }


def node_manifests(site: Site) -> tuple[Manifest, ...]:
    """Return the nodes, "node-1" on."""
    nodes = []
    for number, node in enumerate(site.nodes, start=1):
        labels = None if node.zone is None else {ZONE_KEY: f"zone-{'abc'[node.zone]}"}
        manifest = make_node(
            f"node-{number}",
            format_cpu_milli(node.cpu_milli),
            format_memory_bytes(node.memory_bytes),
            labels=labels,
        )
        if node.is_tainted:
            manifest["spec"]["taints"].append(dict(_TAINT))
        if node.is_reserve:
            manifest["spec"]["taints"].append(dict(_RESERVE))
        nodes.append(manifest)
    return tuple(nodes)


def draft_trace(draft: Draft, deploy: str, others: Sequence[str]) -> Trace:
    """Return a trace: neighbours first, then the workload, last what preempts it."""
    early = [_neighbour(o, n) for o, n in _named(draft.site, others) if not o.is_critical]
    late = [_neighbour(o, n) for o, n in _named(draft.site, others) if o.is_critical]
    trace = new_trace([*early, _workload(draft, deploy), *late], source="generated trace")
    objects = trace.events[0].applied_objs
    last = len(objects) - len(late)
    events = [
        TraceEvent(_EARLY_S, objects[: len(early)]),
        TraceEvent(_WORKLOAD_S, objects[len(early) : last]),
        TraceEvent(_LATE_S, objects[last:]),
    ]
    return trace.with_events([event for event in events if event.applied_objs])


def _named(site: Site, names: Sequence[str]) -> zip[tuple[Neighbour, str]]:
    return zip(site.neighbours, names, strict=False)


def _workload(draft: Draft, name: str) -> Manifest:
    problem = draft.problem
    ask = problem.ask
    annotations = {}
    if problem.usage is not None:
        annotations = {
            CPU_ANNOTATION: format_cpu_milli(problem.usage.cpu_milli),
            MEMORY_ANNOTATION: draft.memory_usage,
        }
    limits = {}
    if draft.cpu_limit_milli is not None:
        limits["cpu"] = format_cpu_milli(draft.cpu_limit_milli)
    if problem.memory_limit_bytes is not None:
        limits["memory"] = format_memory_bytes(problem.memory_limit_bytes)
    selector = {"matchLabels": {"app": name}}
    pod: Manifest = {}
    if draft.spreads_over_zones:
        pod["topologySpreadConstraints"] = [
            {
                "maxSkew": 1,
                "topologyKey": ZONE_KEY,
                "whenUnsatisfiable": "DoNotSchedule",
                "labelSelector": selector,
            }
        ]
    if draft.one_per_node:
        term = {"topologyKey": _HOST_KEY, "labelSelector": selector}
        pod["affinity"] = {
            "podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}
        }
    return deployment(
        name,
        ask.replicas,
        format_cpu_milli(ask.cpu_milli),
        format_memory_bytes(ask.memory_bytes),
        limits=limits,
        annotations=annotations,
        pod=pod,
    )


def _neighbour(other: Neighbour, name: str) -> Manifest:
    pod: Manifest = {"nodeSelector": {_HOST_KEY: f"node-{other.node + 1}"}}
    if other.is_critical:
        pod["priorityClassName"] = _CRITICAL
    return deployment(
        name,
        other.replicas,
        format_cpu_milli(other.cpu_milli),
        format_memory_bytes(other.memory_bytes),
        annotations={MEMORY_ANNOTATION: other.memory_usage} if other.memory_usage else None,
        pod=pod,
    )
