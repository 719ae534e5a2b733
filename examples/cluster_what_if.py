"""Ask a cluster what it would do: would a pod fit, why not, and what would help?"""

from __future__ import annotations

from typing import Any

from simarena import Cluster
from simarena.cluster.manifests.node_words import make_node

LABELS = {"app": "web"}


def deployment(replicas: int, cpu: str) -> dict[str, Any]:
    """Return the manifest of a Deployment whose pods ask for so much CPU."""
    container = {
        "name": "web",
        "image": "registry.example/web:1",
        "resources": {"requests": {"cpu": cpu, "memory": "1Gi"}},
    }
    toleration = {"key": "kwok-provider", "operator": "Exists"}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": LABELS},
            "template": {
                "metadata": {"labels": LABELS},
                "spec": {"containers": [container], "tolerations": [toleration]},
            },
        },
    }


def ready(cluster: Cluster) -> str:
    """Return how many pods are ready, and what the scheduler says of one that waits."""
    pods = cluster.list("Pod", namespace="default")
    waiting = [pod for pod in pods if "nodeName" not in pod["spec"]]
    line = f"{len(pods) - len(waiting)} of {len(pods)} pods have a node"
    return f"{line}; {cluster.explain(waiting[0]).message}" if waiting else line


def main() -> None:
    """Ask for too much, look why pods wait, and try two remedies from the same state."""
    cluster = Cluster(nodes=[make_node(f"node-{number}", "4", "8Gi") for number in (1, 2)], seed=0)
    cluster.apply(deployment(replicas=4, cpu="2500m"))
    cluster.advance(seconds=30)
    print(f"2500m each: {ready(cluster)}")
    saved = cluster.snapshot()

    cluster.apply(make_node("node-3", "16", "8Gi"))
    cluster.advance(seconds=30)
    print(f"with a third node: {ready(cluster)}")

    cluster.restore(saved)
    cluster.apply(deployment(replicas=4, cpu="1500m"))
    cluster.advance(seconds=30)
    print(f"or 1500m each: {ready(cluster)}")


if __name__ == "__main__":
    main()
