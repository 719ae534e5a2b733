"""What the cluster does shows in the API, and what clients write reaches the cluster."""

from __future__ import annotations

from tests.apiserver.conftest import DEPLOYMENTS, MAPS, PODS, Client, deployment, pod

from simarena.apiserver.actors import carried


def test_time_that_stands_still_moves_nothing(client: Client) -> None:
    client.post(DEPLOYMENTS, deployment("web", 2))
    assert client.get(PODS)["items"] == []
    assert client.get(f"{DEPLOYMENTS}/web")["status"] == {}


def test_a_deployment_gets_its_pods_as_time_passes(client: Client) -> None:
    client.post(DEPLOYMENTS, deployment("web", 2))
    client.server.advance(30)
    found = client.get(f"{DEPLOYMENTS}/web")
    assert found["status"]["readyReplicas"] == 2
    assert found["status"]["observedGeneration"] == found["metadata"]["generation"] == 1
    assert found["spec"]["replicas"] == 2
    pods = client.get(PODS)["items"]
    assert [each["status"]["phase"] for each in pods] == ["Running", "Running"]
    assert {each["spec"]["nodeName"] for each in pods} <= {"node-a", "node-b"}


def test_owners_are_known_by_the_uids_that_the_api_gave_them(client: Client) -> None:
    uid = client.post(DEPLOYMENTS, deployment("web"))["metadata"]["uid"]
    client.server.advance(30)
    sets = client.get("/apis/apps/v1/namespaces/default/replicasets")["items"]
    assert [each["metadata"]["ownerReferences"][0]["uid"] for each in sets] == [uid]
    pods = client.get(PODS)["items"]
    owner = pods[0]["metadata"]["ownerReferences"][0]
    assert (owner["name"], owner["uid"]) == (
        sets[0]["metadata"]["name"],
        sets[0]["metadata"]["uid"],
    )


def test_what_a_client_has_written_stays_as_the_cluster_writes_beside_it(client: Client) -> None:
    body = deployment("web")
    body["metadata"]["annotations"] = {"team": "a"}
    client.post(DEPLOYMENTS, body)
    client.server.advance(30)
    annotations = client.get(f"{DEPLOYMENTS}/web")["metadata"]["annotations"]
    assert annotations == {"team": "a", "deployment.kubernetes.io/revision": "1"}


def test_a_new_image_rolls_out_and_is_observed(client: Client) -> None:
    client.post(DEPLOYMENTS, deployment("web"))
    client.server.advance(30)
    body = client.get(f"{DEPLOYMENTS}/web")
    body["spec"]["template"]["spec"]["containers"][0]["image"] = "nginx:2"
    assert client.put(f"{DEPLOYMENTS}/web", body)["metadata"]["generation"] == 2
    client.server.advance(60)
    found = client.get(f"{DEPLOYMENTS}/web")
    assert found["status"]["observedGeneration"] == 2
    assert found["status"]["updatedReplicas"] == 1
    images = [each["spec"]["containers"][0]["image"] for each in client.get(PODS)["items"]]
    assert images == ["nginx:2"]


def test_a_deployment_that_is_deleted_takes_its_pods_along_with_time(client: Client) -> None:
    client.post(DEPLOYMENTS, deployment("web"))
    client.server.advance(30)
    client.delete(f"{DEPLOYMENTS}/web")
    assert len(client.get(PODS)["items"]) == 1
    client.server.advance(60)
    assert client.get(PODS)["items"] == []
    assert client.get("/apis/apps/v1/namespaces/default/replicasets")["items"] == []


def test_a_bare_pod_is_scheduled_and_keeps_its_uid(client: Client) -> None:
    uid = client.post(PODS, pod("p"))["metadata"]["uid"]
    client.server.advance(10)
    found = client.get(f"{PODS}/p")
    assert found["metadata"]["uid"] == uid
    assert found["status"]["phase"] == "Running"
    conditions = {each["type"]: each["status"] for each in found["status"]["conditions"]}
    assert conditions["Ready"] == "True"


