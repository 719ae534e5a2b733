"""Blank rows: what a row holds before anybody has written into it.

A row is given to something new by copying the blank one over it, so that nothing is left of what
the row stood for before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simarena.cluster.codes import NONE

if TYPE_CHECKING:
    from simarena.cluster.records.world import Rows


def blank(dtype: np.dtype[np.void], *without: str) -> Rows:
    """Return one row, (1,) of a dtype, with NONE in the fields named and 0 in all others."""
    rows = np.zeros(1, dtype)
    for name in without:
        rows[name] = NONE
    rows.setflags(write=False)
    return rows
