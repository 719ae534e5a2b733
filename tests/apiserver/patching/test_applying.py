from __future__ import annotations

import json
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simarena.apiserver.patching.applying import LAST_APPLIED, applied
from simarena.apiserver.patching.managed import Write, updated
from simarena.apiserver.patching.schema import type_of_kind
from simarena.errors import ApiError

KINDS = {"ConfigMap": "v1", "Deployment": "apps/v1", "Pod": "v1"}
Object = dict[str, Any]


def wanted(kind: str = "ConfigMap", **fields: Any) -> Object:
    return {"apiVersion": KINDS[kind], "kind": kind, "metadata": {"name": "n"}, **fields}


def write(manager: str, at: int = 0, version: str = "v1") -> Write:
    return Write(manager=manager, api_version=version, time=f"2026-01-01T00:00:{at:02}Z")


def apply(
    live: Object, body: Object, manager: str = "m", at: int = 0, *, force: bool = False
) -> Object:
    kind = type_of_kind(body["apiVersion"], body["kind"])
    assert kind is not None
    by = write(manager, at, body["apiVersion"])
    found = applied(kind, live, body, by, force=force)
    found["metadata"].setdefault("uid", "u")
    return found


def owners(found: Object) -> dict[str, Any]:
    return {
        each["manager"]: each["fieldsV1"] for each in found["metadata"].get("managedFields") or ()
    }


def data(**values: str) -> Object:
    return wanted(data=values)


def refused(live: Object, body: Object, manager: str = "m") -> ApiError:
    with pytest.raises(ApiError) as error:
        apply(live, body, manager)
    return error.value


def field_of(error: ApiError) -> object:
    found: object = error.status["details"]["causes"][0]["field"]
    return found


def test_what_is_applied_belongs_to_who_applies_it() -> None:
    found = apply({}, data(a="1"))
    assert found["data"] == {"a": "1"}
    assert owners(found) == {"m": {"f:data": {"f:a": {}}}}


def test_what_is_created_holds_what_is_applied_and_nothing_else() -> None:
    body = wanted("Deployment", spec={"replicas": 2})
    found = apply({}, body)
    assert found["spec"] == {"replicas": 2}
    assert found.keys() == body.keys()


def test_what_is_left_out_goes_unless_somebody_else_owns_it() -> None:
    both = apply(apply({}, data(a="1", b="1"), "m"), data(a="1"), "n")
    fewer = apply(both, wanted(), "m")
    assert fewer["data"] == {"a": "1"}
    assert owners(fewer) == {"n": {"f:data": {"f:a": {}}}}
    assert "data" not in apply(fewer, wanted(), "n") or apply(fewer, wanted(), "n")["data"] == {}


def test_fields_of_others_are_taken_only_by_force() -> None:
    live = apply({}, data(a="1", b="1"))
    error = refused(live, data(a="2", b="2"), "n")
    assert (error.status["code"], error.status.get("reason", "")) == (409, "Conflict")
    assert (
        error.status["message"]
        == 'Apply failed with 2 conflicts: conflicts with "m":\n- .data.a\n- .data.b'
    )
    assert error.status["details"]["causes"] == [
        {"reason": "FieldManagerConflict", "message": 'conflict with "m"', "field": f".data.{each}"}
        for each in "ab"
    ]
    taken = apply(live, data(a="2"), "n", force=True)
    assert taken["data"] == {"a": "2", "b": "1"}
    assert owners(taken) == {"m": {"f:data": {"f:b": {}}}, "n": {"f:data": {"f:a": {}}}}


def test_the_error_is_one_printable_line_and_survives_pickling() -> None:
    error = refused(apply({}, data(a="1", b="1")), data(a="2", b="2"), "n")
    assert str(error).isprintable()
    assert pickle.loads(pickle.dumps(error)).status == error.status


def test_who_wrote_otherwise_is_named_with_the_version() -> None:
    kind = type_of_kind("v1", "ConfigMap")
    assert kind is not None
    live = updated(kind, {}, data(a="1"), write("creator"))
    live["metadata"]["uid"] = "u"
    error = refused(live, data(a="2"))
    assert error.status["message"] == (
        'Apply failed with 1 conflict: conflict with "creator" using v1: .data.a'
    )
    shared = apply(live, data(a="1"))
    assert owners(shared) == {
        "creator": {"f:data": {".": {}, "f:a": {}}},
        "m": {"f:data": {"f:a": {}}},
    }


def test_an_object_whose_owners_were_never_told_is_owned_by_what_was_before() -> None:
    live = wanted(data={"a": "1"})
    live["metadata"]["uid"] = "u"
    error = refused(live, data(a="2"))
    assert 'conflict with "before-first-apply" using v1: .data.a' in error.status["message"]


