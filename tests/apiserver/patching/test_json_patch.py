from __future__ import annotations

import copy
import json
from typing import Any

import jsonpatch
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simarena.apiserver.patching.json_patch import MAX_OPERATIONS, json_patched
from simarena.errors import ApiError


def made(document: Any, *operations: dict[str, Any]) -> Any:
    return json_patched(document, list(operations))


def op(name: str, path: str, *value: Any, **more: Any) -> dict[str, Any]:
    return {"op": name, "path": path, **({"value": value[0]} if value else {}), **more}


def refused(document: Any, *operations: Any) -> ApiError:
    with pytest.raises(ApiError) as error:
        json_patched(document, list(operations))
    return error.value


def test_all_operations_are_made_in_turn() -> None:
    found = made(
        {"a": [1, 2], "b": {"c": 1}},
        op("add", "/a/-", 3),
        op("add", "/a/0", 0),
        op("replace", "/b/c", 2),
        op("copy", "/d", **{"from": "/b"}),
        op("move", "/b/e", **{"from": "/a"}),
        op("remove", "/d/c"),
        op("test", "/b/e/3", 3),
    )
    assert found == {"b": {"c": 2, "e": [0, 1, 2, 3]}, "d": {}}


def test_it_differs_from_the_standard_where_the_api_server_does() -> None:
    assert made({}, op("replace", "/a", 1)) == {"a": 1}
    assert made({}, op("add", "spec/a", 1)) == {"a": 1}
    assert made({"a": [1, 2]}, op("remove", "/a/-1")) == {"a": [1]}
    assert made({}, op("test", "/a", None)) == {}
    assert made({"x/y": 1, "~": 2}, op("remove", "/x~1y"), op("remove", "/~0")) == {}
    assert refused({"a": 1}, op("remove", "")).status["code"] == 422


@pytest.mark.parametrize(
    "operation",
    [
        op("add", "/labels/a", 1),
        op("remove", "/nothing"),
        op("remove", "/a/5"),
        op("replace", "/a/2", 1),
        op("add", "/a/x", 1),
        op("add", "/a/3", 1),
        op("test", "/a/0", True),
        op("merge", "/a", 1),
        {"op": "add", "value": 1},
        {"op": ["add"], "path": "/a"},
        op("move", "/b", **{"from": "/c"}),
        op("replace", "", 1),
        op("add", "/a/0/b", 1),
        op("add", "a", 1),
    ],
)
def test_what_cannot_be_made_is_refused_in_one_set_of_words(operation: dict[str, Any]) -> None:
    error = refused({"a": [1, 2]}, operation)
    assert error.status == {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": "the server rejected our request due to an error in our request",
        "reason": "Invalid",
        "details": {},
        "code": 422,
    }


def test_a_patch_is_made_as_a_whole_or_not_at_all() -> None:
    before = {"a": {"b": [1]}}
    kept = copy.deepcopy(before)
    refused(before, op("add", "/a/b/-", 2), op("remove", "/nothing"))
    made(before, op("add", "/a/b/-", 2))
    assert before == kept


def test_no_list_too_many_operations_and_no_json_are_told_apart() -> None:
    with pytest.raises(ApiError, match="cannot unmarshal object into Go value of type") as error:
        json_patched({}, {"op": "add"})
    assert (error.value.status["code"], error.value.status.get("reason", "")) == (400, "BadRequest")
    many = [op("add", "/a", 1)] * MAX_OPERATIONS
    assert json_patched({}, many) == {"a": 1}
    assert refused({}, *many, op("add", "/a", 1)).status["code"] == 413
    assert json_patched({"a": 1}, None) == {"a": 1}


VALUES = st.recursive(
    st.none() | st.integers(-2, 2) | st.sampled_from("ab"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner),
    max_leaves=6,
)


@given(
    st.dictionaries(st.sampled_from("abc"), VALUES), st.dictionaries(st.sampled_from("abc"), VALUES)
)
def test_a_patch_that_a_library_makes_leads_from_one_object_to_the_other(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    patch = json.loads(jsonpatch.make_patch(one, other).to_string())
    assert json_patched(one, patch) == other
