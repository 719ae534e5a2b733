from __future__ import annotations

from simarena.apiserver.patching.schema import (
    ABSENT,
    DEDUCED,
    UNTYPED,
    Merge,
    Type,
    custom_type,
    type_of_kind,
)


def of_kind(api_version: str, kind: str, *fields: str) -> Type:
    found = type_of_kind(api_version, kind)
    for name in fields:
        assert found is not None
        found = found.items() if name == "[]" else found.field(name)
    assert found is not None
    return found


def test_types_follow_the_published_schema() -> None:
    spec = of_kind("apps/v1", "Deployment", "spec")
    assert (spec.shapes, of_kind("apps/v1", "Deployment", "spec", "replicas").scalar) == (
        ("map",),
        "numeric",
    )
    assert spec.field("selector").map_atomic  # type: ignore[union-attr] # it is there
    assert spec.field("foo") is None
    ports = of_kind("v1", "Service", "spec", "ports")
    assert ports.list_keys == ("port", "protocol")
    assert not ports.list_atomic
    assert ports.items().default_of("protocol") == "TCP"
    assert ports.items().default_of("nodePort") is ABSENT
    assert of_kind("v1", "Pod", "spec", "tolerations").list_atomic
    assert of_kind("v1", "Secret", "data").field("any") is not None


def test_quantities_and_ports_may_be_texts_or_numbers() -> None:
    port = of_kind("v1", "Service", "spec", "ports", "[]", "targetPort")
    limits = of_kind("v1", "Pod", "spec", "containers", "[]", "resources", "limits")
    cpu = limits.field("cpu")
    assert cpu is not None
    assert [port.scalar, cpu.scalar] == ["untyped", "untyped"]
    assert [port.shapes, cpu.shapes] == [("scalar",), ("scalar",)]


def test_a_strategic_patch_is_told_keys_and_strategies() -> None:
    spec = of_kind("v1", "Pod", "spec")
    assert spec.merge_of("containers") == Merge("name", ("merge",))
    assert spec.merge_of("volumes").strategy == "merge"
    assert spec.merge_of("tolerations") == Merge()
    strategy = of_kind("apps/v1", "Deployment", "spec").merge_of("strategy")
    assert (strategy.strategies, strategy.strategy) == (("retainKeys",), "")


def test_an_empty_object_holds_structs_and_required_fields() -> None:
    assert of_kind("apps/v1", "Deployment").empty() == {
        "metadata": {},
        "spec": {
            "selector": None,
            "strategy": {},
            "template": {"metadata": {}, "spec": {"containers": None}},
        },
        "status": {},
    }


def test_unknown_kinds_have_no_type() -> None:
    assert type_of_kind("v1", "Nonsense") is None


def test_custom_resources_have_the_type_of_their_definition() -> None:
    size = {"type": "object", "properties": {"size": {"type": "integer"}}}
    free = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    kind = custom_type({"type": "object", "properties": {"spec": size, "free": free}})
    spec, kept, metadata = kind.field("spec"), kind.field("free"), kind.field("metadata")
    assert spec is not None
    assert kept is not None
    assert metadata is not None
    assert (spec.field("size").scalar, spec.field("other")) == ("numeric", None)  # type: ignore[union-attr] # it is there
    assert kept.field("anything") is not None
    assert metadata.merge_of("ownerReferences").key == "uid"
    assert custom_type(None) is DEDUCED


def test_what_has_no_type_is_taken_as_what_it_is() -> None:
    values: list[object] = [{}, [], "x", None]
    assert [UNTYPED.shape_of(each) for each in values] == [
        "map",
        "list",
        "scalar",
        "map",
    ]
