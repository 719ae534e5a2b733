"""A live cluster: the official client against an API server over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.env.cases import container, workload
from tests.mcp._api_server import ApiServer, kubeconfig, serving
from tests.mcp._sessions import ask, call, names, refusal

from simarena.cluster import Cluster, ClusterConfig
from simarena.cluster.node_spec import make_node
from simarena.errors import ConfigError
from simarena.mcp import KubeSession
from simarena.mcp.permissions import Permissions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def shop() -> Cluster:
    """Return a cluster with one Deployment that runs, and one that fits nowhere."""
    cluster = Cluster(
        [make_node("n1", "4", "8Gi"), make_node("n2", "4", "8Gi")],
        config=ClusterConfig(kubelet="real"),
    )
    for name, cpu in (("web", "500m"), ("api", "5")):
        manifest = workload(name, 2, container(requests={"cpu": cpu, "memory": "1Gi"}))
        manifest["metadata"]["namespace"] = "shop"
        manifest["spec"]["template"]["spec"]["tolerations"] = [{"operator": "Exists"}]
        cluster.apply(manifest)
    cluster.advance(60)
    return cluster


@pytest.fixture
def api() -> Iterator[ApiServer]:
    with serving(shop(), page=3) as server:
        yield server


def opened(api: ApiServer, tmp_path: Path, *allowed: str) -> KubeSession:
    return KubeSession.from_kubeconfig(
        kubeconfig(tmp_path / "config", api.url),
        permissions=Permissions(namespaces=frozenset(allowed)),
    )


def test_all_read_tools_show_the_live_cluster(api: ApiServer, tmp_path: Path) -> None:
    session = opened(api, tmp_path)
    web = next(pod for pod in api.cluster.list("Pod", "shop") if pod["spec"].get("nodeName"))
    pod = web["metadata"]["name"]
    texts = names(
        call(
            session,
            ("get_pods", {}),
            ("get_pods", {"namespace": "*", "label_selector": "app=web"}),
            ("get_pods", {"field_selector": "status.phase=Pending"}),
            ("get_deployments", {}),
            ("describe_deployment", {"deploy": "api"}),
            ("describe_pod", {"pod_name": pod}),
            ("get_events", {"deploy": "api", "type": "Warning"}),
            ("get_pod_logs", {"pod_name": pod, "tail_lines": 1}),
            ("get_nodes", {}),
            ("top_pods", {}),
            ("top_nodes", {}),
        )
    )
    assert "Pods in namespace shop, newest first: showing 4 of 4 (2 Pending, 2 Running)" in texts[0]
    assert "showing 2 of 2 (2 Running)" in texts[1]
    assert "showing 2 of 2 (2 Pending)" in texts[2]
    assert "0/2" in texts[3]
    assert "Requests: cpu 5, memory 1Gi" in texts[4]
    assert "State: Running" in texts[5]
    assert "FailedScheduling" in texts[6]
    assert "web-" not in texts[6]
    assert "ready to serve" in texts[7]
    assert "500m/4 (12%)" in texts[8]
    assert "1m" in texts[9]
    assert "500m/-" in texts[9]
    assert "n1" in texts[10]
    assert any("continue=3" in path for _, path in api.requests)
    assert any("labelSelector=app%3Dweb" in path for _, path in api.requests)


def test_the_simulated_scheduler_is_asked_about_the_live_state(
    api: ApiServer, tmp_path: Path
) -> None:
    session = opened(api, tmp_path)
    stuck, fits = names(
        call(
            session,
            ("explain_scheduling", {"deploy": "api"}),
            ("explain_scheduling", {"deploy": "web"}),
        )
    )
    assert "it would stay Pending. 0/2 nodes are available: 2 Insufficient cpu." in stuck
    assert "it would be scheduled to n1, n2" in fits


def test_nothing_is_changed_where_that_is_not_allowed(api: ApiServer, tmp_path: Path) -> None:
    session = opened(api, tmp_path, "staging")
    for name, arguments in (
        ("scale", {"deploy": "web", "replicas": 3}),
        ("set_resources", {"deploy": "web", "cpu_request": "1"}),
        ("scale", {"deploy": "web", "replicas": 3, "namespace": "shop"}),
    ):
        text = refusal(session, name, **arguments)
        assert 'Error from server (Forbidden): deployments.apps "web" is forbidden' in text
        assert "--allow-writes shop" in text
    assert api.patches == []
    assert all(method == "GET" for method, _ in api.requests)
    assert "what_if" not in session.instructions


def test_allowed_changes_are_patches(api: ApiServer, tmp_path: Path) -> None:
    session = opened(api, tmp_path, "shop")
    scaled = ask(session, "scale", deploy="web", replicas=3)
    assert scaled.startswith("deployment.apps/web scaled\n")
    ask(session, "set_resources", deploy="api", cpu_request="250m", memory_limit="2Gi")
    api.cluster.advance(30)
    assert "3/3" in ask(session, "get_deployments", label_selector="app=web")
    assert "2/2" in ask(session, "get_deployments", label_selector="app=api")
    assert [body for _, body in api.patches] == [
        {"spec": {"replicas": 3}},
        {
            "spec": {
                "template": {
                    "spec": {
                        "containers": [
                            {
                                "name": "c0",
                                "resources": {
                                    "requests": {"cpu": "250m"},
                                    "limits": {"memory": "2Gi"},
                                },
                            }
                        ]
                    }
                }
            }
        },
    ]
    assert {kind for kind, _ in api.patches} == {"application/strategic-merge-patch+json"}
    text = refusal(session, "set_resources", deploy="web", container="x", cpu_request="1")
    assert 'unable to find container named "x"' in text


def test_what_the_api_refuses_is_told_in_its_words(api: ApiServer, tmp_path: Path) -> None:
    session = opened(api, tmp_path)
    text = refusal(session, "describe_deployment", deploy="db")
    assert 'Error from server (NotFound): deployments.apps "db" not found' in text
    pending = next(pod for pod in api.cluster.list("Pod") if not pod["spec"].get("nodeName"))
    text = refusal(session, "get_pod_logs", pod_name=pending["metadata"]["name"])
    assert "Error from server (BadRequest): " in text
    api.failure = (403, "Forbidden")
    assert "Error from server (Forbidden): as the test wanted" in refusal(session, "get_pods")
    assert "Forbidden" in refusal(session, "top_pods")
    api.failure, api.measures = None, False
    assert "Metrics API not available" in refusal(session, "top_nodes")


def test_a_wrong_token_and_a_cluster_that_is_away_are_told(api: ApiServer, tmp_path: Path) -> None:
    wrong = kubeconfig(tmp_path / "wrong", api.url, token="another")
    text = refusal(KubeSession.from_kubeconfig(wrong), "get_pods")
    assert "Error from server (Unauthorized)" in text
    away = kubeconfig(tmp_path / "away", "http://127.0.0.1:1")
    text = refusal(KubeSession.from_kubeconfig(away), "get_pods")
    assert "error: the cluster at http://127.0.0.1:1 cannot be reached" in text
    assert "another" not in text


def test_a_context_brings_its_namespace(api: ApiServer, tmp_path: Path) -> None:
    path = kubeconfig(tmp_path / "config", api.url)
    assert KubeSession.from_kubeconfig(path).namespace == "shop"
    assert KubeSession.from_kubeconfig(path, context="other").namespace == "default"
    assert KubeSession.from_kubeconfig(path, namespace="x").namespace == "x"


def test_a_kubeconfig_that_cannot_be_used_is_an_error_in_a_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--kubeconfig"):
        KubeSession.from_kubeconfig(str(tmp_path / "none"))
    broken = tmp_path / "broken"
    broken.write_text("{")
    with pytest.raises(ConfigError, match="--kubeconfig") as caught:
        KubeSession.from_kubeconfig(str(broken))
    assert "\n" not in str(caught.value)
    good = kubeconfig(tmp_path / "config", "http://127.0.0.1:1")
    with pytest.raises(ConfigError, match="nowhere"):
        KubeSession.from_kubeconfig(good, context="nowhere")


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xfe\x00binary\x80",
        b"[]",
        b"5",
        b"clusters: 5",
        b"contexts: [5]\ncurrent-context: a",
        b"current-context: a\ncontexts: [{name: a, context: x}]\nclusters: []\nusers: []",
        (
            b"current-context: a\ncontexts: [{name: a, context: {cluster: c, user: u}}]\n"
            b"clusters: [{name: c, cluster: {server: 5}}]\nusers: [{name: u, user: {}}]"
        ),
    ],
)
def test_a_kubeconfig_of_anything_else_is_an_error_in_a_line(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_bytes(data)
    with pytest.raises(
        ConfigError, match=r"cannot be used: .*; name another with --kubeconfig"
    ) as told:
        KubeSession.from_kubeconfig(str(path))
    assert str(told.value).isprintable()


def test_waiting_is_bounded(api: ApiServer, tmp_path: Path) -> None:
    session = opened(api, tmp_path)
    assert "wait at most 60 s" in refusal(session, "wait", seconds=61)
