"""Expressions of CEL, each with what it comes to."""

from __future__ import annotations

from typing import Any

import pytest

from simarena.apiserver.cel import CelError, CelSyntaxError, evaluated, first_fault, parsed

SELF = {"size": 3, "name": "ab", "tags": ["a", "b"], "labels": {"x": "1"}, "namespace": "n"}


def value(text: str, **names: Any) -> Any:
    return evaluated(parsed(text), {"self": SELF, **names})


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("self.size <= 10 && self.name.startsWith('a')", True),
        ("1 + 2 * 3 == 7", True),
        ("-7 / 2", -3),
        ("-7 % 2", -1),
        ("self.size > 5 ? 'large' : 'small'", "small"),
        ("has(self.size) && !has(self.other)", True),
        ("self.tags.all(t, t in ['a', 'b', 'c'])", True),
        ("self.tags.exists_one(t, t == 'a')", True),
        ("self.tags.filter(t, t != 'a').map(t, t + '!')", ["b!"]),
        ("size(self.tags) == self.tags.size()", True),
        ("self.labels['x'] == \"1\"", True),
        ("'x' in self.labels", True),
        ("self.name.matches('^[a-z]+$')", True),
        ("self.__namespace__ == 'n'", True),
        ("1 == 1.0 && '1' != 'a'", True),
        ("{'a': 1}.a + [2][0]", 3),
    ],
)
def test_an_expression_comes_to_a_value(text: str, found: object) -> None:
    assert value(text) == found


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("self.other > 1", "no such key: other"),
        ("self.tags[5] == 'a'", "index out of bounds: 5"),
        ("1 / 0 == 1", "division by zero"),
        ("self.size == 3 && self.name", "no such overload"),
        ("self.name + 1 == ''", "no such overload"),
        ("9223372036854775807 + 1 > 0", "integer overflow"),
    ],
)
def test_an_expression_without_a_value_says_why(text: str, why: str) -> None:
    with pytest.raises(CelError, match=f"^{why.replace('(', '.')}"):
        value(text)


def test_a_fault_on_one_side_is_none_if_the_other_decides() -> None:
    assert value("self.other > 1 || true") is True
    assert value("self.other > 1 && false") is False


@pytest.mark.parametrize("text", ["self.", "1 +", "(1", "self.a ==", "#", "[1,", "a ? b"])
def test_what_is_no_expression_is_refused(text: str) -> None:
    with pytest.raises(CelSyntaxError):
        parsed(text)


def test_a_costly_expression_is_given_up() -> None:
    doubled = "[self.tags]" + ".map(x, [x, x])" * 60 + " == []"
    with pytest.raises(CelError, match="cost limit"):
        value(doubled)
    with pytest.raises(CelError, match="cost limit"):
        value("['a']" + ".map(x, x + x)" * 60 + " == []")


def test_a_deep_expression_is_refused() -> None:
    with pytest.raises(CelSyntaxError, match="recursion"):
        parsed("(" * 500 + "1" + ")" * 500)


def test_a_field_that_cannot_be_there_is_told_with_its_place() -> None:
    schema = {"type": "object", "properties": {"size": {"type": "integer"}}}
    text = "self.nope > 1"
    assert first_fault(parsed(text), schema, text) == (
        "ERROR: <input>:1:5: undefined field 'nope'\n | self.nope > 1\n | ....^"
    )
    assert first_fault(parsed("self.size > 1"), schema, "") == ""


def test_a_name_that_is_not_there_is_told() -> None:
    text = "other == 1"
    assert "undeclared reference to 'other'" in first_fault(parsed(text), {}, text)
