"""Patches and applies as requests, and who owns what afterwards."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.apiserver.conftest import DEPLOYMENTS, MAPS, Client, config_map, deployment

if TYPE_CHECKING:
    from httpx2 import Response

MERGE = "application/merge-patch+json"
APPLY = "application/apply-patch+yaml"


def patch(client: Client, path: str, body: Any, content_type: str = MERGE) -> Response:
    return client.send("PATCH", path, json.dumps(body), content_type=content_type)


def owners(manifest: dict[str, Any]) -> list[tuple[str, str, str]]:
    entries = manifest["metadata"].get("managedFields") or []
    return [(each["manager"], each["operation"], each.get("subresource", "")) for each in entries]


@pytest.mark.parametrize(
    ("content_type", "body", "data"),
    [
        (MERGE, {"data": {"a": None, "b": "2"}}, {"b": "2"}),
        ("application/strategic-merge-patch+json", {"data": {"b": "2"}}, {"a": "1", "b": "2"}),
        (
            "application/json-patch+json",
            [{"op": "replace", "path": "/data/a", "value": "9"}],
            {"a": "9"},
        ),
    ],
)
def test_each_kind_of_patch_is_made(
    client: Client, content_type: str, body: Any, data: dict[str, str]
) -> None:
    client.post(MAPS, config_map("m"))
    found = patch(client, f"{MAPS}/m?fieldManager=you", body, content_type)
    assert found.status_code == 200
    assert found.json()["data"] == data
    assert client.get(f"{MAPS}/m") == found.json()
    assert ("you", "Update", "") in owners(found.json())


def test_a_patch_that_changes_nothing_keeps_version_and_owners(client: Client) -> None:
    before = client.post(f"{MAPS}?fieldManager=me", config_map("m"))
    after = patch(client, f"{MAPS}/m?fieldManager=you", {"data": {"a": "1"}}).json()
    assert after == before


def test_a_patch_without_a_field_manager_belongs_to_the_program(client: Client) -> None:
    client.post(MAPS, config_map("m"), user_agent="maker/1.0 (linux)")
    assert owners(client.get(f"{MAPS}/m")) == [("maker", "Update", "")]


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        ({"metadata": {"name": "other"}}, 400, "does not match the name on the URL (m)"),
        ({"metadata": None}, 400, "was undeterminable"),
        ({"metadata": {"labels": {"a": 1}}}, 422, "json: cannot unmarshal number"),
        ({"metadata": []}, 422, "json: cannot unmarshal array"),
        ({"metadata": {"resourceVersion": "1"}, "data": {"a": "2"}}, 409, "has been modified"),
        ([], 400, "error decoding patch"),
    ],
)
def test_a_patch_that_leaves_no_such_object_is_refused_and_changes_nothing(
    client: Client, body: Any, code: int, message: str
) -> None:
    before = client.post(MAPS, config_map("m"))
    found = patch(client, f"{MAPS}/m", body)
    assert (found.status_code, message in found.json()["message"]) == (code, True), found.text
    assert client.get(f"{MAPS}/m") == before


def test_a_dry_run_of_a_patch_shows_and_keeps_nothing(client: Client) -> None:
    before = client.post(MAPS, config_map("m"))
    shown = patch(client, f"{MAPS}/m?dryRun=All", {"data": {"a": "2"}}).json()
    assert shown["data"] == {"a": "2"}
    assert client.get(f"{MAPS}/m") == before


def test_what_may_not_change_is_refused(client: Client) -> None:
    client.post(DEPLOYMENTS, deployment("w"))
    found = patch(client, f"{DEPLOYMENTS}/w", {"spec": {"selector": {"matchLabels": {"x": "y"}}}})
    assert found.status_code == 422
    assert "field is immutable" in found.json()["message"]


@pytest.mark.parametrize("method", ["POST", "PATCH"])
@pytest.mark.parametrize(
    ("validation", "warning"), [("Warn", True), ("", True), ("Ignore", False), ("Strict", None)]
)
def test_fields_that_nobody_knows_are_told_as_asked(
    client: Client, method: str, validation: str, warning: bool | None
) -> None:
    body = deployment("w")
    query = f"?fieldValidation={validation}"
    if method == "POST":
        body["spec"]["foo"] = 1
        found = client.send("POST", f"{DEPLOYMENTS}{query}", body)
    else:
        client.post(DEPLOYMENTS, body)
        found = patch(client, f"{DEPLOYMENTS}/w{query}", {"spec": {"foo": 1}})
    if warning is None:
        assert found.status_code == (400 if method == "POST" else 422)
        assert 'strict decoding error: unknown field "spec.foo"' in found.json()["message"]
    else:
        assert ("warning" in found.headers) is warning
        assert "foo" not in found.json()["spec"]


def test_an_apply_creates_then_meets_conflicts_and_takes_by_force(client: Client) -> None:
    made = patch(client, f"{MAPS}/m?fieldManager=me", config_map("m"), APPLY)
    assert (made.status_code, owners(made.json())) == (201, [("me", "Apply", "")])
    again = patch(client, f"{MAPS}/m?fieldManager=me", config_map("m"), APPLY)
    assert (again.status_code, again.json()) == (200, made.json())
    other = {**config_map("m"), "data": {"a": "2"}}
    refused = patch(client, f"{MAPS}/m?fieldManager=you", other, APPLY)
    assert refused.status_code == 409
    assert refused.json()["message"] == (
        'Apply failed with 1 conflict: conflict with "me": .data.a'
    )
    taken = patch(client, f"{MAPS}/m?fieldManager=you&force=true", other, APPLY).json()
    assert (taken["data"], owners(taken)) == ({"a": "2"}, [("you", "Apply", "")])


def test_a_scale_is_owned_without_a_time_in_the_object(client: Client) -> None:
    client.post(DEPLOYMENTS, deployment("w"))
    patch(client, f"{DEPLOYMENTS}/w/scale?fieldManager=s", {"spec": {"replicas": 3}})
    found = client.get(f"{DEPLOYMENTS}/w")
    entry = next(each for each in found["metadata"]["managedFields"] if each["manager"] == "s")
    assert "time" not in entry
    assert entry["subresource"] == "scale"
    assert entry["fieldsV1"] == {"f:spec": {"f:replicas": {}}}
    wanted = {"apiVersion": "autoscaling/v1", "kind": "Scale", "metadata": {"name": "w"}}
    wanted |= {"spec": {"replicas": 4}}
    path = f"{DEPLOYMENTS}/w/scale?fieldManager=t"
    refused = patch(client, path, wanted, APPLY).json()
    assert refused["message"] == (
        'Apply failed with 1 conflict: conflict with "s" with subresource "scale" using apps/v1: '
        ".spec.replicas"
    )
    assert patch(client, f"{path}&force=true", wanted, APPLY).json()["spec"] == {"replicas": 4}


def test_a_status_is_owned_apart_from_the_rest(client: Client) -> None:
    client.post(f"{DEPLOYMENTS}?fieldManager=me", deployment("w"))
    body = {"status": {"replicas": 1, "nope": 1}, "spec": {"replicas": 9}}
    found = patch(client, f"{DEPLOYMENTS}/w/status?fieldManager=c", body).json()
    assert found["status"] == {"replicas": 1}
    assert found["spec"]["replicas"] == 1
    entries = {each["manager"]: each["fieldsV1"] for each in found["metadata"]["managedFields"]}
    assert entries["c"] == {"f:status": {"f:replicas": {}}}
    assert "f:status" not in entries["me"]


def test_a_version_of_what_is_not_there_does_not_hinder_an_apply(client: Client) -> None:
    made = patch(client, f"{MAPS}/m?fieldManager=me", config_map("m", resourceVersion="5"), APPLY)
    assert made.status_code == 201
    stale = patch(client, f"{MAPS}/m?fieldManager=me", config_map("m", resourceVersion="5"), APPLY)
    assert stale.status_code == 409


@pytest.mark.parametrize("content_type", ["application/json", "text/plain"])
def test_what_is_no_patch_is_refused_by_its_type(client: Client, content_type: str) -> None:
    client.post(MAPS, config_map("m"))
    found = patch(client, f"{MAPS}/m", {"data": {"b": "2"}}, content_type)
    assert (found.status_code, found.json()["message"]) == (415, "415: Unsupported Media Type")
