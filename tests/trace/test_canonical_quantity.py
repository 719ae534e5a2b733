"""Quantities are written as the API writes them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simarena.trace.quantity import canonical_quantity, parse_quantity, stored_resource

AMOUNTS = st.builds(
    "{}{}".format,
    st.integers(0, 10**6),
    st.sampled_from(["", "m", "k", "M", "G", "Ki", "Mi", "Gi", "e3"]),
)


@pytest.mark.parametrize(
    ("given_", "kept"),
    [
        ("0.5", "500m"),
        ("1000m", "1"),
        ("1024Ki", "1Mi"),
        ("1.5Gi", "1536Mi"),
        ("1000", "1k"),
        ("1e3", "1e3"),
        ("0", "0"),
        ("0Ki", "0"),
    ],
)
def test_a_quantity_is_written_with_the_largest_unit_that_leaves_it_whole(
    given_: str, kept: str
) -> None:
    assert canonical_quantity(given_) == kept


@pytest.mark.parametrize(("given_", "kept"), [("0.1m", "1m"), ("1500u", "2m"), ("100m", "100m")])
def test_an_amount_of_a_resource_is_rounded_up_to_thousandths(given_: str, kept: str) -> None:
    assert stored_resource(given_) == kept


@given(AMOUNTS)
def test_writing_changes_no_value_and_is_done_once(amount: str) -> None:
    kept = canonical_quantity(amount)
    assert parse_quantity(kept) == parse_quantity(amount)
    assert canonical_quantity(kept) == kept
