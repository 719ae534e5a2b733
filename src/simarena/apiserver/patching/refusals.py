"""What the API answers where it refuses a request, in its words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from simarena.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Iterable


class Cause(NamedTuple):
    """One of the reasons for which a request is refused."""

    reason: str
    message: str
    field: str


def refusal(
    code: int,
    reason: str,
    text: str,
    *,
    causes: Iterable[Cause] = (),
    details: dict[str, Any] | None = None,
) -> ApiError:
    """Return the refusal of a request, with HTTP code, the API's word for it and its whole text.

    The word may be empty. `details` are those besides the causes; None if there are none at all.
    """
    status: dict[str, Any] = {"kind": "Status", "apiVersion": "v1", "metadata": {}}
    status |= {"status": "Failure", "message": text}
    if reason:
        status["reason"] = reason
    told = [cause._asdict() for cause in causes]
    if told or details is not None:
        status["details"] = dict(details or {}) | ({"causes": told} if told else {})
    return ApiError(status | {"code": code})
