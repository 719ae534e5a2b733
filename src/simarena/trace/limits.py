"""What an action may change, and how a container's limit follows its request: the one rule.

Plain numbers only, so that kernels compile the same functions.
"""

from __future__ import annotations

import math
from typing import Final

# The first float above the largest limit that a quantity in a trace can say.
_TOO_LARGE: Final = float((2**63 - 1) // 1000 + 1)


def crosses(value: int, change: int, low: int, high: int) -> bool:
    """Return whether a change leads out of the limits, or further out; the way back is free."""
    return (change > 0 and value + change > high) or (change < 0 and value + change < low)


def outgrows(limit: int, old_request: int, new_request: int) -> bool:
    """Return whether `scaled_limit` would be more than a trace can hold; below 0: no limit."""
    if limit < 0 or new_request == old_request:
        return False
    if old_request > 0:
        return limit * (new_request / old_request) >= _TOO_LARGE
    return max(limit, new_request) >= _TOO_LARGE


def scaled_limit(limit: int, old_request: int, new_request: int) -> int:
    """Return the limit after its request went from `old_request` to `new_request`.

    The limit keeps its ratio to the request, rounded up, and is never below the request. All three
    are in the same unit, millicores or bytes.
    """
    if old_request > 0:
        return max(new_request, math.ceil(limit * (new_request / old_request)))
    return max(limit, new_request)
