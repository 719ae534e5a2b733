"""A live cluster: the official client against an API server over HTTP."""

from __future__ import annotations

import asyncio
import threading
from importlib.metadata import version
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread
import pytest
from mcp import Client
from tests.mcp._api_server import ApiServer, kubeconfig, serving
from tests.mcp._sessions import ask, call, names, refusal, said, shop

from simarena.errors import ConfigError
from simarena.mcp import KubeSession, build_server
from simarena.mcp.live.permissions import Permissions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


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


def test_we_act_under_our_own_name(api: ApiServer, tmp_path: Path) -> None:
    session = opened(api, tmp_path, "shop")
    ask(session, "scale", deploy="web", replicas=3)
    ask(session, "set_resources", deploy="api", cpu_request="250m")
    assert api.agents == {f"simarena/{version('simarena')}"}
    patched = [path for method, path in api.requests if method == "PATCH"]
    assert len(patched) == 2
    assert all("fieldManager=simarena" in path and "dryRun" not in path for path in patched)


def test_a_dry_run_asks_the_api_and_changes_nothing(api: ApiServer, tmp_path: Path) -> None:
    session = opened(api, tmp_path, "shop")
    before = api.cluster.get("Deployment", "web", "shop")["spec"]
    scaled, set_, unknown = call(
        session,
        ("scale", {"deploy": "web", "replicas": 9, "dry_run": True}),
        ("set_resources", {"deploy": "web", "cpu_request": "1", "dry_run": True}),
        ("scale", {"deploy": "nothing", "replicas": 9, "dry_run": True}),
    )
    assert said(scaled).startswith(
        "deployment.apps/web scaled (server dry run)\nNothing has changed.\nNow: web has 2 of 2"
    )
    assert set_.structured_content is not None
    assert set_.structured_content["dry_run"] is True
    assert unknown.is_error
    assert all("dryRun=All" in path for method, path in api.requests if method == "PATCH")
    assert api.cluster.get("Deployment", "web", "shop")["spec"] == before
    assert "Forbidden" in refusal(
        opened(api, tmp_path), "scale", deploy="web", replicas=9, dry_run=True
    )


def test_a_pod_that_a_quota_refuses_is_told_before_where_it_would_go(
    api: ApiServer, tmp_path: Path
) -> None:
    hard = {"requests.cpu": "1", "pods": "10"}
    api.objects["resourcequotas"] = [
        {
            "metadata": {"name": "compute", "namespace": "shop"},
            "spec": {"hard": hard},
            "status": {"hard": hard, "used": {"requests.cpu": "1", "pods": "4"}},
        }
    ]
    session = opened(api, tmp_path)
    (result,) = call(session, ("explain_scheduling", {"deploy": "web"}))
    assert (
        "it would not be created: exceeded quota: compute, requested: requests.cpu=500m, "
        "used: requests.cpu=1, limited: requests.cpu=1. If it were, it would be scheduled to n1"
    ) in said(result)
    assert result.structured_content is not None
    assert result.structured_content["schedulable"] is False
    assert len(result.structured_content["refusals"]) == 1
    api.objects["resourcequotas"] = []
    assert "it would be scheduled to n1" in ask(session, "explain_scheduling", deploy="web")


def test_creations_that_have_failed_are_told(api: ApiServer, tmp_path: Path) -> None:
    (owner,) = [
        each for each in api.cluster.list("ReplicaSet", "shop") if "web" in each["metadata"]["name"]
    ]
    message = f'pods "{owner["metadata"]["name"]}-x" is forbidden: exceeded quota: compute'
    event = {
        "metadata": {"name": "e", "namespace": "shop"},
        "involvedObject": {"kind": "ReplicaSet", "name": owner["metadata"]["name"]},
        "type": "Warning",
        "reason": "FailedCreate",
        "message": message,
        "count": 5,
        "firstTimestamp": "2026-01-01T00:00:00Z",
        "lastTimestamp": "2026-01-01T00:01:00Z",
    }
    other = {**event, "involvedObject": {"kind": "ReplicaSet", "name": "other"}}
    api.more_events = [event, other]
    (result,) = call(opened(api, tmp_path), ("explain_scheduling", {"deploy": "web"}))
    assert f"FailedCreate: {message}" in said(result)
    assert result.structured_content is not None
    (told,) = result.structured_content["failed_creations"]
    assert (told["message"], told["count"]) == (message, 5)


def test_a_quota_that_may_not_be_read_is_told(api: ApiServer, tmp_path: Path) -> None:
    del api.objects["resourcequotas"]
    text = ask(opened(api, tmp_path), "explain_scheduling", deploy="web")
    assert "Whether a quota refuses it is not known: Error from server" in text
    assert "it would be scheduled to n1" in text


def test_a_slow_answer_of_the_cluster_holds_up_nobody_else(api: ApiServer, tmp_path: Path) -> None:
    api.gates["nodes"] = threading.Event()
    order: list[str] = []

    async def together() -> None:
        async with (
            Client(build_server(opened(api, tmp_path))) as client,
            anyio.create_task_group() as group,
        ):

            async def look_at_nodes() -> None:
                await client.call_tool("get_nodes", {})
                order.append("get_nodes")

            group.start_soon(look_at_nodes)
            await anyio.to_thread.run_sync(api.reached.wait, 60)
            await client.call_tool("get_pods", {})
            order.append("get_pods")
            api.gates["nodes"].set()

    asyncio.run(together())
    assert order == ["get_pods", "get_nodes"]
