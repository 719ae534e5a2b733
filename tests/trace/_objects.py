"""Small manifests and traces for the tests."""

from __future__ import annotations

from typing import Any

from simarena.trace import Trace, TraceEvent, new_trace

Manifest = dict[str, Any]


def deployment(
    name: str = "web",
    *,
    namespace: str | None = "default",
    replicas: int | None = 2,
    requests: Manifest | None = None,
    limits: Manifest | None = None,
    kind: str = "Deployment",
) -> Manifest:
    resources: Manifest = {}
    if requests is not None:
        resources["requests"] = requests
    if limits is not None:
        resources["limits"] = limits
    metadata = {"name": name} if namespace is None else {"name": name, "namespace": namespace}
    spec: Manifest = {
        "selector": {"matchLabels": {"app": name}},
        "template": {
            "metadata": {"labels": {"app": name}},
            "spec": {"containers": [{"name": "main", "image": "web:1", "resources": resources}]},
        },
    }
    if replicas is not None:
        spec["replicas"] = replicas
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": metadata, "spec": spec}


def pod(name: str = "solo") -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"containers": [{"name": "main", "image": "web:1"}]},
    }


def trace_of(*events: tuple[int, list[Manifest], list[Manifest]]) -> Trace:
    """Return a trace whose configuration and index come from the first event's objects."""
    base = new_trace([manifest for _, applied, _ in events for manifest in applied])
    return base.with_events([TraceEvent(*event) for event in events])


def container_of(manifest: Manifest) -> Manifest:
    found: Manifest = manifest["spec"]["template"]["spec"]["containers"][0]
    return found
