from __future__ import annotations

from simarena.apiserver.patching.schema import custom_type, type_of_kind
from simarena.apiserver.patching.unknown import known_fields, unknown_fields

POD = {
    "kind": "Pod",
    "metadata": {"name": "p", "lables": {}, "labels": {"any": "x", "none": None}},
    "spec": {"containers": [{"name": "c", "imag": "x"}], "nodeName": None, "foo": {"bar": 1}},
}


def test_unknown_fields_are_told_by_their_paths_in_their_order() -> None:
    kind = type_of_kind("v1", "Pod")
    assert kind is not None
    assert list(unknown_fields(kind, POD)) == [
        "metadata.lables",
        "spec.containers[0].imag",
        "spec.foo",
    ]


def test_unknown_fields_and_nulls_are_left_out() -> None:
    kind = type_of_kind("v1", "Pod")
    assert kind is not None
    assert known_fields(kind, POD) == {
        "kind": "Pod",
        "metadata": {"name": "p", "labels": {"any": "x"}},
        "spec": {"containers": [{"name": "c"}]},
    }


def test_custom_resources_keep_what_their_schema_lets_them() -> None:
    free = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    kind = custom_type({"type": "object", "properties": {"a": free, "b": {"type": "object"}}})
    value = {"a": {"x": {"y": 1}}, "b": {"x": 1}, "c": 1, "metadata": {"name": "n"}}
    assert list(unknown_fields(kind, value)) == ["c"]
