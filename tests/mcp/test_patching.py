from __future__ import annotations

import contextlib
import copy
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.env.cases import container, workload

from simarena.errors import RefusedError
from simarena.mcp.patching import PatchType, patched

TYPES: tuple[PatchType, ...] = get_args(PatchType)
DEPLOYMENT = {"apiVersion": "apps/v1", "kind": "Deployment"}
SERVICE = {"apiVersion": "v1", "kind": "Service"}
POD = {"apiVersion": "v1", "kind": "Pod"}


def web() -> dict[str, Any]:
    return workload("web", 2, container(requests={"cpu": "1"}), container(requests={"cpu": "2"}))


def containers(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = manifest["spec"]["template"]["spec"]["containers"]
    return found


def in_containers(*items: dict[str, Any]) -> dict[str, Any]:
    return {"spec": {"template": {"spec": {"containers": list(items)}}}}


def test_a_strategic_patch_knows_containers_by_their_names() -> None:
    body = in_containers({"name": "c1", "image": "y"}, {"name": "c2", "image": "z"})
    assert [
        (each["name"], each["image"]) for each in containers(patched(web(), "strategic", body))
    ] == [("c0", "x"), ("c1", "y"), ("c2", "z")]
    merged = patched(web(), "merge", in_containers({"name": "c1", "image": "y"}))
    assert containers(merged) == [{"name": "c1", "image": "y"}]


def test_a_strategic_patch_deletes_and_replaces_where_it_says_so() -> None:
    gone = patched(web(), "strategic", in_containers({"name": "c0", "$patch": "delete"}))
    assert [each["name"] for each in containers(gone)] == ["c1"]
    alone = patched(
        web(), "strategic", in_containers({"$patch": "replace"}, {"name": "c9", "image": "q"})
    )
    assert [each["name"] for each in containers(alone)] == ["c9"]
    strategy = {"$retainKeys": ["type"], "type": "Recreate"}
    before = DEPLOYMENT | {
        "spec": {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}}
    }
    after = patched(before, "strategic", {"spec": {"strategy": strategy}})
    assert after["spec"] == {"strategy": {"type": "Recreate"}}
    finalizers = DEPLOYMENT | {"metadata": {"finalizers": ["a", "b"]}}
    fewer = {"metadata": {"$deleteFromPrimitiveList/finalizers": ["a"]}}
    assert patched(finalizers, "strategic", fewer)["metadata"] == {"finalizers": ["b"]}
    more = {"metadata": {"finalizers": ["c"]}}
    assert patched(finalizers, "strategic", more)["metadata"] == {"finalizers": ["c", "a", "b"]}


def test_ports_of_containers_and_of_services_are_known_by_their_own_keys() -> None:
    ports = [{"containerPort": 80, "name": "a"}, {"containerPort": 81}]
    before = DEPLOYMENT | in_containers({"name": "c", "ports": ports})
    body = in_containers({"name": "c", "ports": [{"containerPort": 80, "name": "b"}]})
    after = containers(patched(before, "strategic", body))[0]["ports"]
    assert after == [{"containerPort": 80, "name": "b"}, {"containerPort": 81}]
    service = SERVICE | {"spec": {"ports": [{"port": 80, "targetPort": 1}]}}
    after = patched(service, "strategic", {"spec": {"ports": [{"port": 80, "targetPort": 2}]}})
    assert after["spec"]["ports"] == [{"port": 80, "targetPort": 2}]


def test_lists_without_a_merge_key_are_replaced() -> None:
    before = POD | {"spec": {"tolerations": [{"key": "a"}], "args": ["x", "y"]}}
    body = {"spec": {"tolerations": [{"key": "b"}], "args": ["z"]}}
    assert patched(before, "strategic", body) == POD | body


@pytest.mark.parametrize("kind", ["strategic", "merge"])
def test_null_takes_a_field_away(kind: PatchType) -> None:
    after = patched(web(), kind, {"spec": {"replicas": None}, "metadata": {"labels": {"a": "b"}}})
    assert "replicas" not in after["spec"]
    assert after["metadata"]["labels"]["a"] == "b"


def test_a_json_patch_is_made_as_a_whole_or_not_at_all() -> None:
    replicas = {"op": "replace", "path": "/spec/replicas", "value": 5}
    assert patched(web(), "json", [replicas])["spec"]["replicas"] == 5
    manifest = web()
    with pytest.raises(RefusedError, match="the JSON patch cannot be made"):
        patched(manifest, "json", [replicas, {"op": "remove", "path": "/spec/nothing"}])
    with pytest.raises(RefusedError, match="cannot be made: there is no 'nothing'"):
        patched(manifest, "json", [{"op": "remove", "path": "/spec/nothing"}])
    assert manifest == web()


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("strategic", []),
        ("merge", "x"),
        ("json", {}),
        ("json", [{"op": "remove"}]),
        ("json", [{"op": "replace", "path": "", "value": 1}]),
        ("strategic", in_containers({"image": "nameless"})),
    ],
)
def test_what_is_no_patch_is_refused_in_a_line(kind: PatchType, body: object) -> None:
    with pytest.raises(RefusedError) as caught:
        patched(web(), kind, body)
    assert "\n" not in str(caught.value)


names = st.sampled_from(["spec", "containers", "name", "ports", "a", "$patch", "finalizers"])
values = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(["delete", "replace", "a"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4),
    max_leaves=12,
)
objects = st.dictionaries(names, values, max_size=4)


@given(objects, st.sampled_from(TYPES), values)
def test_whatever_comes_is_patched_or_refused_and_nothing_is_changed_in_place(
    manifest: dict[str, Any], kind: PatchType, body: object
) -> None:
    before, given_body = copy.deepcopy(manifest), copy.deepcopy(body)
    with contextlib.suppress(RefusedError):
        patched(manifest, kind, body)
    with contextlib.suppress(RefusedError):
        patched(POD | manifest, kind, body)
    assert (manifest, body) == (before, given_body)


def test_an_object_patched_by_itself_stays_as_it_is() -> None:
    assert patched(web(), "strategic", web()) == patched(web(), "merge", web()) == web()
