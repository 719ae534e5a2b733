from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from simarena.trace import scaled_limit


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
