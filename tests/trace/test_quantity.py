from __future__ import annotations

import json
import math
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simarena.errors import QuantityError, TraceError
from simarena.trace import (
    format_cpu_milli,
    format_memory_bytes,
    parse_count,
    parse_cpu_milli,
    parse_memory_bytes,
    parse_quantity,
)

INT64_MAX = 2**63 - 1
# Text, and what `ParseQuantity` of k8s.io/apimachinery eed236ceee2c made of it: a decimal, or null
# for an error.
RECORDED: list[tuple[str, str | None]] = [
    (text, value)
    for text, value in json.loads((Path(__file__).parent / "data/quantities.json").read_text())
]
UNITS = {
    "n": Fraction(1, 10**9),
    "u": Fraction(1, 10**6),
    "m": Fraction(1, 1000),
    "": Fraction(1),
    "k": Fraction(10**3),
    "M": Fraction(10**6),
    "G": Fraction(10**9),
    "T": Fraction(10**12),
    "P": Fraction(10**15),
    "E": Fraction(10**18),
    "Ki": Fraction(2**10),
    "Mi": Fraction(2**20),
    "Gi": Fraction(2**30),
    "Ti": Fraction(2**40),
    "Pi": Fraction(2**50),
    "Ei": Fraction(2**60),
    "e3": Fraction(1000),
    "E+3": Fraction(1000),
    "e-3": Fraction(1, 1000),
}


@pytest.mark.parametrize(("text", "recorded"), RECORDED)
def test_text_means_what_it_means_to_the_api(text: str, recorded: str | None) -> None:
    if recorded is None:
        with pytest.raises(QuantityError):
            parse_quantity(text)
        return
    expected = Fraction(recorded)
    if abs(expected) > INT64_MAX:
        with pytest.raises(QuantityError, match="too large"):
            parse_quantity(text)
    elif abs(expected) == INT64_MAX and text != str(INT64_MAX):
        with pytest.raises(QuantityError, match="too large"):  # the API capped it
            parse_quantity(text)
    else:
        assert parse_quantity(text) == expected


@pytest.mark.parametrize(
    ("value", "expected"), [(2, 2), (0.5, Fraction(1, 2)), (1e-05, Fraction(1, 10**5)), (3.0, 3)]
)
def test_plain_numbers_count_as_their_decimal_text(value: float, expected: int | Fraction) -> None:
    assert parse_quantity(value) == expected


@pytest.mark.parametrize(
    "value",
    [None, True, [], {}, b"1", math.nan, math.inf, 2**63, -(2**64), 1 << 20_000, 1e300],
    ids=lambda value: type(value).__name__,
)
def test_what_is_no_quantity_is_refused_in_one_short_line(value: object) -> None:
    with pytest.raises(QuantityError) as caught:
        parse_quantity(value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 120


@pytest.mark.parametrize(
    "text",
    [
        "1e99Gi",
        "1e999999999999",
        "9" * 5000,
        "1e2147483647",
        "0x10",
        "\u0661",
        "1\n",
        "1_000",
        "Infinity",
    ],
)
def test_absurd_text_is_refused(text: str) -> None:
    with pytest.raises(QuantityError):
        parse_quantity(text)


def test_a_quantity_error_is_a_trace_error() -> None:
    assert issubclass(QuantityError, TraceError)


def test_huge_negative_exponents_cost_nothing_and_round_to_a_billionth() -> None:
    assert parse_quantity("1e-2000000000") == Fraction(1, 10**9)


@given(st.decimals(0, 10**6, places=6), st.sampled_from(sorted(UNITS)))
def test_agrees_with_the_obvious_version(number: object, unit: str) -> None:
    exact = Fraction(str(number)) * UNITS[unit]
    rounded = Fraction(math.ceil(exact * 10**9), 10**9)
    text = f"{number}{unit}"
    if rounded > INT64_MAX:
        with pytest.raises(QuantityError):
            parse_quantity(text)
    else:
        assert parse_quantity(text) == rounded
        assert parse_quantity(f"-{text}") == -rounded


@given(st.text(alphabet="0123456789.+-eEinumkKMGTPx ", max_size=12) | st.text(max_size=6))
def test_any_text_gives_a_value_or_a_quantity_error(text: str) -> None:
    try:
        value = parse_quantity(text)
    except QuantityError:
        return
    assert -INT64_MAX <= value <= INT64_MAX


@pytest.mark.parametrize(
    ("value", "cpu_milli"),
    [("500m", 500), ("2", 2000), ("0.1", 100), ("1.0001", 1001), ("1n", 1), (4, 4000), ("0", 0)],
)
def test_cpu_is_rounded_up_to_whole_millicores(value: object, cpu_milli: int) -> None:
    assert parse_cpu_milli(value) == cpu_milli


@pytest.mark.parametrize(
    ("value", "memory_bytes"),
    [
        ("256Mi", 2**28),
        ("1.5Gi", 3 * 2**29),
        ("1k", 1000),
        ("100m", 1),
        ("17.41550499759833Gi", 18699756103),
    ],
)
def test_memory_is_rounded_up_to_whole_bytes(value: object, memory_bytes: int) -> None:
    assert parse_memory_bytes(value) == memory_bytes


def test_counts_are_rounded_up() -> None:
    assert parse_count("110") == 110
    assert parse_count("1.5k") == 1500
    assert parse_count("0.5") == 1


@pytest.mark.parametrize("parse", [parse_cpu_milli, parse_memory_bytes, parse_count])
def test_negative_requests_are_refused(parse: object) -> None:
    with pytest.raises(QuantityError, match="negative"):
        parse("-1m")  # type: ignore[operator]


def test_cpu_that_overflows_in_millicores_is_refused() -> None:
    with pytest.raises(QuantityError, match="too large"):
        parse_cpu_milli("1E")


def test_formats_are_canonical() -> None:
    assert format_cpu_milli(500) == "500m"
    assert format_cpu_milli(2000) == "2"
    assert format_cpu_milli(0) == "0"
    assert format_memory_bytes(2**28) == "256Mi"
    assert format_memory_bytes(2**30) == "1Gi"
    assert format_memory_bytes(3 * 2**29) == "1536Mi"
    assert format_memory_bytes(1000) == "1000"
    assert format_memory_bytes(0) == "0"


@given(st.integers(0, INT64_MAX))
def test_formats_are_read_back_unchanged(value: int) -> None:
    assert parse_memory_bytes(format_memory_bytes(value)) == value
    assert parse_cpu_milli(format_cpu_milli(value)) == value