def test_a_pod_that_ends_gracefully_is_there_until_it_has_ended(client: Client) -> None:
    client.post(PODS, pod("p"))
    client.server.advance(10)
    answer = client.delete(f"{PODS}/p")
    assert answer["metadata"]["deletionGracePeriodSeconds"] == 30
    assert client.get(f"{PODS}/p")["metadata"]["deletionTimestamp"]
    client.server.advance(60)
    client.get(f"{PODS}/p", 404)


def test_what_cannot_be_simulated_is_kept_and_an_event_says_why(client: Client) -> None:
    body = pod("p")
    body["spec"]["nodeName"] = "nowhere"
    client.post(PODS, body)
    client.server.advance(1)
    assert client.get(f"{PODS}/p")["status"]["phase"] == "Pending"
    events = client.get("/api/v1/namespaces/default/events")["items"]
    assert [each["reason"] for each in events] == ["NotSimulated"]
    assert "nowhere" in events[0]["message"]


def test_only_what_has_changed_is_written_again(client: Client) -> None:
    client.post(DEPLOYMENTS, deployment("web", 2))
    client.server.advance(60)
    version = client.api.store.version
    client.server.advance(60)
    assert client.api.store.version == version
    client.post(MAPS, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "m"}})
    assert client.api.store.version == version + 1


def test_a_change_is_carried_over_field_by_field() -> None:
    before = {"a": 1, "b": {"c": 1, "d": 2}, "e": [1]}
    after = {"a": 1, "b": {"c": 3}, "e": [1, 2]}
    mine = {"a": 9, "b": {"c": 1, "d": 2, "own": True}, "e": [1], "f": 0}
    assert carried(mine, before, after) == {
        "a": 9,
        "b": {"c": 3, "own": True},
        "e": [1, 2],
        "f": 0,
    }


def test_nothing_is_carried_over_where_nothing_has_changed() -> None:
    mine = {"a": 1}
    assert carried(mine, {"b": [1]}, {"b": [1]}) is mine


def test_events_and_usage_are_told(client: Client) -> None:
    client.post(PODS, pod("p"))
    client.server.advance(10)
    events = client.get("/api/v1/namespaces/default/events")["items"]
    assert "Scheduled" in {each["reason"] for each in events}
    assert events[0]["involvedObject"]["uid"] == client.get(f"{PODS}/p")["metadata"]["uid"]
    usage = client.get("/apis/metrics.k8s.io/v1beta1/namespaces/default/pods")["items"]
    assert [each["metadata"]["name"] for each in usage] == ["p"]
    assert len(client.get("/apis/metrics.k8s.io/v1beta1/nodes")["items"]) == 2


def test_what_a_deployment_leaves_behind_nobody_owns_in_the_cluster_either(client: Client) -> None:
    client.post(DEPLOYMENTS, deployment("web", 2))
    client.server.advance(10)
    client.delete(f"{DEPLOYMENTS}/web", {"propagationPolicy": "Orphan"})
    client.server.advance(10)
    sets = "/apis/apps/v1/namespaces/default/replicasets"
    left = client.get(sets)["items"]
    assert [each["metadata"].get("ownerReferences") for each in left] == [None]
    client.delete(f"{sets}/{left[0]['metadata']['name']}", {"propagationPolicy": "Background"})
    client.server.advance(60)
    assert client.get(PODS)["items"] == client.get(DEPLOYMENTS)["items"] == []


def test_pods_of_controllers_have_an_account_and_a_priority(client: Client) -> None:
    client.post(DEPLOYMENTS, deployment("web"))
    client.server.advance(10)
    spec = client.get(PODS)["items"][0]["spec"]
    assert (spec["serviceAccountName"], spec["priority"]) == ("default", 0)
    (volume,) = spec["volumes"]
    assert [each["name"] for each in spec["containers"][0]["volumeMounts"]] == [volume["name"]]
    client.server.advance(10)
    assert client.get(PODS)["items"][0]["spec"]["volumes"] == [volume]
