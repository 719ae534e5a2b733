"""Small StatefulSets, DaemonSets, Jobs and CronJobs, for tests of the cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.cluster._objects import Manifest, container, deployment

from simarena.cluster import Cluster, ClusterConfig

if TYPE_CHECKING:
    from collections.abc import Iterable


def statefulset(name: str = "web", replicas: int = 3, cpu: str = "1", **spec: object) -> Manifest:
    manifest = deployment(name, replicas, cpu, kind="StatefulSet")
    manifest["spec"].update(spec)
    return manifest


def daemonset(name: str = "agent", cpu: str = "100m", **spec: object) -> Manifest:
    manifest = deployment(name, 1, cpu, "1Mi", kind="DaemonSet")
    del manifest["spec"]["replicas"]
    manifest["spec"].update(spec)
    return manifest


def job(name: str = "task", cpu: str = "1", **spec: object) -> Manifest:
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"template": _ending(cpu), **spec},
    }


def cronjob(name: str = "tick", schedule: str = "* * * * *", **spec: object) -> Manifest:
    job_spec = spec.pop("job", {})
    assert isinstance(job_spec, dict)
    return {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {
            "schedule": schedule,
            "jobTemplate": {"spec": {"template": _ending("100m"), **job_spec}},
            **spec,
        },
    }


def _ending(cpu: str) -> Manifest:
    return {"spec": {"restartPolicy": "Never", "containers": [container(cpu, "1Mi")]}}


def cluster_of(nodes: Iterable[Manifest], **settings: int) -> Cluster:
    return Cluster(nodes, config=ClusterConfig(**settings))  # type: ignore[arg-type]


def pod_names(cluster: Cluster) -> list[str]:
    """Return names of pods that are not being deleted and have not ended."""
    return [
        pod["metadata"]["name"]
        for pod in cluster.list("Pod")
        if "deletionTimestamp" not in pod["metadata"]
        and pod["status"]["phase"] in {"Pending", "Running"}
    ]


def conditions(manifest: Manifest) -> list[tuple[str, str, str]]:
    """Return type, status and reason of each condition."""
    return [
        (each["type"], each["status"], each["reason"])
        for each in manifest["status"].get("conditions", [])
    ]


def reasons(cluster: Cluster, kind: str) -> list[tuple[str, str]]:
    """Return reason and message of events about objects of a kind, the oldest first."""
    return [
        (event["reason"], event["message"])
        for event in cluster.events()
        if event["involvedObject"]["kind"] == kind
    ]
