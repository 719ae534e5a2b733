"""Small clusters whose kubelets let containers fail."""

from __future__ import annotations

from typing import Any

from tests.cluster._objects import deployment, node, pod

from simarena.cluster import Cluster, ClusterConfig

Manifest = dict[str, Any]
MEBIBYTE = 1024 * 1024


def real(*nodes: Manifest, seed: int = 0, **settings: object) -> Cluster:
    """Return a cluster of these nodes, or of one large one, under real kubelets."""
    config = ClusterConfig(kubelet="real", **settings)  # type: ignore[arg-type]
    return Cluster(nodes or [node("n1", "64", "64Gi")], config=config, seed=seed)


def consuming(
    name: str = "solo",
    memory: str | None = None,
    *,
    cpu: str | None = None,
    limits: dict[str, str] | None = None,
    requests: dict[str, str] | None = None,
    exits: str | None = None,
    **spec: object,
) -> Manifest:
    """Return a pod of one container that uses, and may use, so much."""
    made = pod(name)
    made["spec"].update(spec)
    annotations = {
        "kwok.x-k8s.io/usage-memory": memory,
        "kwok.x-k8s.io/usage-cpu": cpu,
        "simarena.io/exit": exits,
    }
    made["metadata"]["annotations"] = {k: v for k, v in annotations.items() if v is not None}
    made["spec"]["containers"][0]["resources"] = {
        "limits": limits or {},
        "requests": requests or {"cpu": "10m", "memory": "10Mi"},
    }
    return made


def consuming_deployment(
    memory: str, limit: str, replicas: int = 2, request: str = "100Mi"
) -> Manifest:
    """Return a Deployment of such pods."""
    made = deployment("web", replicas, "100m", request)
    template = made["spec"]["template"]
    template["metadata"]["annotations"] = {"kwok.x-k8s.io/usage-memory": memory}
    template["spec"]["containers"][0]["resources"]["limits"] = {"memory": limit}
    return made


def status(cluster: Cluster, name: str = "solo") -> Manifest:
    found: Manifest = cluster.get("Pod", name)["status"]
    return found


def main_container(cluster: Cluster, name: str = "solo") -> Manifest:
    found: Manifest = status(cluster, name)["containerStatuses"][0]
    return found


def is_ready(cluster: Cluster, name: str = "solo") -> bool:
    conditions = {c["type"]: c["status"] for c in status(cluster, name)["conditions"]}
    return bool(conditions["Ready"] == "True")


def reasons(cluster: Cluster, kind: str = "Pod") -> list[str]:
    """Return the reasons of all events about a kind of objects, in order."""
    return [e["reason"] for e in cluster.events() if e["involvedObject"]["kind"] == kind]


def start_times(cluster: Cluster, number: int = 0) -> list[int]:
    """Return when the containers of a pod were started, in virtual milliseconds."""
    runs = cluster._runs()[number].containers[0]
    return [run.started_ms for run in runs]
