"""Clients that others wrote, unchanged: the official one for Python, and lightkube."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest
from tests.apiserver.conftest import config_map, deployment, make_plain_node

import simarena
from simarena.cluster import Cluster, ClusterConfig

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from simarena.apiserver.serving import ApiServer


@pytest.fixture(scope="module")
def server() -> Iterator[ApiServer]:
    with simarena.serve(Cluster()) as server:
        yield server


@pytest.fixture
def served(server: ApiServer) -> ApiServer:
    """A new cluster of two nodes, whose containers write logs."""
    nodes = [make_plain_node("node-a"), make_plain_node("node-b")]
    server.replace(Cluster(nodes, config=ClusterConfig(kubelet="real")))
    return server


# the official client


@pytest.fixture
def official(served: ApiServer) -> Iterator[Any]:
    """The official client, of the served cluster alone."""
    kubernetes = pytest.importorskip("kubernetes")
    from kubernetes import config, watch  # noqa: F401 - modules of its own

    client = kubernetes.config.new_client_from_config(str(served.kubeconfig))
    yield kubernetes, client
    client.close()


def test_the_official_client_reads_nodes_as_it_insists_on_them(official: Any) -> None:
    kubernetes, client = official
    nodes = kubernetes.client.CoreV1Api(client).list_node().items
    assert [each.metadata.name for each in nodes] == ["node-a", "node-b"]
    assert nodes[0].status.node_info.architecture == "amd64"


def test_the_official_client_rolls_out_scales_and_deletes(official: Any, served: ApiServer) -> None:
    kubernetes, client = official
    apps, core = kubernetes.client.AppsV1Api(client), kubernetes.client.CoreV1Api(client)
    apps.create_namespaced_deployment("default", deployment("web", 2))
    assert served.settle()
    assert apps.read_namespaced_deployment("web", "default").status.ready_replicas == 2
    scale = apps.read_namespaced_deployment_scale("web", "default")
    scale.spec.replicas = 3
    assert apps.replace_namespaced_deployment_scale("web", "default", scale).spec.replicas == 3
    changed = apps.patch_namespaced_deployment("web", "default", {"spec": {"paused": True}})
    assert (changed.spec.replicas, changed.spec.paused) == (3, True)
    assert served.settle()
    pods = core.list_namespaced_pod("default", label_selector="app=web").items
    assert [each.status.phase for each in pods] == ["Running"] * 3
    apps.delete_namespaced_deployment("web", "default", propagation_policy="Foreground")
    assert served.settle()
    assert core.list_namespaced_pod("default").items == []


def test_the_official_client_reads_logs_and_evicts(official: Any, served: ApiServer) -> None:
    kubernetes, client = official
    core = kubernetes.client.CoreV1Api(client)
    kubernetes.client.AppsV1Api(client).create_namespaced_deployment("default", deployment("web"))
    assert served.settle()
    (pod,) = core.list_namespaced_pod("default").items
    name = pod.metadata.name
    whole = core.read_namespaced_pod_log(name, "default")
    assert core.read_namespaced_pod_log(name, "default", tail_lines=1) == whole.splitlines(True)[-1]
    eviction = kubernetes.client.V1Eviction(metadata=kubernetes.client.V1ObjectMeta(name=name))
    core.create_namespaced_pod_eviction(name, "default", eviction)
    assert served.settle()
    (other,) = core.list_namespaced_pod("default").items
    assert other.metadata.name != name


def test_the_official_client_watches_from_a_list_on(official: Any) -> None:
    kubernetes, client = official
    core = kubernetes.client.CoreV1Api(client)
    version = core.list_namespaced_config_map("default").metadata.resource_version
    core.create_namespaced_config_map("default", config_map("m"))
    core.patch_namespaced_config_map("m", "default", {"data": {"b": "2"}})
    core.delete_namespaced_config_map("m", "default")
    stream = kubernetes.watch.Watch().stream(
        core.list_namespaced_config_map, "default", resource_version=version, timeout_seconds=1
    )
    seen = [(each["type"], each["object"].data) for each in stream]
    after = {"a": "1", "b": "2"}
    assert seen == [("ADDED", {"a": "1"}), ("MODIFIED", after), ("DELETED", after)]


def test_the_official_client_is_told_of_conflicts_and_absence(official: Any) -> None:
    kubernetes, client = official
    core = kubernetes.client.CoreV1Api(client)
    made = core.create_namespaced_config_map("default", config_map("m"))
    core.patch_namespaced_config_map("m", "default", {"data": {"b": "2"}})
    refused: list[tuple[int, Callable[[], Any]]] = [
        (404, lambda: core.read_namespaced_config_map("none", "default")),
        (409, lambda: core.create_namespaced_config_map("default", config_map("m"))),
        (409, lambda: core.replace_namespaced_config_map("m", "default", made)),
    ]
    for code, call in refused:
        with pytest.raises(kubernetes.client.ApiException) as caught:
            call()
        assert caught.value.status == code


def test_the_official_dynamic_client_finds_kinds_and_applies(official: Any) -> None:
    _, client = official
    dynamic: Any = import_module("kubernetes.dynamic")
    found = dynamic.DynamicClient(client, discoverer=dynamic.discovery.EagerDiscoverer)
    maps = found.resources.get(api_version="v1", kind="ConfigMap")
    maps.create(body=config_map("m"), namespace="default")
    body = {**config_map("m"), "data": {"b": "2"}}
    applied = maps.server_side_apply(
        body=body, name="m", namespace="default", field_manager="other", force_conflicts=True
    )
    assert applied.data.to_dict() == {"a": "1", "b": "2"}


# lightkube


@pytest.fixture
def light(served: ApiServer) -> Iterator[Any]:
    """lightkube's client of the served cluster."""
    lightkube = pytest.importorskip("lightkube")
    config = lightkube.KubeConfig.from_file(str(served.kubeconfig))
    client = lightkube.Client(config=config, namespace="default", field_manager="light")
    yield lightkube, client
    if hasattr(client, "close"):
        client.close()


