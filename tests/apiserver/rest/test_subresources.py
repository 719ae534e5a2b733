"""Scale, eviction, binding and logs."""

from __future__ import annotations

from typing import Any

from tests.apiserver.conftest import DEPLOYMENTS, PODS, Client, deployment, pod

BUDGETS = "/apis/policy/v1/namespaces/default/poddisruptionbudgets"


def test_a_scale_is_read_and_written(client: Client) -> None:
    client.post(DEPLOYMENTS, deployment("web"))
    scale = client.get(f"{DEPLOYMENTS}/web/scale")
    assert scale["kind"] == "Scale"
    assert scale["spec"] == {"replicas": 1}
    assert scale["status"] == {"replicas": 0, "selector": "app=web"}
    scale["spec"]["replicas"] = 3
    assert client.put(f"{DEPLOYMENTS}/web/scale", scale)["spec"] == {"replicas": 3}
    client.server.advance(30)
    assert len(client.get(PODS)["items"]) == 3
    stale = client.put(f"{DEPLOYMENTS}/web/scale", scale, 409)
    assert stale["reason"] == "Conflict"


def test_no_fewer_than_none_are_wanted(client: Client) -> None:
    client.post(DEPLOYMENTS, deployment("web"))
    body = {
        "apiVersion": "autoscaling/v1",
        "kind": "Scale",
        "metadata": {"name": "web"},
        "spec": {"replicas": -1},
    }
    status = client.put(f"{DEPLOYMENTS}/web/scale", body, 422)
    assert status["message"] == (
        'Scale.autoscaling "web" is invalid: spec.replicas: Invalid value: -1: must be greater '
        "than or equal to 0"
    )


def eviction(name: str) -> dict[str, Any]:
    return {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name}}


def test_a_budget_holds_pods_back(client: Client) -> None:
    client.post(DEPLOYMENTS, deployment("web", 2))
    budget = {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": "b"},
        "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "web"}}},
    }
    client.post(BUDGETS, budget)
    client.server.advance(30)
    assert client.get(f"{BUDGETS}/b")["status"]["disruptionsAllowed"] == 1
    first, second = (each["metadata"]["name"] for each in client.get(PODS)["items"])
    assert client.post(f"{PODS}/{first}/eviction", eviction(first))["status"] == "Success"
    assert client.get(f"{BUDGETS}/b")["status"]["disruptionsAllowed"] == 0
    refused = client.post(f"{PODS}/{second}/eviction", eviction(second), 429)
    assert refused["details"]["causes"][0]["reason"] == "DisruptionBudget"
    client.server.advance(60)
    names = {each["metadata"]["name"] for each in client.get(PODS)["items"]}
    assert first not in names
    assert second in names


def test_a_pod_is_bound_once(client: Client) -> None:
    client.post(PODS, pod("p"))
    body = {
        "apiVersion": "v1",
        "kind": "Binding",
        "metadata": {"name": "p"},
        "target": {"kind": "Node", "name": "node-b"},
    }
    assert client.post(f"{PODS}/p/binding", body)["status"] == "Success"
    assert client.get(f"{PODS}/p")["spec"]["nodeName"] == "node-b"
    again = client.post(f"{PODS}/p/binding", body, 409)
    assert 'pod p is already assigned to node "node-b"' in again["message"]


def test_logs_are_what_containers_have_written(client: Client) -> None:
    client.post(PODS, pod("p"))
    assert client.send("GET", f"{PODS}/p/log").status_code == 204
    client.server.advance(10)
    text = client.send("GET", f"{PODS}/p/log").text
    assert text.splitlines()[-1].endswith('msg="ready to serve"')
    last = client.send("GET", f"{PODS}/p/log?tailLines=1").text
    assert last == text.splitlines()[-1] + "\n"
    assert "is not valid for pod p" in client.get(f"{PODS}/p/log?container=x", 400)["message"]
    assert client.get(f"{PODS}/p/log?tailLines=-1", 422)["reason"] == "Invalid"


def test_what_needs_a_running_container_is_refused(client: Client) -> None:
    client.post(PODS, pod("p"))
    client.server.advance(10)
    for part in ("exec", "attach", "portforward"):
        status = client.get(f"{PODS}/p/{part}", 400)
        assert "pods are simulated" in status["message"]


def test_an_address_of_a_load_balancer_is_one_that_is_seen_as_such(client: Client) -> None:
    spec = {"type": "LoadBalancer", "ports": [{"port": 80}]}
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}, "spec": spec}
    path = "/api/v1/namespaces/default/services"
    made = client.post(path, service)
    made["status"] = {"loadBalancer": {"ingress": [{"ip": "1.2.3.4"}, {"hostname": "a"}]}}
    status = client.put(f"{path}/s/status", made)["status"]
    assert status["loadBalancer"]["ingress"] == [
        {"ip": "1.2.3.4", "ipMode": "VIP"},
        {"hostname": "a"},
    ]
