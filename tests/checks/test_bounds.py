from __future__ import annotations

import math

import pytest

from simarena.checks.bounds import check_kind, check_number, check_whole, is_finite, is_whole
from simarena.errors import ConfigError, ScenarioError, shown


@pytest.mark.parametrize("value", [True, 1.0, "1", None, [1], 1j])
def test_only_integers_are_whole(value: object) -> None:
    assert not is_whole(value)
    with pytest.raises(ConfigError, match="x must be a whole number from 0 to 5, got"):
        check_whole("x", value, 0, 5)


@pytest.mark.parametrize("value", [-1, 6, 10**5_000], ids=shown)
def test_bounds_of_whole_numbers_belong_to_them(value: int) -> None:
    for within in (0, 5):
        check_whole("x", within, 0, 5)
    with pytest.raises(ConfigError, match="x must be a whole number from 0 to 5, got"):
        check_whole("x", value, 0, 5)


@pytest.mark.parametrize("value", [True, "1", None, math.nan, math.inf, 10**400], ids=shown)
def test_a_number_is_one_that_a_float_can_hold(value: object) -> None:
    assert not is_finite(value)
    with pytest.raises(ConfigError, match="x must be a finite number from 0 on, got"):
        check_number("x", value, 0)


def test_bounds_of_numbers_belong_to_them() -> None:
    for within in (0, 0.5, 1):
        check_number("x", within, 0, 1)
    with pytest.raises(ScenarioError, match=r"x must be a finite number from 0 to 1, got 1\.01"):
        check_number("x", 1.01, 0, 1, error=ScenarioError)


def test_a_value_of_another_kind_is_shown() -> None:
    check_kind("x", "text", str, "text")
    with pytest.raises(ConfigError, match=r"^x must be text, got \[1, 2, 3, 4, 5, 6, \.\.\.\]$"):
        check_kind("x", list(range(1, 100)), str, "text")
