from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simarena.apiserver.patching.field_set import (
    FieldSet,
    Path,
    field_step,
    key_step,
    shown_path,
    value_step,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

KEYS: list[Mapping[str, object]] = [{"name": "x"}, {"port": 80, "protocol": "TCP"}]
STEPS = st.one_of(
    st.sampled_from(["a", "b", "."]).map(field_step),
    st.sampled_from(KEYS).map(key_step),
    st.sampled_from(["x", 1]).map(value_step),
)
PATHS = st.lists(STEPS, min_size=1, max_size=3).map(tuple)
SETS = st.sets(PATHS, max_size=6)


def made(paths: set[Path]) -> FieldSet:
    return FieldSet.of(*paths)


def test_a_set_is_written_as_fields_v1() -> None:
    c = key_step({"name": "c"})
    found = FieldSet.of(
        ("f:spec", "f:replicas"), ("f:spec", "f:list", c), ("f:spec", "f:list", c, "f:name")
    )
    written: dict[str, Any] = {
        "f:spec": {"f:replicas": {}, "f:list": {'k:{"name":"c"}': {".": {}, "f:name": {}}}}
    }
    assert found.written() == written
    assert FieldSet.read(written) == found


def test_conflicts_tell_paths_in_their_words() -> None:
    path = ("f:spec", "f:ports", key_step({"protocol": "TCP", "port": 80}), "f:name")
    assert shown_path(path) == '.spec.ports[port=80,protocol="TCP"].name'
    assert shown_path(("f:finalizers", value_step("a/b"))) == '.finalizers[="a/b"]'


def test_members_come_before_what_is_further_in() -> None:
    found = FieldSet.of(("f:a", "f:z"), ("f:b",), ("f:a",))
    assert list(found.paths()) == [("f:a",), ("f:b",), ("f:a", "f:z")]


def test_the_whole_object_is_owned_by_nobody() -> None:
    assert not FieldSet.of(())


def test_taking_a_field_away_leaves_or_takes_what_is_in_it() -> None:
    found = FieldSet.of(("f:a",), ("f:a", "f:b"), ("f:c",))
    gone = FieldSet.of(("f:a",))
    assert found.difference(gone) == FieldSet.of(("f:a", "f:b"), ("f:c",))
    assert found.without(gone) == FieldSet.of(("f:c",))


@pytest.mark.parametrize("wrong", ["x", {"spec": {}}, {"k:x": {}}, {"k:[]": {}}, {"f:a": 1}])
def test_what_are_no_fields_cannot_be_read(wrong: object) -> None:
    with pytest.raises(ValueError, match=r"FieldsV1|Expecting"):
        FieldSet.read(wrong)


@given(SETS, SETS)
def test_it_is_a_set(one: set[Path], other: set[Path]) -> None:
    assert set(made(one).paths()) == one
    assert made(one).union(made(other)) == made(one | other)
    assert made(one).intersection(made(other)) == made(one & other)
    assert made(one).difference(made(other)) == made(one - other)
    assert FieldSet.read(made(one).written()) == made(one)
    assert all((path in made(other)) == (path in other) for path in one)
    below = {path for path in one if any(path[: len(each)] == each for each in other)}
    assert made(one).without(made(other)) == made(one - below)
