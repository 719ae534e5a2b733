from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simarena.trace.limits import crosses, outgrows, scaled_limit


def test_a_limit_keeps_its_ratio_rounded_up() -> None:
    assert scaled_limit(1000, 500, 1000) == 2000
    assert scaled_limit(1000, 300, 100) == 334


def test_without_an_old_request_the_limit_grows_only_as_needed() -> None:
    assert scaled_limit(1000, 0, 500) == 1000
    assert scaled_limit(100, 0, 500) == 500


@given(st.integers(0, 10**13), st.integers(0, 10**13), st.integers(1, 10**13))
def test_a_request_never_exceeds_its_limit(limit: int, old: int, new: int) -> None:
    scaled = scaled_limit(limit, old, new)
    assert isinstance(scaled, int)
    assert scaled >= new
    if old > 0:
        assert scaled == max(new, math.ceil(limit * (new / old)))


@pytest.mark.parametrize(
    ("value", "change", "is_over"),
    [(10, 1, True), (9, 1, False), (1, -1, True), (2, -1, False), (12, -1, False), (0, 1, False)],
)
def test_only_the_way_further_out_of_the_limits_is_barred(
    value: int, change: int, is_over: bool
) -> None:
    assert crosses(value, change, 1, 10) == is_over


@given(
    st.integers(1, 2**62), st.integers(0, 2**40), st.integers(0, 2**40).filter(lambda new: new > 0)
)
def test_a_limit_outgrows_a_trace_just_where_the_scaled_one_cannot_be_said(
    limit: int, old: int, new: int
) -> None:
    assert outgrows(limit, old, new) == (
        new != old and scaled_limit(limit, old, new) > (2**63 - 1) // 1000
    )


def test_where_there_is_no_limit_none_outgrows() -> None:
    assert not outgrows(-1, 1, 2**60)
