"""How many examples hypothesis tries where kernels take their time."""

from __future__ import annotations

import os
from typing import Final

from hypothesis import settings

INTERPRETED: Final = os.environ.get("NUMBA_DISABLE_JIT", "0") not in {"", "0"}

_SHARE: Final = 3  # of so many examples one
"""Interpreted, a kernel takes a hundred times as long. What is left out has been tried compiled;
what remains looks whether both ways come to the same, and for rows that no table has."""


def tried(number: int) -> int:
    """Return how many of so many examples to try: all, or a third where kernels are interpreted."""
    return max(1, number // _SHARE) if INTERPRETED else number


def examples(number: int) -> settings:
    """Return the decorator of a property that so many examples are to be tried of."""
    return settings(max_examples=tried(number), deadline=None)
