"""The parameter `timeout` of requests, a duration as Go writes them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from simarena.apiserver.rest.options import first
from simarena.apiserver.status import bad_request

if TYPE_CHECKING:
    from simarena.apiserver.wire.request import Request

_PART: Final = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)")
_SECONDS: Final = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3_600}
_LONGEST_S: Final = 60.0


def timeout_s(request: Request) -> float:
    """Return how long a request may take. Raises ApiError where it says no duration."""
    text = first(request.query, "timeout")
    if not text:
        return _LONGEST_S
    rest = text.removeprefix("-").removeprefix("+")
    parts = _PART.findall(rest)
    if rest != "0" and "".join(number + unit for number, unit in parts) != rest:
        message = f'invalid timeout specified in the request URL - time: invalid duration "{text}"'
        raise bad_request(message)
    seconds = sum(float(number) * _SECONDS[unit] for number, unit in parts)
    return _LONGEST_S if text.startswith("-") or not seconds else min(seconds, _LONGEST_S)
