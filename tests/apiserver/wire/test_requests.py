"""What is no request, and what is answered to it."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.apiserver.conftest import MAPS, PODS, TOKEN, Client, config_map

JSON = "application/json"


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/nope", 404),
        ("GET", "/apis/foo/v1/bars", 404),
        ("GET", "/api/v1/nopes", 404),
        ("GET", "/api/v1/Pods", 404),
        ("GET", "/api/v1//pods", 404),
        ("GET", "/api/v1/pods/x", 404),
        ("GET", f"{PODS}/x/nope", 404),
        ("PATCH", MAPS, 405),
        ("DELETE", "/api/v1/configmaps", 405),
        ("POST", "/version", 405),
        ("POST", f"{MAPS}/m", 405),
        ("FOO", MAPS, 405),
        ("HEAD", MAPS, 405),
        ("GET", "/version/", 200),
        ("GET", f"{PODS}/", 200),
        ("GET", "/readyz", 200),
    ],
)
def test_paths_and_methods(client: Client, method: str, path: str, code: int) -> None:
    assert client.send(method, path).status_code == code


@pytest.mark.parametrize(
    ("body", "content_type", "code"),
    [
        (b"", JSON, 400),
        (b"{", JSON, 400),
        (b"[]", JSON, 400),
        (b'{"apiVersion":1}', JSON, 400),
        (b'{"apiVersion":"v1","kind":"Pod","metadata":{"name":"m"}}', JSON, 400),
        (b'{"metadata":{"name":5}}', JSON, 400),
        (b'{"metadata":{"name":"m","labels":{"a":1}}}', JSON, 400),
        (b'{"metadata":[]}', JSON, 400),
        (b"\xff\xfe", JSON, 400),
        (b"{}", "application/xml", 415),
        (b"a: &x [1]\nb: *x", "application/yaml", 400),
        (b"metadata: {name: m}", "application/yaml", 201),
        (b"[" * 100_000, JSON, 400),
    ],
)
def test_bodies(client: Client, body: bytes, content_type: str, code: int) -> None:
    response = client.send("POST", MAPS, body, content_type=content_type)
    assert response.status_code == code, response.text


def test_a_body_beyond_the_limit_is_refused(client: Client) -> None:
    big = {**config_map("m"), "data": {"a": "x" * 3_200_000}}
    status = client.post(MAPS, big, 413)
    assert status["message"] == "Request entity too large: limit is 3145728"


def test_who_does_not_show_the_token_learns_nothing(client: Client) -> None:
    stranger = TestClient(client.server.app(), base_url="http://127.0.0.1")
    for headers in ({}, {"authorization": f"Bearer {TOKEN}x"}, {"authorization": TOKEN}):
        response = stranger.get(MAPS, headers=headers)
        assert response.status_code == 401
        assert response.json()["reason"] == "Unauthorized"


def test_requests_under_a_foreign_name_are_refused(client: Client) -> None:
    assert client.send("GET", MAPS, host="evil.example").status_code == 403
    assert client.send("GET", MAPS, origin="http://evil.example").status_code == 403
    assert client.send("GET", MAPS, host="localhost:1234").status_code == 200


def test_a_fault_of_ours_is_a_status_and_changes_nothing(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        message = "a fault"
        raise ZeroDivisionError(message)

    version = client.api.store.version
    monkeypatch.setattr(client.api.actors, "written", fail)
    status = client.post(MAPS, config_map("m"), 500)
    assert status["reason"] == "InternalError"
    assert "a fault" not in str(status)
    assert client.api.store.version == version


def test_nobody_else_may_do_anything(client: Client) -> None:
    status = client.get(MAPS, 403, impersonate_user="alice")
    assert status["message"] == (
        'configmaps is forbidden: User "alice" cannot list resource "configmaps" in API group "" '
        'in the namespace "default"'
    )
    client.get(MAPS, impersonate_user="alice", impersonate_group="system:masters")
    client.get("/version", impersonate_user="alice")


def test_a_client_may_do_everything(client: Client) -> None:
    body = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": {"verb": "create", "resource": "pods"}},
    }
    path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
    assert client.post(path, body)["status"] == {"allowed": True}


REVIEWS = "/apis/authorization.k8s.io/v1"


def review(kind: str, **spec: Any) -> dict[str, Any]:
    return {"apiVersion": "authorization.k8s.io/v1", "kind": kind, "spec": spec}


def test_everybody_may_ask_what_they_may_do(client: Client) -> None:
    attributes = {"verb": "create", "resource": "pods"}
    body = review("SelfSubjectAccessReview", resourceAttributes=attributes)
    answer = client.post(f"{REVIEWS}/selfsubjectaccessreviews", body, impersonate_user="alice")
    assert answer["status"] == {"allowed": False}


def test_the_rules_of_a_user_are_those_of_the_groups(client: Client) -> None:
    body = review("SelfSubjectRulesReview", namespace="default")
    path = f"{REVIEWS}/selfsubjectrulesreviews"
    own = client.post(path, body)
    assert (own["metadata"], own["spec"]) == ({}, {})
    assert {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]} in own["status"][
        "resourceRules"
    ]
    others = client.post(path, body, impersonate_user="alice")["status"]
    assert [each["verbs"] for each in others["resourceRules"]] == [["create"], ["create"]]


def test_somebody_elses_access_is_reviewed_by_the_groups_that_are_named(client: Client) -> None:
    attributes = {"verb": "get", "resource": "nodes"}
    path = f"{REVIEWS}/subjectaccessreviews"
    for groups, allowed in ((["system:masters"], True), (["dev"], False)):
        body = review(
            "SubjectAccessReview", user="bob", groups=groups, resourceAttributes=attributes
        )
        assert client.post(path, body)["status"] == {"allowed": allowed}


def test_the_version_is_written_to_be_read_by_people(client: Client) -> None:
    assert client.send("GET", "/version").text.startswith('{\n  "major": "1",\n')