def test_the_same_apply_again_changes_nothing_not_even_the_time() -> None:
    live = apply({}, data(a="1"), at=1)
    assert apply(live, data(a="1"), at=9) == live
    assert apply(live, data(a="2"), at=9)["metadata"]["managedFields"][0]["time"].endswith("09Z")


def containers(*items: Object) -> Object:
    return wanted("Deployment", spec={"template": {"spec": {"containers": list(items)}}})


def test_lists_merge_by_keys_in_the_order_in_which_they_are_applied() -> None:
    live = apply({}, containers({"name": "a", "image": "x"}, {"name": "b", "image": "x"}))
    more = apply(live, containers({"name": "c", "image": "x"}, {"name": "b", "tty": True}), "n")
    items = more["spec"]["template"]["spec"]["containers"]
    assert [each["name"] for each in items] == ["a", "c", "b"]
    assert items[2] == {"name": "b", "image": "x", "tty": True}
    fewer = apply(more, containers({"name": "a", "image": "x"}))
    assert fewer["spec"]["template"]["spec"]["containers"] == [
        {"name": "a", "image": "x"},
        {"name": "c", "image": "x"},
        {"name": "b", "tty": True},
    ]


def test_atomic_lists_have_one_owner() -> None:
    def tolerating(key: str) -> Object:
        return wanted("Pod", spec={"tolerations": [{"key": key}]})

    live = apply({}, tolerating("a"))
    assert owners(live) == {"m": {"f:spec": {"f:tolerations": {}}}}
    assert field_of(refused(live, tolerating("b"), "n")) == ".spec.tolerations"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (wanted(foo=1), ".foo: field not declared in schema"),
        (wanted(data=[]), ".data: expected map, got &{[]}"),
        (wanted(data={"a": 1}), ".data.a: expected string, got &value.valueUnstructured{Value:1}"),
        (wanted(immutable="x"), ".immutable: expected boolean, got &{x}"),
        (
            containers({"name": "a"}, {"name": "a"}),
            '.spec.template.spec.containers: duplicate entries for key [name="a"]',
        ),
        (
            wanted("Deployment", spec={"replicas": "x", "paused": 1}),
            (
                "errors:\n  .spec.replicas: expected numeric (int or float), got string\n"
                "  .spec.paused: expected boolean, got &{1}"
            ),
        ),
    ],
)
def test_what_does_not_fit_the_schema_is_an_error_of_the_server(body: Object, text: str) -> None:
    error = refused({}, body)
    version = body["apiVersion"] if "/" in body["apiVersion"] else f"/{body['apiVersion']}"
    assert (error.status["code"], error.status.get("reason", ""), error.status.get("details")) == (
        500,
        "",
        None,
    )
    assert error.status["message"] == (
        f"failed to create typed patch object (/n; {version}, Kind={body['kind']}): {text}"
    )


def test_owners_cannot_be_applied_and_kinds_not_be_changed() -> None:
    body = data(a="1")
    body["metadata"]["managedFields"] = [{"manager": "x"}]
    assert refused({}, body).status["message"] == "metadata.managedFields must be nil"
    live = apply({}, data(a="1"))
    assert refused(live, wanted("Pod")).status["code"] == 400


def test_kubectl_takes_over_what_it_applied_from_the_clients_side() -> None:
    kind = type_of_kind("v1", "ConfigMap")
    assert kind is not None
    last = json.dumps(data(a="1"))
    live = data(a="1", b="1")
    live["metadata"] |= {"uid": "u", "annotations": {LAST_APPLIED: last}}
    live = updated(kind, {}, live, write("kubectl-client-side-apply"))
    taken = apply(live, data(a="2"), "kubectl")
    assert taken["data"] == {"a": "2", "b": "1"}
    told = json.loads(taken["metadata"]["annotations"][LAST_APPLIED])
    assert told == data(a="2")
    assert field_of(refused(live, data(b="2"), "kubectl")) == ".data.b"
    assert refused(live, data(a="2"), "other").status["code"] == 409


VALUES = st.dictionaries(st.sampled_from("abc"), st.sampled_from("12"))


@given(st.lists(st.tuples(st.sampled_from("mno"), VALUES), max_size=6))
def test_by_force_the_last_who_applied_a_field_has_it_as_he_wants(
    turns: list[tuple[str, dict[str, str]]],
) -> None:
    live: Object = {}
    wants: dict[str, dict[str, str]] = {}
    for manager, values in turns:
        changed = {key for key, value in values.items() if live.get("data", {}).get(key) != value}
        live = apply(live, data(**values), manager, force=True)
        wants = {
            other: {key: value for key, value in theirs.items() if key not in changed}
            for other, theirs in wants.items()
        } | {manager: values}
        expected: dict[str, str] = {}
        for theirs in wants.values():
            expected |= theirs
        assert live.get("data", {}) == expected
