"""OpenAPI documents: what explains objects to clients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from simarena.apiserver.openapi import descriptions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.apiserver.conftest import Client

DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref" and isinstance(value, str):
                yield value
            else:
                yield from references(value)
    elif isinstance(node, list):
        for each in node:
            yield from references(each)


def widgets() -> dict[str, Any]:
    properties = {"size": {"type": "integer", "description": "How large it is."}}
    schema = {
        "type": "object",
        "properties": {"spec": {"type": "object", "properties": properties}},
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.things.example.com"},
        "spec": {
            "group": "things.example.com",
            "scope": "Namespaced",
            "names": {"plural": "widgets", "kind": "Widget"},
            "versions": [
                {
                    "name": "v1",
                    "served": True,
                    "storage": True,
                    "schema": {"openAPIV3Schema": schema},
                }
            ],
        },
    }


def test_fields_are_described_with_their_types(client: Client) -> None:
    pytest.importorskip("kubernetes_validate")
    schemas = client.get("/openapi/v3/api/v1")["components"]["schemas"]
    fields = schemas["io.k8s.api.core.v1.PodSpec"]["properties"]
    assert fields["containers"]["description"].startswith("List of containers")
    assert fields["priority"]["format"] == "int32"
    assert fields["affinity"]["allOf"] == [
        {"$ref": "#/components/schemas/io.k8s.api.core.v1.Affinity"}
    ]
    quantity = schemas["io.k8s.apimachinery.pkg.api.resource.Quantity"]
    assert quantity["oneOf"] == [{"type": "string"}, {"type": "number"}]


def test_without_the_schema_types_are_not_described(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(descriptions, "find_spec", lambda _: None)
    assert descriptions.told.__wrapped__() == ({}, {})


@pytest.mark.parametrize("path", ["api/v1", "apis/apps/v1", "apis/apiextensions.k8s.io/v1"])
def test_a_document_has_all_that_it_refers_to(client: Client, path: str) -> None:
    document = client.get(f"/openapi/v3/{path}")
    known = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert set(references(document)) <= known


def test_custom_resources_are_described_by_their_definition(client: Client) -> None:
    client.post(DEFINITIONS, widgets())
    place = "apis/things.example.com/v1"
    before = client.get("/openapi/v3")["paths"][place]
    document = client.get(f"/openapi/v3/{place}")
    schema = document["components"]["schemas"]["com.example.things.v1.Widget"]
    fields = schema["properties"]
    assert fields["spec"]["properties"]["size"]["description"] == "How large it is."
    assert {"apiVersion", "kind", "metadata"} <= fields.keys()
    assert "com.example.things.v1.WidgetList" in document["components"]["schemas"]
    found = client.get(f"{DEFINITIONS}/widgets.things.example.com")
    version = found["spec"]["versions"][0]
    version["schema"]["openAPIV3Schema"]["properties"]["spec"]["description"] = "Wanted."
    client.put(f"{DEFINITIONS}/widgets.things.example.com", found)
    assert client.get("/openapi/v3")["paths"][place] != before


def test_everything_is_in_one_document_of_the_second_version(client: Client) -> None:
    client.post(DEFINITIONS, widgets())
    document = client.get("/openapi/v2")
    known = {f"#/definitions/{name}" for name in document["definitions"]}
    assert set(references(document)) <= known
    spec = document["definitions"]["io.k8s.api.core.v1.Pod"]["properties"]["spec"]
    assert spec["$ref"] == "#/definitions/io.k8s.api.core.v1.PodSpec"
    post = document["paths"]["/apis/things.example.com/v1/namespaces/{namespace}/widgets"]["post"]
    assert post["parameters"][-1]["schema"] == {
        "$ref": "#/definitions/com.example.things.v1.Widget"
    }


def test_a_document_is_not_told_in_a_form_that_is_not_there(client: Client) -> None:
    binary = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"
    assert client.send("GET", "/openapi/v2", accept=binary).status_code == 406
    assert client.send("GET", "/openapi/v3/apis/nope/v1").status_code == 404
