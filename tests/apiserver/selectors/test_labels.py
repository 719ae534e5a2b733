"""Label selectors of requests, and why the API refuses some."""

from __future__ import annotations

import pytest

from simarena.apiserver.selectors.labels import read_labels
from simarena.errors import ApiError

NO_INTEGER = "for 'Gt', 'Lt' operators, the value must be an integer"
LABELS = {"app": "x", "tier": "2", "empty": ""}


@pytest.mark.parametrize(
    ("selector", "wanted"),
    [
        ("", True),
        ("app=x", True),
        ("app==x", True),
        ("app!=x", False),
        ("none!=x", True),
        ("app", True),
        ("!app", False),
        ("!none", True),
        ("app in (x, y) , tier", True),
        ("app notin (x)", False),
        ("none notin (x)", True),
        ("tier>1", True),
        ("tier<2", False),
        ("app>1", False),
        ("empty=", True),
        ("empty in ()", True),
        ("app=x,tier!=2", False),
        ("app in (x,)", True),
    ],
)
def test_a_selector_wants_some_labels(selector: str, wanted: bool) -> None:
    assert read_labels(selector).matches(LABELS) is wanted


@pytest.mark.parametrize(
    ("selector", "message"),
    [
        ("app===x", "unable to parse requirement: found '=', expected: identifier"),
        ("app in (x", "unable to parse requirement: found '', expected: ',' or ')'"),
        ("app notin", "unable to parse requirement: found '' expected: '('"),
        ("!app=x", "found '=', expected: ',' or 'end of string'"),
        ("app=x,", "found '', expected: identifier after ','"),
        (
            "tier>x",
            f'unable to parse requirement: values[0]: Invalid value: "x": {NO_INTEGER}',
        ),
        (
            "app b",
            "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt",
        ),
    ],
)
def test_a_malformed_selector_is_refused_in_the_apis_words(selector: str, message: str) -> None:
    with pytest.raises(ApiError) as caught:
        read_labels(selector)
    assert caught.value.status["message"] == message
    assert caught.value.status["code"] == 400


@pytest.mark.parametrize("selector", ["a=-b", "x/y/z=1", "ä=1", 'app="x"', "a=" + 64 * "x"])
def test_keys_and_values_have_to_be_those_of_labels(selector: str) -> None:
    with pytest.raises(ApiError, match=r"unable to parse requirement: .*Invalid value"):
        read_labels(selector)
