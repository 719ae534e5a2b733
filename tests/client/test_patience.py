from __future__ import annotations

import pickle
from typing import TYPE_CHECKING

import pytest

from simarena.client.patience import Patience
from simarena.errors import AnsweredError, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Callable


def answered(code: int, reason: str = "", retry_after_s: float | None = None) -> AnsweredError:
    return AnsweredError("no", code=code, reason=reason, retry_after_s=retry_after_s)


def failing(*errors: Exception) -> Callable[[], str]:
    left = list(errors)

    def request() -> str:
        if left:
            raise left.pop(0)
        return "done"

    return request


def test_waits_grow_and_what_the_api_asks_for_comes_first() -> None:
    waits: list[float] = []
    patience = Patience(attempts=5, first_wait_s=1, most_wait_s=3)
    request = failing(answered(500), answered(429, retry_after_s=7), answered(503), answered(503))
    assert patience.call(request, waits.append) == "done"
    assert waits == [1, 7, 3, 3]


@pytest.mark.parametrize(
    "error",
    [
        answered(401),
        answered(403),
        answered(409, "AlreadyExists"),
        answered(422),
        answered(429, retry_after_s=1_000),
        UnreachableError("wrong certificate", passes=False),
    ],
    ids=str,
)
def test_what_does_not_pass_is_not_tried_again(error: Exception) -> None:
    waits: list[float] = []
    with pytest.raises(type(error)):
        Patience(attempts=5).call(failing(error), waits.append)
    assert waits == []


def test_a_conflict_and_a_lost_connection_may_pass() -> None:
    request = failing(answered(409, "Conflict"), UnreachableError("reset"))
    assert Patience(attempts=3).call(request, lambda _: None) == "done"


def test_the_last_failure_stands() -> None:
    with pytest.raises(AnsweredError, match="no"):
        Patience(attempts=2).call(failing(*[answered(500)] * 3), lambda _: None)


def test_an_answer_goes_through_a_pickle() -> None:
    error = pickle.loads(pickle.dumps(answered(429, "TooManyRequests", 2.0)))
    assert (error.code, error.reason, error.retry_after_s) == (429, "TooManyRequests", 2.0)
