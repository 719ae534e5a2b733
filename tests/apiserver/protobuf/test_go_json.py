"""What Go's encoder writes of an object, and what it leaves out."""

from __future__ import annotations

from typing import Any

import pytest

from simarena.apiserver.protobuf.go_json import as_written


def written(api_version: str, kind: str, **fields: Any) -> dict[str, Any]:
    found = as_written({"apiVersion": api_version, "kind": kind, "metadata": {}, **fields})
    return {name: each for name, each in found.items() if name not in {"apiVersion", "kind"}}


def test_structs_are_always_there() -> None:
    assert written("coordination.k8s.io/v1", "Lease") == {"metadata": {}, "spec": {}}


def test_times_that_are_no_pointers_are_null() -> None:
    (condition,) = written(
        "apps/v1", "Deployment", status={"conditions": [{"type": "Available", "status": "True"}]}
    )["status"]["conditions"]
    assert condition["lastUpdateTime"] is None
    assert condition["lastTransitionTime"] is None


def test_lists_are_null_where_they_are_not_left_out() -> None:
    assert written("v1", "LimitRange")["spec"] == {"limits": None}


def test_empty_lists_and_maps_are_left_out() -> None:
    assert "data" not in written("v1", "ConfigMap", data={})
    container = {"name": "c", "ports": []}
    pod = written("v1", "Pod", spec={"containers": [container]})
    assert pod["spec"]["containers"] == [{"name": "c", "resources": {}}]


@pytest.mark.parametrize(("value", "told"), [("", {}), ("x", {"workingDir": "x"})])
def test_empty_texts_are_left_out(value: str, told: dict[str, str]) -> None:
    spec = {"containers": [{"name": "c", "workingDir": value}]}
    (container,) = written("v1", "Pod", spec=spec)["spec"]["containers"]
    assert container == {"name": "c", **told, "resources": {}}


def test_pointers_to_what_is_empty_are_written() -> None:
    spec: dict[str, Any] = {"replicas": 0, "selector": None, "template": {}}
    assert written("apps/v1", "Deployment", spec=spec)["spec"]["replicas"] == 0


def test_fields_come_in_the_order_of_structs() -> None:
    spec = {"containers": [{"imagePullPolicy": "Always", "terminationMessagePolicy": "File"}]}
    (container,) = written("v1", "Pod", spec=spec)["spec"]["containers"]
    policies = [name for name in container if name.endswith("Policy")]
    assert policies == ["terminationMessagePolicy", "imagePullPolicy"]


def test_kinds_that_are_not_known_stay_as_they_are() -> None:
    thing = {"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {}, "spec": {"a": []}}
    assert as_written(thing) == thing
