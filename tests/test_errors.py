from __future__ import annotations

import pickle
from typing import Any

import pytest

from simarena.errors import SimArenaError, TraceError, UnknownNameError, shown


def test_a_message_is_one_printable_line_whatever_came_in() -> None:
    assert str(TraceError("a\nb\x1b[31m\ud800 é")) == r"a\nb\x1b[31m\ud800 é"


def test_an_error_goes_through_a_pickle() -> None:
    error = pickle.loads(pickle.dumps(SimArenaError("a\nb")))
    assert str(error) == r"a\nb"


def nested(depth: int) -> Any:
    value: Any = None
    for _ in range(depth):
        value = [value]
    return value


def bomb() -> Any:
    value: Any = ["ha"] * 10
    for _ in range(12):
        value = [value] * 10
    return value


@pytest.mark.parametrize(
    "value",
    [10**5_000, nested(3_000), bomb(), "x" * 10**6, object()],
    ids=lambda value: type(value).__name__,
)
def test_a_value_in_a_message_is_short(value: object) -> None:
    assert 0 < len(shown(value)) < 200


@pytest.mark.parametrize(
    "name", [5, None, ["x"], 10**5_000, nested(3_000)], ids=lambda value: type(value).__name__
)
def test_a_name_that_is_no_text_is_unknown(name: object) -> None:
    assert "there is no reward" in str(UnknownNameError("reward", name, ("base", "shaped")))
