"""Parts of pods that are changed by paths of their own, and objects that a PUT makes."""

from __future__ import annotations

from typing import Any

from tests.apiserver.conftest import PODS, Client, pod

SERVICES = "/api/v1/namespaces/default/services"
STRATEGIC = "application/strategic-merge-patch+json"
MERGE = "application/merge-patch+json"


def patched(client: Client, path: str, body: Any, code: int = 200, kind: str = STRATEGIC) -> Any:
    answer = client.send("PATCH", path, body, content_type=kind)
    assert answer.status_code == code, answer.text
    return answer.json()


def ephemeral(**fields: Any) -> dict[str, Any]:
    return {"spec": {"ephemeralContainers": [{"image": "i", **fields}]}}


def test_an_ephemeral_container_is_added_and_stays(client: Client) -> None:
    client.post(PODS, pod("p"))
    path = f"{PODS}/p/ephemeralcontainers"
    assert patched(client, path, ephemeral(name="e"))["metadata"]["generation"] == 2
    message = patched(client, path, {"spec": {"ephemeralContainers": None}}, 422, MERGE)["message"]
    assert 'existing ephemeral containers "e" may not be removed' in message
    message = patched(client, path, ephemeral(name="e", image="other"), 422)["message"]
    assert '- "Image": "i",\n+ "Image": "other",\n' in message


def test_an_ephemeral_container_has_no_ports_and_a_name_of_its_own(client: Client) -> None:
    client.post(PODS, pod("p"))
    path = f"{PODS}/p/ephemeralcontainers"
    message = patched(client, path, ephemeral(name="e", ports=[{"containerPort": 1}]), 422)
    assert "ports: Forbidden: cannot be set for an Ephemeral Container" in message["message"]
    assert "Duplicate value" in patched(client, path, ephemeral(name="c"), 422)["message"]


def test_amounts_of_a_pod_are_changed_by_its_resize_only(client: Client) -> None:
    body = pod("p")
    body["spec"]["containers"][0]["resources"] = {"requests": {"cpu": "1"}}
    client.post(PODS, body)
    amounts = {"name": "c", "resources": {"requests": {"cpu": "2"}}}
    change = {"spec": {"containers": [amounts]}}
    patched(client, f"{PODS}/p", change, 422)
    spec = patched(client, f"{PODS}/p/resize", change)["spec"]
    assert spec["containers"][0]["resources"] == {"requests": {"cpu": "2"}}
    change = {"spec": {"containers": [{"name": "c", "resources": {"requests": {"cpu": None}}}]}}
    message = patched(client, f"{PODS}/p/resize", change, 422)["message"]
    assert "resource requests cannot be removed" in message


def test_a_service_is_made_by_a_put(client: Client) -> None:
    body = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "s"},
        "spec": {"ports": [{"port": 80}]},
    }
    assert client.put(f"{SERVICES}/s", body, 201)["spec"]["clusterIP"]
    client.put(f"{PODS}/p", pod("p"), 404)


def test_a_change_of_a_budget_says_of_which_version(client: Client) -> None:
    path = "/apis/policy/v1/namespaces/default/poddisruptionbudgets"
    body = {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": "b"},
        "spec": {"minAvailable": 1},
    }
    client.post(path, body)
    message = client.put(f"{path}/b", body, 422)["message"]
    assert message.endswith(
        "metadata.resourceVersion: Invalid value: 0: must be specified for an update"
    )


def test_a_status_is_read_in_the_types_of_the_api(client: Client) -> None:
    path = "/api/v1/namespaces/default/resourcequotas"
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "q"}}
    client.post(path, quota)
    status = {"status": {"hard": {"pods": 2}, "used": {"pods": 0}}}
    kept = patched(client, f"{path}/q/status", status, kind=MERGE)["status"]
    assert kept == {"hard": {"pods": "2"}, "used": {"pods": "0"}}
    client.server.advance(1)


def test_options_of_an_eviction_are_an_object(client: Client) -> None:
    client.post(PODS, pod("p"))
    body = {"metadata": {"name": "p"}, "deleteOptions": "x"}
    message = client.post(f"{PODS}/p/eviction", body, 400)["message"]
    assert "cannot unmarshal string into Go struct field Eviction.deleteOptions" in message


def test_a_volume_without_a_name_is_refused(client: Client) -> None:
    body = pod("p")
    body["spec"]["volumes"] = [{"emptyDir": {}}]
    assert "spec.volumes[0].name: Required value" in client.post(PODS, body, 422)["message"]


def test_an_address_of_a_balancer_is_reached_by_itself_unless_it_says_otherwise(
    client: Client,
) -> None:
    spec = {"type": "LoadBalancer", "ports": [{"port": 80}]}
    body = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}, "spec": spec}
    client.post(SERVICES, body)
    status = {"status": {"loadBalancer": {"ingress": [{"ip": "1.2.3.4"}]}}}
    kept = patched(client, f"{SERVICES}/s/status", status, kind=MERGE)["status"]["loadBalancer"]
    assert kept["ingress"] == [{"ip": "1.2.3.4", "ipMode": "VIP"}]
