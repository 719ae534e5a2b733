"""Objects created, replaced and deleted."""

from __future__ import annotations

import pytest
from tests.apiserver.conftest import DEPLOYMENTS, MAPS, PODS, Client, config_map, deployment, pod

NAMESPACES = "/api/v1/namespaces"
NAMELESS = (
    'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required'
)


def test_a_new_object_is_answered_as_it_is_kept(client: Client) -> None:
    made = client.post(MAPS, config_map("m"))
    assert made == client.get(f"{MAPS}/m")
    assert made["metadata"]["namespace"] == "default"
    assert set(made["metadata"]) == {
        *("name", "namespace", "uid", "resourceVersion", "creationTimestamp", "managedFields")
    }


def test_a_name_is_made_of_its_beginning(client: Client) -> None:
    body = config_map("", generateName="m-")
    name = client.post(MAPS, body)["metadata"]["name"]
    assert name.startswith("m-")
    assert len(name) == len("m-") + 5
    assert client.post(MAPS, body)["metadata"]["name"] != name


def test_a_taken_name_is_refused(client: Client) -> None:
    client.post(MAPS, config_map("m"))
    status = client.post(MAPS, config_map("m"), 409)
    assert status["reason"] == "AlreadyExists"
    assert status["message"] == 'configmaps "m" already exists'


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        (
            config_map(""),
            422,
            NAMELESS,
        ),
        (
            config_map("m", namespace="other"),
            400,
            "the namespace of the provided object does not match the namespace sent on the request",
        ),
        (
            config_map("m", resourceVersion="5"),
            500,
            "resourceVersion should not be set on objects to be created",
        ),
    ],
)
def test_a_malformed_object_leaves_nothing_behind(
    client: Client, body: dict[str, object], code: int, message: str
) -> None:
    version = client.api.store.version
    assert client.post(MAPS, body, code)["message"] == message
    assert client.api.store.version == version


def test_nothing_is_created_where_there_is_no_namespace(client: Client) -> None:
    status = client.post("/api/v1/namespaces/none/configmaps", config_map("m"), 404)
    assert status["message"] == 'namespaces "none" not found'


def test_a_dry_run_leaves_nothing_behind(client: Client) -> None:
    version = client.api.store.version
    assert client.post(f"{MAPS}?dryRun=All", config_map("m"))["metadata"]["uid"]
    client.post(f"{DEPLOYMENTS}?dryRun=All", deployment("web"))
    assert client.api.store.version == version
    client.server.advance(10)
    assert client.get(PODS)["items"] == []


def test_a_write_of_the_same_keeps_the_version(client: Client) -> None:
    made = client.post(MAPS, config_map("m"))
    assert client.put(f"{MAPS}/m", made) == made


def test_a_write_about_a_former_version_is_a_conflict(client: Client) -> None:
    made = client.post(MAPS, config_map("m"))
    client.put(f"{MAPS}/m", {**made, "data": {"a": "2"}})
    status = client.put(f"{MAPS}/m", {**made, "data": {"a": "3"}}, 409)
    assert status["reason"] == "Conflict"
    assert "the object has been modified" in status["message"]
    del made["metadata"]["resourceVersion"]
    assert client.put(f"{MAPS}/m", {**made, "data": {"a": "3"}})["data"] == {"a": "3"}


def test_the_generation_counts_changes_of_what_is_wanted(client: Client) -> None:
    made = client.post(DEPLOYMENTS, deployment("web"))
    assert made["metadata"]["generation"] == 1
    made["metadata"]["labels"] = {"a": "b"}
    made = client.put(f"{DEPLOYMENTS}/web", made)
    assert made["metadata"]["generation"] == 1
    made["spec"]["replicas"] = 3
    assert client.put(f"{DEPLOYMENTS}/web", made)["metadata"]["generation"] == 2
    assert "generation" not in client.post(MAPS, config_map("m"))["metadata"]


