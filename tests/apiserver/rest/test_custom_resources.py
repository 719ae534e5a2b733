"""Definitions of custom resources, and their objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.apiserver.conftest import Client

DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
WIDGETS = "/apis/example.com/v1/namespaces/default/widgets"

SCHEMA = {
    "type": "object",
    "properties": {
        "spec": {
            "type": "object",
            "required": ["size"],
            "properties": {
                "size": {"type": "integer", "minimum": 1},
                "color": {"type": "string", "default": "red", "enum": ["red", "blue"]},
            },
        }
    },
}


def definition() -> dict[str, Any]:
    version = {
        "name": "v1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": SCHEMA},
        "subresources": {"status": {}},
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.example.com"},
        "spec": {
            "group": "example.com",
            "scope": "Namespaced",
            "names": {"plural": "widgets", "kind": "Widget"},
            "versions": [version],
        },
    }


def widget(**spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "example.com/v1",
        "kind": "Widget",
        "metadata": {"name": "w"},
        "spec": spec,
    }


def test_a_definition_adds_a_resource_and_takes_it_away(client: Client) -> None:
    assert client.send("GET", WIDGETS).status_code == 404
    client.post(DEFINITIONS, definition())
    conditions = client.get(f"{DEFINITIONS}/widgets.example.com")["status"]["conditions"]
    assert {each["type"]: each["status"] for each in conditions}["Established"] == "True"
    assert client.get(WIDGETS)["kind"] == "WidgetList"
    groups = [each["name"] for each in client.get("/apis")["groups"]]
    assert "example.com" in groups
    client.post(WIDGETS, widget(size=1))
    client.delete(f"{DEFINITIONS}/widgets.example.com")
    assert client.send("GET", WIDGETS).status_code == 404
    client.post(DEFINITIONS, definition())
    assert client.get(WIDGETS)["items"] == []


def test_objects_are_completed_cut_and_checked_by_the_schema(client: Client) -> None:
    client.post(DEFINITIONS, definition())
    response = client.send("POST", WIDGETS, widget(size=2, unknown=1))
    assert response.json()["spec"] == {"size": 2, "color": "red"}
    assert response.headers["warning"] == '299 - "unknown field \\"spec.unknown\\""'
    strict = client.post(f"{WIDGETS}?fieldValidation=Strict", widget(size=2, unknown=1), 400)
    assert strict["message"] == 'strict decoding error: unknown field "spec.unknown"'
    status = client.post(WIDGETS, widget(size=0, color="green"), 422)
    fields = {each["field"]: each["reason"] for each in status["details"]["causes"]}
    assert fields == {
        "spec.size": "FieldValueInvalid",
        "spec.color": "FieldValueNotSupported",
    }
    assert client.post(WIDGETS, widget(), 422)["details"]["causes"][0]["field"] == "spec.size"


def test_a_custom_object_is_changed_only_as_of_a_version(client: Client) -> None:
    client.post(DEFINITIONS, definition())
    client.post(WIDGETS, widget(size=1))
    status = client.put(f"{WIDGETS}/w", widget(size=2), 422)
    assert "metadata.resourceVersion" in status["message"]
    found = client.get(f"{WIDGETS}/w")
    found["spec"]["size"] = 2
    assert client.put(f"{WIDGETS}/w", found)["metadata"]["generation"] == 2
