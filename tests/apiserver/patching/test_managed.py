from __future__ import annotations

import copy
from typing import Any

import pytest

from simarena.apiserver.patching.field_set import FieldSet
from simarena.apiserver.patching.managed import (
    Write,
    manager_of,
    read_managed,
    reset_fields,
    settled,
    updated,
    written_managed,
)
from simarena.apiserver.patching.schema import type_of_kind

Object = dict[str, Any]


def write(manager: str = "m", at: int = 0, **more: Any) -> Write:
    return Write(manager=manager, api_version="v1", time=f"2026-01-01T00:00:{at:02}Z", **more)


def made(live: Object, new: Object, by: Write) -> Object:
    kind = type_of_kind("v1", "ConfigMap")
    assert kind is not None
    found = updated(kind, live, new, by)
    found["metadata"].setdefault("uid", "u")
    return found


def data(**values: str) -> Object:
    return {"metadata": {"name": "n", "labels": {"l": "1"}}, "data": dict(values)}


def owners(found: Object) -> dict[str, Any]:
    return {
        each["manager"]: each["fieldsV1"] for each in found["metadata"].get("managedFields") or ()
    }


def changed(live: Object, **values: str) -> Object:
    found = copy.deepcopy(live)
    found["data"] = found["data"] | values
    return found


def test_fields_that_change_belong_to_who_changes_them() -> None:
    labels: Object = {"f:labels": {".": {}, "f:l": {}}}
    live = made({}, data(a="1", b="1"), write("one"))
    assert owners(live) == {
        "one": {"f:metadata": labels, "f:data": {".": {}, "f:a": {}, "f:b": {}}}
    }
    after = made(live, changed(live, a="2", c="1"), write("two"))
    assert owners(after) == {
        "one": {"f:metadata": labels, "f:data": {".": {}, "f:b": {}}},
        "two": {"f:data": {"f:a": {}, "f:c": {}}},
    }


def test_a_write_that_changes_nothing_owns_nothing() -> None:
    live = made({}, data(a="1"), write("one"))
    assert made(live, copy.deepcopy(live), write("two", at=5)) == live


def test_what_is_taken_away_has_no_owner_any_more() -> None:
    live = made({}, data(a="1"), write("one"))
    after = copy.deepcopy(live)
    del after["metadata"]["labels"]
    assert owners(made(live, after, write("two"))) == {"one": {"f:data": {".": {}, "f:a": {}}}}


@pytest.mark.parametrize("given", [[], [{}]])
def test_owners_can_be_taken_away_all_at_once(given: list[Object]) -> None:
    live = made({}, data(a="1"), write("one"))
    after = changed(live, a="2")
    after["metadata"]["managedFields"] = given
    assert owners(made(live, after, write("two"))) == {}


def test_owners_that_cannot_be_read_or_are_left_out_stay() -> None:
    live = made({}, data(a="1"), write("one"))
    for given in (None, [{"manager": "x"}]):
        after = copy.deepcopy(live)
        after["metadata"]["managedFields"] = given
        assert owners(made(live, after, write("two"))) == owners(live)


def test_an_object_without_owners_gets_none_by_being_changed() -> None:
    live = data(a="1")
    live["metadata"]["uid"] = "u"
    assert owners(made(live, changed(live, a="2"), write())) == {}


def test_the_oldest_of_many_writers_are_put_together() -> None:
    live = made({}, data(), write("creator"))
    for number in range(12):
        live = made(live, changed(live, **{f"k{number}": "1"}), write(f"w{number}", at=number))
    entries = live["metadata"]["managedFields"]
    assert len(entries) == 10
    ancient = owners(live)["ancient-changes"]
    assert ancient["f:data"] == {".": {}, "f:k0": {}, "f:k1": {}, "f:k2": {}}


def test_entries_come_by_operation_time_and_name() -> None:
    def entry(manager: str, operation: str, **more: str) -> Object:
        fields: Object = {"f:a": {}}
        return {
            "manager": manager,
            "operation": operation,
            "apiVersion": "v1",
            "fieldsType": "FieldsV1",
            "fieldsV1": fields,
            **more,
        }

    given = [
        entry("u", "Update"),
        entry("z", "Apply"),
        entry("a", "Apply", time="2026-01-01T00:00:00Z"),
    ]
    written = written_managed(read_managed(given))
    assert [each["manager"] for each in written] == ["z", "a", "u"]
    assert all(each in given for each in written)


@pytest.mark.parametrize(
    "entry", [1, {}, {"operation": "Apply"}, {"operation": "Apply", "apiVersion": "v1"}]
)
def test_entries_that_cannot_be_meant_are_refused(entry: object) -> None:
    with pytest.raises(ValueError, match=r"entry|operation|apiVersion|fieldsType"):
        read_managed([entry])


def test_what_a_write_cannot_change_nobody_comes_to_own() -> None:
    status = reset_fields("Pod", has_status=True, custom=False)
    assert status == FieldSet.of(("f:status",))
    assert reset_fields("ConfigMap", has_status=False, custom=False) == FieldSet()
    of_deployment = reset_fields("Deployment", "status", has_status=True, custom=False)
    assert of_deployment == FieldSet.of(("f:spec",), ("f:metadata", "f:labels"))
    kind = type_of_kind("v1", "Pod")
    assert kind is not None
    pod = {"metadata": {"name": "p"}, "spec": {"nodeName": "n"}, "status": {"phase": "Running"}}
    found = updated(kind, {}, pod, write("m", reset=status))
    assert owners(found) == {"m": {"f:spec": {"f:nodeName": {}}}}


def test_a_program_is_a_manager_by_its_name() -> None:
    assert manager_of("m", "kubectl/v1.36") == "m"
    assert manager_of("", "kubectl/v1.36 (linux)") == "kubectl"
    assert manager_of("", "a\x00b/1") == "ab"
    assert manager_of("", "x" * 200) == "x" * 128


def test_new_times_alone_are_no_change() -> None:
    live = made({}, data(a="1"), write("one", at=1))
    later = copy.deepcopy(live)
    later["metadata"]["managedFields"][0]["time"] = "2026-01-01T00:00:09Z"
    assert settled(live, later) == live
    other = changed(later, a="2")
    assert settled(live, other) == other
