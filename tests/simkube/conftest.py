"""A cluster with SimKube: our own API server, a stand-in for sk-ctrl, and what can go wrong."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("kubernetes")
pytest.importorskip("starlette")

from tests.simkube._between import Between, listen
from tests.simkube._standin import Faults, StandIn

from simarena import apiserver
from simarena.client.api import KubeApi
from simarena.client.patience import Patience
from simarena.cluster import Cluster
from simarena.cluster.config import ClusterConfig
from simarena.simkube.settings import Limits, SimKubeSettings
from simarena.trace import Trace, TraceEvent, workload

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from simarena.apiserver import ApiServer
    from simarena.trace import WorkloadRef

SPEED = 20.0
"""Of the API server's cluster, and of the simulations in it."""


def node(name: str) -> dict[str, Any]:
    amounts = {"cpu": "16", "memory": "32Gi", "pods": "110"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": {"type": "virtual"}},
        "spec": {
            "taints": [{"key": "kwok-provider", "value": "true", "effect": "NoSchedule"}],
        },
        "status": {
            "allocatable": amounts,
            "capacity": amounts,
            "conditions": [{"type": "Ready", "status": "True"}],
        },
    }


def deployment(
    name: str, replicas: int, cpu: str = "500m", memory: str = "512Mi"
) -> dict[str, Any]:
    requests = {"cpu": cpu, "memory": memory}
    container = {"name": "main", "image": "app:1", "resources": {"requests": requests}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [container]},
            },
        },
    }


def trace_of(*manifests: dict[str, Any]) -> Trace:
    tracked = {"podSpecTemplatePaths": ["/spec/template"], "trackLifecycle": False}
    return Trace(
        events=[TraceEvent(ts=1_000, applied_objs=list(manifests))],
        config={"trackedObjects": {"apps/v1.Deployment": tracked}},
        index={},
        pod_lifecycles={},
    )


def definition(group: str, plural: str, kind: str) -> dict[str, Any]:
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": f"{plural}.{group}",
            "annotations": {"api-approved.kubernetes.io": "unapproved, of a test"},
        },
        "spec": {
            "group": group,
            "scope": "Cluster",
            "names": {"plural": plural, "singular": kind.lower(), "kind": kind},
            "versions": [
                {
                    "name": "v1",
                    "served": True,
                    "storage": True,
                    "subresources": {"status": {}},
                    "schema": {"openAPIV3Schema": schema},
                }
            ],
        },
    }


DEFINITIONS = (
    definition("simkube.io", "simulations", "Simulation"),
    definition("simkube.io", "simulationroots", "SimulationRoot"),
    definition(
        "admissionregistration.k8s.io",
        "mutatingwebhookconfigurations",
        "MutatingWebhookConfiguration",
    ),
    definition("cert-manager.io", "clusterissuers", "ClusterIssuer"),
)


def depl(namespace: str, name: str, label: tuple[str, str], image: str) -> dict[str, Any]:
    made = deployment(name, 1)
    made["metadata"] |= {"namespace": namespace, "labels": dict([label])}
    pod = made["spec"]["template"]["spec"]
    pod["containers"][0]["image"] = image
    return made


@dataclass
class Site:
    """A served cluster with SimKube in it."""

    server: ApiServer
    between: Between
    kubeconfig: Path
    data: Path
    faults: Faults

    @property
    def api(self) -> KubeApi:
        """Return a client that goes by what may be spoiled."""
        return KubeApi(str(self.kubeconfig), None, Patience(attempts=4, first_wait_s=0.02))

    @property
    def settings(self) -> SimKubeSettings:
        limits = Limits(answer_s=60, blocked_s=60, driver_s=60, workload_s=60, cleanup_s=60)
        return SimKubeSettings(traces=str(self.data), speed=SPEED, limits=limits)

    def direct(self) -> KubeApi:
        return KubeApi(str(self.server.kubeconfig), None)

    def create(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        api = self.direct()
        made: dict[str, Any] = json.loads(api.ask(api.path, "POST", path, body=body))
        return made

    def names(self, path: str) -> set[str]:
        api = self.direct()
        return {each["metadata"]["name"] for each in api.all(api.path, "GET", path)}


def ref_of(trace: Trace, name: str = "web") -> WorkloadRef:
    return workload(trace, name)


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
def site(tmp_path: Path, faults: Faults) -> Iterator[Site]:
    data = tmp_path / "data"
    data.mkdir()
    plain = node("plain-node")
    plain["metadata"]["labels"] = {}
    plain["spec"] = {}
    cluster = Cluster([plain, node("virtual-1"), node("virtual-2")], config=ClusterConfig())
    with apiserver.serve(cluster, tls=False, speed=SPEED) as server:
        host, _, port = server.url.removeprefix("http://").partition(":")
        between = Between(host, int(port))
        kubeconfig = tmp_path / "kubeconfig"
        listener = listen(between, server.token, kubeconfig)
        made = Site(server, between, kubeconfig, data, faults)
        for each in DEFINITIONS:
            made.create("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", each)
        for name in ("simkube", "monitoring"):
            body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
            made.create("/api/v1/namespaces", body)
        with StandIn(server.kubeconfig, faults, data):
            yield made
        listener.shutdown()
        listener.server_close()