def test_lightkube_rolls_out_patches_and_reads_logs(light: Any, served: ApiServer) -> None:
    lightkube, client = light
    apps = import_module("lightkube.resources.apps_v1")
    core = import_module("lightkube.resources.core_v1")
    client.create(apps.Deployment.from_dict(deployment("web", 2)))
    assert served.settle()
    pods = list(client.list(core.Pod, labels={"app": "web"}))
    assert [each.status.phase for each in pods] == ["Running", "Running"]
    assert list(client.log(pods[0].metadata.name))
    client.patch(apps.Deployment.Scale, "web", {"spec": {"replicas": 1}})
    held = client.get(apps.Deployment, "web")
    assert held.spec.replicas == 1
    client.patch(apps.Deployment, "web", {"metadata": {"labels": {"a": "b"}}})
    with pytest.raises(lightkube.ApiError) as caught:
        client.replace(held)
    assert caught.value.status.reason == "Conflict"
    client.delete(apps.Deployment, "web")
    assert served.settle()
    assert list(client.list(core.Pod)) == []


def test_lightkube_applies_watches_and_lists_in_pages(light: Any) -> None:
    _, client = light
    kind = import_module("lightkube.resources.core_v1").ConfigMap
    for number in range(3):
        client.apply(kind.from_dict(config_map(f"m{number}")))
        client.apply(kind.from_dict(config_map(f"m{number}")))
    names = [each.metadata.name for each in client.list(kind, chunk_size=2)]
    assert names == ["m0", "m1", "m2"]
    seen = client.watch(kind, fields={"metadata.name": "m1"}, server_timeout=1)
    assert next(seen)[0] == "ADDED"
    seen.close()
    client.deletecollection(kind)
    assert list(client.list(kind)) == []
