"""What clients are warned of."""

from __future__ import annotations

from typing import Any

import pytest
from tests.apiserver.conftest import MAPS, PODS, Client, pod

TWICE = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"m"},"data":{"a":"1","a":"2"}}'
YAML = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: m\ndata:\n  a: '1'\n  a: '2'\n"


def with_container(**fields: Any) -> dict[str, Any]:
    body = pod("p")
    body["spec"]["containers"][0] |= fields
    return body


def warning(client: Client, body: dict[str, Any]) -> str:
    answer = client.send("POST", PODS, body)
    assert answer.status_code == 201, answer.text
    return str(answer.headers.get("warning", ""))


def test_a_plain_pod_is_not_warned_of(client: Client) -> None:
    assert warning(client, pod("p")) == ""


def test_a_name_that_is_no_host_name_is_warned_of(client: Client) -> None:
    assert "[must not contain dots]" in warning(client, pod("p.q"))


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"resources": {"requests": {"memory": "1500m"}}}, "fractional byte value"),
        ({"ports": [{"containerPort": 1}, {"containerPort": 1}]}, "duplicate port definition"),
        ({"ports": [{"containerPort": 1, "hostIP": "1.1.1.1"}]}, "hostIP set without hostPort"),
        ({"env": [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]}, "hides previous"),
    ],
)
def test_what_is_hardly_meant_is_warned_of(
    client: Client, fields: dict[str, Any], told: str
) -> None:
    assert told in warning(client, with_container(**fields))


@pytest.mark.parametrize(
    ("body", "kind", "told"),
    [
        (TWICE, "application/json", 'duplicate field \\"data.a\\"'),
        (YAML, "application/yaml", 'line 7: key \\"a\\" already set in map'),
    ],
)
def test_fields_that_stand_twice_are_told(client: Client, body: str, kind: str, told: str) -> None:
    answer = client.send("POST", MAPS, body, content_type=kind)
    assert told in answer.headers["warning"]
    assert answer.json()["data"] == {"a": "2"}
    strict = client.send("POST", f"{MAPS}?fieldValidation=Strict", body, content_type=kind)
    assert strict.status_code == 400
    assert told.replace("\\", "") in strict.json()["message"]


def test_a_single_letter_of_yaml_may_mean_yes(client: Client) -> None:
    body = YAML.replace("name: m", "name: y")
    answer = client.send("POST", MAPS, body, content_type="application/yaml")
    assert "cannot unmarshal bool" in answer.json()["message"]
