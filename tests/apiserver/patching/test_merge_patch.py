from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simarena.apiserver.patching.merge_patch import merge_patched
from simarena.errors import ApiError

VALUES = st.recursive(
    st.integers(0, 2),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("ab"), inner),
    max_leaves=6,
)
OBJECTS = st.dictionaries(st.sampled_from("abc"), VALUES)


def difference(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Return the merge patch from one object to the other, the obvious way."""
    patch: dict[str, Any] = dict.fromkeys(one.keys() - other.keys())
    for key, value in other.items():
        if isinstance(value, dict) and isinstance(one.get(key), dict):
            patch[key] = difference(one[key], value)
        elif key not in one or one[key] != value:
            patch[key] = value
    return patch


def test_null_takes_away_lists_are_replaced_and_objects_merge() -> None:
    before = {"a": 1, "b": [1, 2], "c": {"d": 1, "e": 2}, "f": 1}
    patch = {"a": None, "b": [3], "c": {"d": None, "g": {"h": None, "i": 1}}, "f": {"j": None}}
    kept = copy.deepcopy(before)
    assert merge_patched(before, patch) == {"b": [3], "c": {"e": 2, "g": {"i": 1}}, "f": {}}
    assert before == kept


@pytest.mark.parametrize(
    ("patch", "text"),
    [
        (None, "Invalid JSON Patch"),
        ([], "cannot unmarshal array into Go value of type map"),
        ("x", "cannot unmarshal string into Go value of type map"),
        (1, "cannot unmarshal number into Go value of type map"),
        (True, "cannot unmarshal bool into Go value of type map"),
    ],
)
def test_a_patch_that_is_no_object_is_refused(patch: object, text: str) -> None:
    with pytest.raises(ApiError, match=text) as error:
        merge_patched({}, patch)
    assert (error.value.status["code"], error.value.status.get("reason", "")) == (400, "BadRequest")


@given(OBJECTS, OBJECTS)
def test_the_patch_between_two_objects_leads_from_one_to_the_other(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    assert merge_patched(one, difference(one, other)) == other
