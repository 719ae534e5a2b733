from __future__ import annotations

import copy
from typing import Any

import pytest

from simarena.apiserver.patching.schema import DEDUCED, type_of_kind
from simarena.apiserver.patching.strategic import (
    not_strategic,
    strategic_patched,
    without_orders,
)
from simarena.errors import ApiError


def pod(**spec: Any) -> dict[str, Any]:
    containers = [{"name": "c", "image": "x", "args": ["a"]}, {"name": "d", "image": "y"}]
    return {"spec": {"containers": containers, **spec}}


def patched(before: dict[str, Any], **spec: Any) -> dict[str, Any]:
    kept = copy.deepcopy(before)
    kind = type_of_kind("v1", "Pod")
    assert kind is not None
    found: dict[str, Any] = strategic_patched(kind, before, {"spec": spec})["spec"]
    assert before == kept
    return found


def refused(**spec: Any) -> ApiError:
    with pytest.raises(ApiError) as error:
        patched(pod(), **spec)
    return error.value


def names(items: list[dict[str, Any]]) -> str:
    return "".join(each["name"] for each in items)


def test_items_are_known_by_their_merge_key() -> None:
    found = patched(pod(), containers=[{"name": "e"}, {"name": "d", "image": "z"}])
    assert names(found["containers"]) == "ecd"  # what is new comes first
    assert found["containers"][2] == {"name": "d", "image": "z"}
    assert patched(pod(), containers=[{"name": "c", "args": ["b"]}])["containers"][0]["args"] == [
        "b"
    ]


def test_an_order_is_kept_and_what_it_does_not_name_stays_near() -> None:
    three = {"spec": {"containers": [{"name": name} for name in "abc"]}}
    order = {"$setElementOrder/containers": [{"name": "c"}, {"name": "a"}]}
    assert names(patched(three, **order)["containers"]) == "bca"
    kind = type_of_kind("v1", "Pod")
    assert kind is not None
    before = {"metadata": {"finalizers": ["a", "b", "c"]}}
    patch = {"metadata": {"$setElementOrder/finalizers": ["c", "b", "a"]}}
    assert strategic_patched(kind, before, patch)["metadata"]["finalizers"] == ["c", "b", "a"]


def test_directives_delete_and_replace() -> None:
    gone = patched(pod(), containers=[{"name": "c", "$patch": "delete"}])
    assert names(gone["containers"]) == "d"
    alone = patched(pod(), containers=[{"name": "z"}, {"$patch": "replace"}])
    assert names(alone["containers"]) == "z"
    selected = pod(nodeSelector={"a": "b"})
    assert patched(selected, nodeSelector={"$patch": "replace", "c": "d"})["nodeSelector"] == {
        "c": "d"
    }
    assert patched(selected, nodeSelector={"$patch": "delete"})["nodeSelector"] == {}
    fewer = pod(volumes=[{"name": "v", "emptyDir": {}, "hostPath": {}}])
    kept = {"$retainKeys": ["name", "hostPath"], "name": "v", "hostPath": {"path": "/x"}}
    assert patched(fewer, volumes=[kept])["volumes"] == [{"name": "v", "hostPath": {"path": "/x"}}]
    new = patched(pod(), tolerations=[{"key": "a", "value": None}], affinity={"$patch": "delete"})
    assert new["tolerations"] == [{"key": "a"}]
    assert "affinity" not in new


def test_values_are_deleted_from_lists_of_texts() -> None:
    before = {"metadata": {"finalizers": ["a", "b"]}}
    kind = type_of_kind("v1", "Pod")
    assert kind is not None
    patch = {"metadata": {"$deleteFromPrimitiveList/finalizers": ["a"], "finalizers": ["c"]}}
    assert strategic_patched(kind, before, patch)["metadata"]["finalizers"] == ["c", "b"]


@pytest.mark.parametrize(
    ("spec", "code", "text"),
    [
        (
            {"containers": [{"image": "z"}]},
            500,
            "map: map[image:z] does not contain declared merge key: name",
        ),
        ({"nodeSelector": {"$patch": "no"}}, 200, ""),
        (
            {"containers": [{"name": "c", "$patch": "no"}]},
            500,
            "unknown patch type: no in map: map[",
        ),
        ({"containers": [{"$patch": "delete"}]}, 500, "does not contain declared merge key: name"),
        (
            {"containers": [{"name": "c", "$patch": "merge"}]},
            500,
            "merging lists cannot yet be specified in the patch",
        ),
        (
            {"$setElementOrder/containers": "x"},
            500,
            "expected a []interface {}, but received a string",
        ),
        (
            {"$setElementOrder/containers": [{"name": "d"}], "containers": [{"name": "c"}]},
            500,
            "The order in patch list:\n[map[name:c]]\n doesn't match $setElementOrder list:",
        ),
        ({"$setElementOrder": []}, 400, "invalid patch format of setElementOrder list"),
        ({"$deleteFromPrimitiveList": []}, 400, "invalid patch format of primitive list"),
        ({"$retainKeys": "x"}, 400, "invalid patch format of retainKeys"),
        ({"$retainKeys": ["a"], "b": 1}, 400, "invalid patch format of retainKeys"),
        ({"$patch": 1}, 500, "unknown patch type: %!s(int64=1) in map: map[$patch:1]"),
    ],
)
def test_what_cannot_be_made_is_refused_in_the_words_of_the_api(
    spec: dict[str, Any], code: int, text: str
) -> None:
    if code == 200:  # where nothing is there yet, directives are passed over
        assert patched(pod(), **spec) == pod()["spec"]
        return
    error = refused(**spec)
    assert error.status["code"] == code
    assert text in error.status["message"]


def test_a_patch_that_is_no_object_and_one_of_a_custom_resource_are_refused() -> None:
    with pytest.raises(ApiError, match="cannot unmarshal array") as error:
        strategic_patched(DEDUCED, {}, [])
    assert error.value.status["code"] == 400
    assert not_strategic().status["code"] == 415


def test_a_patch_is_shown_without_the_lists_that_it_orders() -> None:
    patch = {"spec": {"$setElementOrder/c": [{"name": "a"}], "c": [{"name": "a"}], "n": 1}}
    assert without_orders(patch) == {"spec": {"n": 1}}
