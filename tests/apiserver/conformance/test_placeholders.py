"""Placeholders of records: bound once, and held to."""

from __future__ import annotations

from simarena.apiserver.conformance.placeholders import Bindings

ONE = "00000000-0000-0000-0000-000000000001"
TWO = "00000000-0000-0000-0000-000000000002"


def test_a_placeholder_stands_for_one_value() -> None:
    found = Bindings()
    assert not list(found.differences({"uid": "<uid:1>"}, {"uid": ONE}))
    assert not list(found.differences("pod <uid:1> is gone", f"pod {ONE} is gone"))
    assert list(found.differences("<uid:1>", TWO))
    assert list(found.differences("<uid:2>", ONE))
    assert found.substituted({"a": ["<uid:1>"]}) == {"a": [ONE]}


def test_versions_keep_their_order() -> None:
    found = Bindings()
    assert not list(found.differences("<rv:2>", "1005"))
    assert list(found.differences("<rv:1>", "1006"))
    assert not list(found.differences("<rv:3>", "1006"))


def test_what_is_missing_or_more_is_a_difference() -> None:
    found = Bindings()
    assert list(found.differences({"a": None}, {})) == ["/a: missing, recorded None"]
    assert list(found.differences({}, {"a": 1})) == ["/a: not recorded, is 1"]
    assert list(found.differences([1, 2], [1])) == [": 1 items, recorded 2"]
    assert list(found.differences(1, True))


def test_texts_of_go_are_judged_up_to_where_they_begin() -> None:
    found = Bindings()
    recorded = "is no Pod: json: cannot unmarshal string"
    assert not list(found.differences(recorded, "is no Pod: json: something else"))
    assert list(found.differences(recorded, "is a Pod: json: cannot unmarshal string"))
