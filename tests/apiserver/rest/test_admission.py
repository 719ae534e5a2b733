"""What admission plugins and registries make of new objects."""

from __future__ import annotations

from typing import Any

import pytest
from tests.apiserver.conftest import PODS, Client, pod

CORE = "/api/v1/namespaces/default"
QUOTAS = f"{CORE}/resourcequotas"
SERVICES = f"{CORE}/services"


def quota(**hard: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "q"},
        "spec": {"hard": hard},
    }


def service(name: str, **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name},
        "spec": {"ports": [{"port": 80}], **spec},
    }


def job() -> dict[str, Any]:
    container = {"name": "c", "image": "i"}
    template = {"spec": {"containers": [container], "restartPolicy": "Never"}}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "j"},
        "spec": {"template": template},
    }


def test_a_pod_mounts_the_token_of_its_account(client: Client) -> None:
    spec = client.post(PODS, pod("p"))["spec"]
    assert spec["serviceAccountName"] == spec["serviceAccount"] == "default"
    (volume,) = spec["volumes"]
    assert volume["name"].startswith("kube-api-access-")
    (mount,) = spec["containers"][0]["volumeMounts"]
    assert mount["name"] == volume["name"]


def test_a_pod_that_wants_no_token_gets_none(client: Client) -> None:
    body = pod("p")
    body["spec"]["automountServiceAccountToken"] = False
    assert "volumes" not in client.post(PODS, body)["spec"]


def test_a_pod_gets_priority_and_default_tolerations(client: Client) -> None:
    spec = client.post(PODS, pod("p"))["spec"]
    assert (spec["priority"], spec["preemptionPolicy"]) == (0, "PreemptLowerPriority")
    assert [each["tolerationSeconds"] for each in spec["tolerations"]] == [300, 300]


def test_a_pod_without_its_account_is_refused(client: Client) -> None:
    client.delete(f"{CORE}/serviceaccounts/default")
    message = client.post(PODS, pod("p"), 403)["message"]
    assert message.endswith('serviceaccount "default" not found')


def test_the_account_that_a_namespace_has_is_made_again(client: Client) -> None:
    client.delete(f"{CORE}/serviceaccounts/default")
    client.server.advance(1)
    client.post(PODS, pod("p"))


def test_a_quota_bounds_what_its_status_says(client: Client) -> None:
    client.post(QUOTAS, quota(pods="1"))
    client.server.advance(1)
    client.post(PODS, pod("a"))
    assert client.get(f"{QUOTAS}/q")["status"]["used"] == {"pods": "1"}
    message = client.post(PODS, pod("b"), 403)["message"]
    assert message.endswith("exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1")


def test_a_quota_without_a_status_bounds_nothing_yet(client: Client) -> None:
    client.post(QUOTAS, quota(pods="0"))
    client.post(PODS, pod("a"))


def test_a_dry_run_is_not_counted_for_a_quota(client: Client) -> None:
    client.post(QUOTAS, quota(pods="1"))
    client.server.advance(1)
    client.post(f"{PODS}?dryRun=All", pod("a"))
    assert client.get(f"{QUOTAS}/q")["status"]["used"] == {"pods": "0"}


def test_what_is_deleted_is_taken_off_a_quota(client: Client) -> None:
    client.post(QUOTAS, quota(configmaps="9"))
    client.server.advance(1)
    before = client.get(f"{QUOTAS}/q")["status"]["used"]["configmaps"]
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "m"}}
    client.post(f"{CORE}/configmaps", body)
    client.delete(f"{CORE}/configmaps/m")
    client.server.advance(1)
    assert client.get(f"{QUOTAS}/q")["status"]["used"]["configmaps"] == before


def test_a_job_selects_its_pods_by_its_uid(client: Client) -> None:
    made = client.post("/apis/batch/v1/namespaces/default/jobs", job())
    uid = made["metadata"]["uid"]
    assert made["spec"]["selector"]["matchLabels"] == {"batch.kubernetes.io/controller-uid": uid}
    labels = made["spec"]["template"]["metadata"]["labels"]
    assert labels["job-name"] == "j"
    assert made["metadata"]["labels"] == labels


def test_services_get_addresses_and_ports_of_their_own(client: Client) -> None:
    first = client.post(SERVICES, service("a", type="NodePort"))["spec"]
    second = client.post(SERVICES, service("b", type="NodePort"))["spec"]
    assert first["clusterIPs"] == [first["clusterIP"]]
    assert first["clusterIP"] != second["clusterIP"]
    assert first["ports"][0]["nodePort"] != second["ports"][0]["nodePort"]


def test_an_address_is_given_once(client: Client) -> None:
    taken = client.post(SERVICES, service("a"))["spec"]["clusterIP"]
    message = client.post(SERVICES, service("b", clusterIP=taken), 422)["message"]
    assert message.endswith(f"failed to allocate IP {taken}: provided IP is already allocated")


@pytest.mark.parametrize(
    ("port", "why"),
    [
        (31_000, "provided port is already allocated"),
        (99, "provided port is not in the valid range. The range of valid ports is 30000-32767"),
    ],
)
def test_a_port_on_nodes_is_given_once_and_of_a_range(client: Client, port: int, why: str) -> None:
    ports = [{"port": 80, "nodePort": 31_000}]
    client.post(SERVICES, service("a", type="NodePort", ports=ports))
    ports = [{"port": 80, "nodePort": port}]
    body = service("b", type="NodePort", ports=ports)
    assert client.post(SERVICES, body, 422)["message"].endswith(f"Invalid value: {port}: {why}")


def test_a_service_keeps_its_address_where_a_client_leaves_it_out(client: Client) -> None:
    made = client.post(SERVICES, service("a"))
    changed = client.put(f"{SERVICES}/a", service("a", selector={"a": "b"}))
    assert changed["spec"]["clusterIPs"] == made["spec"]["clusterIPs"]


def test_a_new_node_is_tainted_until_its_kubelet_reports(client: Client) -> None:
    status = {"capacity": {"cpu": "4", "memory": "8Gi", "pods": "110"}}
    body = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n"}, "status": status}
    taint = {"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}
    assert client.post("/api/v1/nodes", body)["spec"]["taints"] == [taint]
    client.server.advance(60)
    assert "taints" not in client.get("/api/v1/nodes/n")["spec"]


def test_a_job_of_another_controller_is_kept(client: Client) -> None:
    body = job()
    body["spec"]["managedBy"] = "example.com/mine"
    assert client.post("/apis/batch/v1/namespaces/default/jobs", body)["spec"]["managedBy"]
