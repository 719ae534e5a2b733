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


def refused(client: Client, changed: dict[str, Any]) -> list[tuple[str, str]]:
    status = client.post(DEFINITIONS, {**definition(), **changed}, 422)
    return [(each["field"], each["message"]) for each in status["details"]["causes"]]


def spec_with(**changed: Any) -> dict[str, Any]:
    return {"spec": {**definition()["spec"], **changed}}


def schema_with(**spec: Any) -> dict[str, Any]:
    schema = {"type": "object", "properties": {"spec": spec}}
    version = {**definition()["spec"]["versions"][0], "schema": {"openAPIV3Schema": schema}}
    return spec_with(versions=[version])


def test_a_definition_is_named_after_its_plural_and_group(client: Client) -> None:
    assert refused(client, {"metadata": {"name": "other.example.com"}}) == [
        (
            "metadata.name",
            'Invalid value: "other.example.com": must be spec.names.plural+"."+spec.group',
        )
    ]


def test_a_definition_has_one_of_two_scopes(client: Client) -> None:
    assert refused(client, spec_with(scope="X")) == [
        ("spec.scope", 'Unsupported value: "X": supported values: "Cluster", "Namespaced"')
    ]


def test_a_kind_may_have_mixed_case_and_no_blanks(client: Client) -> None:
    names = {"plural": "widgets", "kind": "a b", "listKind": "WidgetList"}
    causes = refused(client, spec_with(names=names))
    assert [field for field, _ in causes] == ["spec.names.singular", "spec.names.kind"]
    assert 'Invalid value: "a b": may have mixed case' in causes[1][1]


def test_one_version_is_stored(client: Client) -> None:
    version = {**definition()["spec"]["versions"][0], "storage": False}
    fields = [field for field, _ in refused(client, spec_with(versions=[version]))]
    assert fields == ["spec.versions", "status.storedVersions"]


def test_each_field_of_a_schema_has_a_type(client: Client) -> None:
    where = "spec.validation.openAPIV3Schema.properties[spec].properties[a].type"
    assert refused(client, schema_with(type="object", properties={"a": {"minimum": 1}})) == [
        (where, "Required value: must not be empty for specified object fields")
    ]


def test_a_default_meets_its_schema(client: Client) -> None:
    properties = {"a": {"type": "integer", "default": "x"}}
    ((field, message),) = refused(client, schema_with(type="object", properties=properties))
    assert field.endswith("properties[spec].properties[a].default")
    assert message.endswith('in body must be of type integer: "string"')


def test_unknown_fields_are_not_preserved_by_a_definition_as_a_whole(client: Client) -> None:
    messages = [message for _, message in refused(client, spec_with(preserveUnknownFields=True))]
    assert len(messages) == 2
    assert messages[0].endswith("must be false in order to use defaults in the schema")


def test_a_column_has_a_type_and_a_path(client: Client) -> None:
    column = {"name": "a", "type": "text", "jsonPath": "spec.a"}
    version = {**definition()["spec"]["versions"][0], "additionalPrinterColumns": [column]}
    assert [field for field, _ in refused(client, spec_with(versions=[version]))] == [
        "spec.additionalPrinterColumns[0].type",
        "spec.additionalPrinterColumns[0].JSONPath",
    ]


def with_rule(**rule: Any) -> dict[str, Any]:
    properties = {"size": {"type": "integer"}, "most": {"type": "integer", "default": 10}}
    changed = schema_with(
        type="object", properties=properties, **{"x-kubernetes-validations": [rule]}
    )
    return {**definition(), **changed}


def test_an_object_keeps_the_rules_of_its_schema(client: Client) -> None:
    client.post(DEFINITIONS, with_rule(rule="self.size <= self.most", message="too large"))
    client.post(WIDGETS, widget(size=10))
    other = {**widget(size=11), "metadata": {"name": "x"}}
    status = client.post(WIDGETS, other, 422)
    assert status["message"] == (
        'Widget.example.com "x" is invalid: spec: Invalid value: too large'
    )


def test_a_rule_about_two_values_is_for_changes_alone(client: Client) -> None:
    client.post(DEFINITIONS, with_rule(rule="self.size >= oldSelf.size"))
    made = client.post(WIDGETS, widget(size=5))
    made["spec"]["size"] = 4
    (cause,) = client.put(f"{WIDGETS}/w", made, 422)["details"]["causes"]
    assert cause["message"] == "Invalid value: failed rule: self.size >= oldSelf.size"


def test_a_definition_with_a_rule_that_cannot_be_compiled_is_refused(client: Client) -> None:
    causes = client.post(DEFINITIONS, with_rule(rule="self.nope > 1"), 422)["details"]["causes"]
    assert [each["field"] for each in causes] == [
        "spec.validation.openAPIV3Schema.properties[spec].x-kubernetes-validations[0].rule"
    ]
    assert "undefined field 'nope'" in causes[0]["message"]


def test_a_scale_of_an_object_is_not_negative(client: Client) -> None:
    made = with_rule(rule="true")
    paths = {"specReplicasPath": ".spec.size", "statusReplicasPath": ".status.size"}
    made["spec"]["versions"][0]["subresources"] = {"scale": paths}
    client.post(DEFINITIONS, made)
    client.post(WIDGETS, widget(size=1))
    patch = '{"spec": {"replicas": -1}}'
    merge = "application/merge-patch+json"
    answer = client.send("PATCH", f"{WIDGETS}/w/scale", patch, content_type=merge).json()
    assert answer["message"] == (
        'Widget.example.com "w" is invalid: .spec.size: Invalid value: -1: '
        "should be a non-negative integer"
    )
