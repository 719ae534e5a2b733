"""How often a request is made again whose failure may pass: the one way of trying again."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from simarena.checks.plain_fields import check_plain_fields
from simarena.errors import AnsweredError, ConfigError, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Callable

Result = TypeVar("Result")

_CONFLICT: Final = 409
_PASSING: Final = frozenset({429, 500, 502, 503, 504})
"""Codes by which an API says that it cannot now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How often, and after how long, a request is made again.

    Made again is what the API cannot do now (429, 500, 502, 503, 504), what has met another change
    (409 Conflict), and what had no whole answer. A request that creates may have been carried out
    although its answer was lost: then the repetition is answered with AlreadyExists, which is not
    repeated, and for the caller to look at.
    """

    attempts: int = 1
    """Requests in all."""

    first_wait_s: float = 0.2
    """Before the second; each further wait is twice as long."""

    most_wait_s: float = 5.0
    """The longest wait, but for one that the API asks for itself."""

    most_asked_s: float = 60.0
    """The longest wait that the API may ask for (Retry-After); beyond it the failure stands."""

    def __post_init__(self) -> None:
        """Refuse what is no patience at all."""
        check_plain_fields(self)
        if self.attempts < 1:
            message = f"attempts must be at least 1, got {self.attempts}"
            raise ConfigError(message)

    def call(
        self, request: Callable[[], Result], sleep: Callable[[float], None] = time.sleep
    ) -> Result:
        """Return what a request gives; raise its last failure when patience has come to its end."""
        wait_s = self.first_wait_s
        for attempt in range(1, self.attempts + 1):
            try:
                return request()
            except (AnsweredError, UnreachableError) as error:
                asked_s = getattr(error, "retry_after_s", None)
                may_pass = passes(error) and (asked_s or 0.0) <= self.most_asked_s
                if attempt == self.attempts or not may_pass:
                    raise
                sleep(wait_s if asked_s is None else asked_s)
                wait_s = min(2 * wait_s, self.most_wait_s)
        raise AssertionError  # the last attempt returns or raises


NO_PATIENCE: Final = Patience()
"""Every failure stands, as for somebody who sits before it."""

LIVE_PATIENCE: Final = Patience(attempts=6)
"""That of a run: about six seconds of an API that is down."""


def passes(error: AnsweredError | UnreachableError) -> bool:
    """Return whether what an API has answered, or that it has not, may pass by itself."""
    if isinstance(error, UnreachableError):
        return error.passes
    return error.code in _PASSING or (error.code == _CONFLICT and error.reason == "Conflict")


def is_missing_kind(error: Exception) -> bool:
    """Return whether an API answered that it does not serve such objects at all."""
    return isinstance(error, AnsweredError) and error.code == 404  # noqa: PLR2004 - Not Found
