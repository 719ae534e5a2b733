"""How a container's limit follows its request. Plain numbers only, so that a kernel can use it."""

from __future__ import annotations

import math


def scaled_limit(limit: int, old_request: int, new_request: int) -> int:
    """Return the limit after its request went from `old_request` to `new_request`.

    The limit keeps its ratio to the request, rounded up, and is never below the request. All three
    are in the same unit, millicores or bytes.
    """
    if old_request > 0:
        return max(new_request, math.ceil(limit * (new_request / old_request)))
    return max(limit, new_request)
