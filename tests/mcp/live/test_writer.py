"""Changes of a live cluster: what is asked of its API, and what is refused before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.env.cases import container, workload
from tests.mcp._api_server import ApiServer, kubeconfig, serving
from tests.mcp._sessions import ask, call, refusal, said, shop

from simarena.mcp import KubeSession
from simarena.mcp.live.permissions import Permissions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SHOP = frozenset({"shop"})


@pytest.fixture
def api() -> Iterator[ApiServer]:
    with serving(shop()) as server:
        yield server


def opened(api: ApiServer, tmp_path: Path, **allowed: Any) -> KubeSession:
    return KubeSession.from_kubeconfig(
        kubeconfig(tmp_path / "config", api.url), permissions=Permissions(**allowed)
    )


def changes(api: ApiServer) -> list[tuple[str, str, dict[str, list[str]]]]:
    """Return method, path and query of all requests that were to change something."""
    return [
        (method, urlsplit(path).path, parse_qs(urlsplit(path).query))
        for method, path in api.requests
        if method != "GET"
    ]


DEPLOYMENT = "/apis/apps/v1/namespaces/shop/deployments/web"
OURS = {"fieldManager": ["simarena"]}


def test_nothing_is_asked_of_the_api_where_nothing_is_allowed(
    api: ApiServer, tmp_path: Path
) -> None:
    session = opened(api, tmp_path)
    pod = api.cluster.list("Pod", "shop")[0]["metadata"]["name"]
    calls: list[tuple[str, dict[str, Any], str]] = [
        ("rollout_restart", {"name": "web"}, "--allow-writes shop"),
        ("rollout_pause", {"name": "web"}, "--allow-writes shop"),
        ("label", {"kind": "deploy", "name": "web", "labels": ["a=b"]}, "--allow-writes shop"),
        ("patch", {"kind": "deploy", "name": "web", "patch": {}}, "--allow-writes shop"),
        ("delete", {"kind": "pod", "name": pod}, "--allow-writes shop"),
        ("cordon", {"node": "n1"}, "--allow-nodes"),
        ("drain", {"node": "n1"}, "--allow-nodes"),
        ("taint", {"node": "n1", "taints": ["a=b:NoSchedule"]}, "--allow-nodes"),
        ("label", {"kind": "ns", "name": "shop", "labels": ["a=b"]}, "outside of namespaces"),
    ]
    api.cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
    for name, arguments, says in calls:
        for more in ({}, {"dry_run": True}):
            text = refusal(session, name, **arguments, **more)
            assert "Error from server (Forbidden): " in text
            assert says in text
    assert changes(api) == []


def test_workloads_are_operated_where_writes_are_allowed_and_no_manifests_are_taken(
    api: ApiServer, tmp_path: Path
) -> None:
    session = opened(api, tmp_path, namespaces=SHOP)
    assert ask(session, "rollout_restart", name="web") == (
        "deployment.apps/web restarted\n" + session.time_note
    )
    ask(session, "rollout_pause", name="web")
    ask(session, "rollout_resume", name="web", dry_run=True)
    ask(session, "label", kind="deploy", name="web", labels=["a=b", "app-"])
    assert changes(api) == [
        ("PATCH", DEPLOYMENT, OURS),
        ("PATCH", DEPLOYMENT, OURS),
        ("PATCH", DEPLOYMENT, {"dryRun": ["All"], **OURS}),
        ("PATCH", DEPLOYMENT, OURS),
    ]
    types = [kind.removeprefix("application/") for kind, _ in api.patches]
    assert types == ["strategic-merge-patch+json"] * 3 + ["merge-patch+json"]
    assert [body for _, body in api.patches][1:] == [
        {"spec": {"paused": True}},
        {"spec": {"paused": None}},
        {"metadata": {"labels": {"a": "b", "app": None}}},
    ]
    for name, given in (
        ("patch", {"kind": "deploy", "name": "web", "patch": {}}),
        ("apply", {"manifest": workload("x", 1, container())}),
        ("delete", {"kind": "deploy", "name": "web"}),
    ):
        text = refusal(session, name, namespace="shop" if name != "apply" else "", **given)
        assert "Forbidden" in text
    assert len(changes(api)) == 4


def test_an_undo_is_a_json_patch_of_the_template(api: ApiServer, tmp_path: Path) -> None:
    session = opened(api, tmp_path, namespaces=SHOP)
    ask(session, "set_resources", deploy="web", cpu_request="250m")
    api.cluster.advance(60)
    assert len(ask(session, "rollout_history", name="web").splitlines()) == 4
    assert ask(session, "rollout_undo", name="web").startswith("deployment.apps/web rolled back")
    content, (operation,) = api.patches[-1]
    assert content == "application/json-patch+json"
    assert (operation["op"], operation["path"]) == ("replace", "/spec/template")
    assert "pod-template-hash" not in operation["value"]["metadata"]["labels"]
    (used,) = operation["value"]["spec"]["containers"]
    assert used["resources"]["requests"]["cpu"] == "500m"


def test_manifests_are_applied_by_the_server_under_our_own_name(
    api: ApiServer, tmp_path: Path
) -> None:
    session = opened(api, tmp_path, namespaces=SHOP, manifests=True)
    config: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "c"},
        "data": {"a": "b"},
    }
    path = "/api/v1/namespaces/shop/configmaps/c"
    assert ask(session, "apply", manifest=config, dry_run=True) == (
        "configmap/c serverside-applied (server dry run)\nNothing has changed."
    )
    assert api.cluster.list("ConfigMap") == []
    ask(session, "apply", manifest=config)
    assert api.cluster.list("ConfigMap")[0]["data"] == {"a": "b"}
    assert changes(api) == [
        ("PATCH", path, {"dryRun": ["All"], "force": ["false"], **OURS}),
        ("PATCH", path, {"force": ["false"], **OURS}),
    ]
    assert {kind for kind, _ in api.patches} == {"application/apply-patch+yaml"}
    config["metadata"]["labels"] = {"of": "others"}
    text = refusal(session, "apply", manifest=config)
    assert 'Error from server (Conflict): conflict with "kubectl": .metadata.labels' in text
    ask(session, "apply", manifest=config, force_conflicts=True)
    elsewhere = {**config, "metadata": {"name": "c", "namespace": "other"}}
    assert "--allow-writes other" in refusal(session, "apply", manifest=elsewhere)
    cluster_wide = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "all"},
    }
    assert "outside of namespaces" in refusal(session, "apply", manifest=cluster_wide)
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}}
    assert "Secrets are neither" in refusal(session, "apply", manifest=secret)


def test_patches_of_all_types_and_deletions_reach_the_api(api: ApiServer, tmp_path: Path) -> None:
    session = opened(api, tmp_path, namespaces=SHOP, manifests=True)
    replicas = {"spec": {"replicas": 1}}
    ask(session, "patch", kind="deploy", name="web", patch=replicas)
    ask(session, "patch", kind="deploy", name="web", patch=replicas, type="merge")
    operations = [{"op": "replace", "path": "/spec/replicas", "value": 3}]
    ask(session, "patch", kind="deploy", name="web", patch=operations, type="json")
    assert api.patches == [
        ("application/strategic-merge-patch+json", replicas),
        ("application/merge-patch+json", replicas),
        ("application/json-patch+json", operations),
    ]
    ask(session, "delete", kind="deploy", name="web", dry_run=True)
    assert ask(session, "delete", kind="deploy", name="web").startswith(
        'deployment.apps "web" deleted from shop namespace'
    )
    assert changes(api)[-2:] == [
        ("DELETE", DEPLOYMENT, {"dryRun": ["All"]}),
        ("DELETE", DEPLOYMENT, {}),
    ]
    assert "not found" in refusal(session, "delete", kind="deploy", name="web")


def test_a_drain_cordons_the_node_and_asks_for_evictions(api: ApiServer, tmp_path: Path) -> None:
    session = opened(api, tmp_path, namespaces=SHOP, nodes=True)
    mine = [
        pod["metadata"]["name"]
        for pod in api.cluster.list("Pod", "shop")
        if pod["spec"].get("nodeName") == "n1"
    ]
    assert len(mine) == 1
    text = ask(session, "drain", node="n1", dry_run=True)
    assert f"pod/{mine[0]} evicted (server dry run)" in text
    budget = {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"minAvailable": 2, "selector": {"matchLabels": {"app": "web"}}},
    }
    api.cluster.apply(budget)
    (result,) = call(session, ("drain", {"node": "n1"}))
    assert result.structured_content is not None
    assert result.structured_content["held_back"] == [f"shop/{mine[0]}"]
    assert "Cannot evict pod as it would violate" in said(result)
    api.cluster.delete("PodDisruptionBudget", "web", "shop")
    again = ask(session, "drain", node="n1")
    assert again.startswith(f"node/n1 already cordoned\npod/{mine[0]} evicted\nnode/n1 drained")
    eviction = f"/api/v1/namespaces/shop/pods/{mine[0]}/eviction"
    dry = {"dryRun": ["All"], **OURS}
    assert changes(api) == [
        ("PATCH", "/api/v1/nodes/n1", dry),
        ("POST", eviction, dry),
        *[("PATCH", "/api/v1/nodes/n1", OURS), ("POST", eviction, OURS)] * 2,
    ]
    assert api.patches[-1][1] == {"spec": {"unschedulable": True}}
    ask(session, "uncordon", node="n1")
    assert api.patches[-1][1] == {"spec": {"unschedulable": None}}


def test_a_drain_that_would_reach_into_other_namespaces_does_not_begin(
    api: ApiServer, tmp_path: Path
) -> None:
    session = opened(api, tmp_path, namespaces=frozenset({"other"}), nodes=True)
    assert "--allow-writes shop" in refusal(session, "drain", node="n1")
    assert changes(api) == []
    allowed = opened(api, tmp_path, namespaces=SHOP, nodes=True)
    bare = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "alone", "namespace": "shop"},
        "spec": {"nodeName": "n1", "containers": [container()]},
    }
    api.cluster.apply(bare)
    api.cluster.advance(10)
    assert "use --force to override): shop/alone" in refusal(allowed, "drain", node="n1")
    assert [method for method, _, _ in changes(api)] == ["PATCH"]  # cordoned, as by kubectl


def test_taints_and_labels_of_nodes_are_patched(api: ApiServer, tmp_path: Path) -> None:
    session = opened(api, tmp_path, nodes=True)
    before = api.cluster.get("Node", "n1")["spec"]["taints"]
    ask(session, "taint", node="n1", taints=["a=b:NoSchedule"])
    ask(session, "label", kind="node", name="n1", labels=["zone=a"])
    assert [body for _, body in api.patches] == [
        {"spec": {"taints": [*before, {"key": "a", "effect": "NoSchedule", "value": "b"}]}},
        {"metadata": {"labels": {"zone": "a"}}},
    ]
    text = refusal(session, "patch", kind="node", name="n1", patch={})
    assert "--allow-manifests" in text


def test_kinds_of_the_clusters_own_are_found_when_somebody_names_them(
    api: ApiServer, tmp_path: Path
) -> None:
    api.rollouts = [
        {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Rollout",
            "metadata": {"name": "canary", "namespace": "shop"},
            "spec": {"replicas": 2},
        }
    ]
    session = opened(api, tmp_path)
    for word in ("rollout", "ro", "rollouts.argoproj.io"):
        assert "canary" in ask(session, "get_resources", kind=word)
    assert "replicas: 2" in ask(session, "get_yaml", kind="ro", name="canary")
    assert "Spec:\n  replicas: 2" in ask(session, "describe_resource", kind="ro", name="canary")
    assert sum(path == "/apis" for _, path in api.requests) == 1
    assert "doesn't have a resource type" in refusal(session, "get_resources", kind="widgets")
    assert "Forbidden" in refusal(session, "patch", kind="ro", name="canary", patch={})


def test_instructions_tell_what_is_allowed(api: ApiServer, tmp_path: Path) -> None:
    assert "Nothing may be changed." in opened(api, tmp_path).instructions
    some = opened(api, tmp_path, namespaces=SHOP, nodes=True)
    assert "Workloads may be changed in: shop; Nodes may be changed; nothing else." in (
        some.instructions
    )
    everything = opened(api, tmp_path, namespaces=SHOP, manifests=True)
    assert "Everything may be changed in: shop; nothing else." in everything.instructions
