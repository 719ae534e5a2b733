from __future__ import annotations

from typing import Any

import pytest

from simarena.cluster.manifests.selectors import read_selector, selects


def expression(key: str, operator: str, *values: str) -> dict[str, Any]:
    return {"matchExpressions": [{"key": key, "operator": operator, "values": list(values)}]}


def test_no_selector_matches_nothing_and_an_empty_one_everything() -> None:
    assert not selects(None, {"a": "1"})
    assert read_selector({}, "s").matches({})
    assert read_selector({}, "s").matches({"a": "1"})
    assert read_selector({"matchLabels": None, "matchExpressions": None}, "s").matches({"a": "1"})


@pytest.mark.parametrize(
    ("operator", "values", "present", "other", "absent"),
    [
        ("In", ["x", "y"], True, False, False),
        ("NotIn", ["x", "y"], False, True, True),
        ("Exists", [], True, True, False),
        ("DoesNotExist", [], False, False, True),
    ],
)
def test_expressions_decide_by_the_label(
    operator: str, values: list[str], present: bool, other: bool, absent: bool
) -> None:
    selector = expression("k", operator, *values)
    assert read_selector(selector, "s").matches({"k": "x"}) is present
    assert read_selector(selector, "s").matches({"k": "z"}) is other
    assert read_selector(selector, "s").matches({}) is absent


def test_all_parts_of_a_selector_must_hold() -> None:
    selector = {"matchLabels": {"app": "web"}, **expression("tier", "Exists")}
    assert read_selector(selector, "s").matches({"app": "web", "tier": "front"})
    assert not read_selector(selector, "s").matches({"app": "web"})
    assert not read_selector(selector, "s").matches({"app": "db", "tier": "front"})
