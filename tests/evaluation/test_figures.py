"""Figures as text."""

from __future__ import annotations

from typing import Any

from simarena.evaluation.figures import figure, money, percent, whole, with_bounds


def of(value: float | None, low: float | None = None, high: float | None = None) -> dict[str, Any]:
    return {"value": value, "low": low, "high": high}


def test_what_is_unknown_is_a_dash_and_intervals_are_in_brackets() -> None:
    assert percent(of(0.5, 0.25, 0.75)) == "50.0 % [25.0, 75.0]"
    assert percent(of(0.5)) == "50.0 %"
    assert figure(of(2.346, 1, 3)) == "2.35 [1.00, 3.00]"
    assert whole(12345.6) == "12,346"
    assert percent(of(None)) == figure(of(None)) == with_bounds(of(None), money) == "–"


def test_small_amounts_keep_their_digits() -> None:
    assert money(0.0034) == "0.0034"
    assert money(1234.5) == "1,234.50"
    assert with_bounds(of(0.0034, 0.003, 0.004), money) == "0.0034 [0.0030, 0.0040]"