def test_a_status_is_written_by_its_own_path_only(client: Client) -> None:
    made = client.post(PODS, pod("p"))
    made["status"]["phase"] = "Running"
    assert client.put(f"{PODS}/p", made)["status"]["phase"] == "Pending"
    made["spec"] = {"containers": []}
    found = client.put(f"{PODS}/p/status", made)
    assert found["status"]["phase"] == "Running"
    assert len(found["spec"]["containers"]) == 1


def test_a_deletion_is_answered_with_a_status_or_the_object(client: Client) -> None:
    client.post(MAPS, config_map("m"))
    status = client.delete(f"{MAPS}/m")
    assert (status["status"], status["details"]["name"]) == ("Success", "m")
    client.post(PODS, pod("p"))
    assert client.delete(f"{PODS}/p")["kind"] == "Pod"
    client.get(f"{PODS}/p", 404)


def test_a_finalizer_holds_an_object_until_it_is_taken_away(client: Client) -> None:
    client.post(MAPS, config_map("m", finalizers=["x.y/z"]))
    held = client.delete(f"{MAPS}/m")
    assert held["metadata"]["deletionTimestamp"]
    held["metadata"]["finalizers"] = ["x.y/z", "q/w"]
    assert "no new finalizers" in client.put(f"{MAPS}/m", held, 422)["message"]
    held["metadata"]["finalizers"] = []
    client.put(f"{MAPS}/m", held)
    client.get(f"{MAPS}/m", 404)


def test_an_owner_waits_in_the_foreground_for_what_it_owns(client: Client) -> None:
    client.post(DEPLOYMENTS, deployment("web"))
    client.server.advance(30)
    gone = {"propagationPolicy": "Foreground"}
    held = client.delete(f"{DEPLOYMENTS}/web", gone)
    assert held["metadata"]["finalizers"] == ["foregroundDeletion"]
    client.server.advance(120)
    client.get(f"{DEPLOYMENTS}/web", 404)
    assert client.get(PODS)["items"] == []


def test_what_only_a_gone_object_owned_goes_too(client: Client) -> None:
    owner = client.post(DEPLOYMENTS, deployment("web"))
    reference = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "name": "web",
        "uid": owner["metadata"]["uid"],
    }
    client.post(MAPS, config_map("m", ownerReferences=[reference]))
    client.delete(f"{DEPLOYMENTS}/web")
    client.get(f"{MAPS}/m")
    client.server.advance(10)
    client.get(f"{MAPS}/m", 404)


def test_preconditions_have_to_hold(client: Client) -> None:
    made = client.post(MAPS, config_map("m"))
    other = {"preconditions": {"uid": "00000000-0000-0000-0000-000000000001"}}
    assert "does not match the UID in record" in client.delete(f"{MAPS}/m", other, 409)["message"]
    client.delete(f"{MAPS}/m", {"preconditions": {"uid": made["metadata"]["uid"]}})


def test_a_collection_is_deleted_as_selected(client: Client) -> None:
    for number in range(3):
        client.post(MAPS, config_map(f"m{number}", labels={"n": str(number)}))
    listed = client.delete(f"{MAPS}?labelSelector=n=1")
    assert [each["metadata"]["name"] for each in listed["items"]] == ["m1"]
    left = client.get(f"{MAPS}?labelSelector=n")["items"]
    assert [each["metadata"]["name"] for each in left] == ["m0", "m2"]


def test_a_namespace_ends_with_everything_in_it(client: Client) -> None:
    client.post(NAMESPACES, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "n"}})
    client.post(f"{NAMESPACES}/n/configmaps", config_map("m"))
    assert client.delete(f"{NAMESPACES}/n")["status"]["phase"] == "Terminating"
    refused = client.post(f"{NAMESPACES}/n/configmaps", config_map("late"), 403)
    assert "because it is being terminated" in refused["message"]
    client.get(f"{NAMESPACES}/n/configmaps/m")
    client.server.advance(10)
    client.get(f"{NAMESPACES}/n", 404)
    assert client.get(f"{NAMESPACES}/n/configmaps")["items"] == []


def test_system_namespaces_stay(client: Client) -> None:
    assert "may not be deleted" in client.delete(f"{NAMESPACES}/default", code=403)["message"]
