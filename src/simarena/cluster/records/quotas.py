"""Rows of what ResourceQuotas bound, and of what pods are charged for."""

from __future__ import annotations

import numpy as np

BOUND = np.dtype(
    [
        ("hard", np.int64),  # in the units of the bound: see rows/quotas.py
        ("used", np.int64),  # by all pods that have not ended
        ("quota", np.int32),  # number of the quota, equal for all that it bounds
    ],
    align=True,
)

CHARGE = np.dtype(
    [
        ("amount", np.int64),  # that one pod counts for
        ("bound", np.int32),
        ("number", np.int32),  # what the log calls the charge
        ("next", np.int32),  # of the same template; those of one quota follow each other
    ],
    align=True,
)
