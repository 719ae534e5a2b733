"""What a manifest costs at the door: types, defaults, rules, and what is read of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simarena.cluster.manifests.check import read

if TYPE_CHECKING:
    from benchmarks.conftest import Rate

DEPLOYMENT: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {
        "name": "web",
        "namespace": "shop",
        "labels": {"app": "web", "team": "a"},
        "annotations": {"note": "of usual size"},
    },
    "spec": {
        "replicas": 3,
        "selector": {"matchLabels": {"app": "web"}},
        "strategy": {
            "type": "RollingUpdate",
            "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0},
        },
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {
                "containers": [
                    {
                        "name": "main",
                        "image": "web:1",
                        "ports": [{"containerPort": 8080}],
                        "env": [{"name": "MODE", "value": "fast"}],
                        "resources": {
                            "requests": {"cpu": "250m", "memory": "256Mi"},
                            "limits": {"memory": "512Mi"},
                        },
                        "readinessProbe": {"httpGet": {"path": "/", "port": 8080}},
                    }
                ]
            },
        },
    },
}


def test_a_deployment_of_usual_size_is_checked(rate: Rate) -> None:
    def run() -> None:
        for _ in range(100):
            read(DEPLOYMENT)

    rate(run, number=100, unit="manifests", rounds=200)
