from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from simarena.checks.plain_fields import check_plain_fields
from simarena.errors import ConfigError, ScenarioError


@dataclass(kw_only=True)
class Some:
    count: int = 1
    share: float | None = None
    name: str = "a"
    flag: bool = False
    widths: tuple[int, ...] = ()
    either: int | str = 0
    other: dict[str, int] | None = None


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"count": -(2**63) + 1},
        {"share": 1},
        {"share": 0.5},
        {"widths": (1, 2)},
        {"either": "x"},
        {"other": "looked at by nobody"},
    ],
)
def test_values_of_the_declared_kind_pass(values: dict[str, Any]) -> None:
    check_plain_fields(Some(**values))


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"count": True}, "count must be a whole number of up to 64 bits, got True"),
        ({"count": 1.0}, "count must be a whole number"),
        ({"count": None}, "count must be a whole number"),
        ({"count": 2**63}, "count must be a whole number"),
        ({"count": 10**5_000}, "a very large int"),
        ({"share": float("nan")}, "share must be a number, got nan"),
        ({"share": float("inf")}, "share must be a number"),
        ({"share": "0.5"}, "share must be a number"),
        ({"name": 1}, "name must be text"),
        ({"name": "a\nb"}, "name must be text"),
        ({"name": "\ud800"}, "name must be text"),
        ({"flag": 1}, "flag must be true or false"),
        ({"widths": [1]}, "widths must be a list, each of it a whole number"),
        ({"widths": (1, None)}, "widths must be a list"),
        ({"either": 1.5}, "either must be a whole number of up to 64 bits or text"),
        ({"name": ["x" * 1_000]}, r"x\.\.\.x"),
    ],
)
def test_any_other_value_is_refused_in_a_line_that_names_the_field(
    values: dict[str, Any], said: str
) -> None:
    with pytest.raises(ConfigError, match=said) as failed:
        check_plain_fields(Some(**values))
    assert str(failed.value).isprintable()


def test_where_and_which_error_is_the_callers_to_say() -> None:
    with pytest.raises(ScenarioError, match=r"^scenario 'a': count must be"):
        check_plain_fields(Some(count=0.5), "scenario 'a': ", ScenarioError)  # type: ignore[arg-type]
