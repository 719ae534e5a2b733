from __future__ import annotations

from typing import Any

import pytest

from simarena.apiserver.conformance.bodies import built


@pytest.mark.parametrize(
    ("recorded", "sent"),
    [
        ({"data": {"a": {"$note": "3 times 'x'"}}}, {"data": {"a": "xxx"}}),
        ({"data": {"$note": "a: 3 times x"}}, {"data": {"a": "xxx"}}),
        ({"$note": "list of 2 times the item", "item": {"op": "add"}}, [{"op": "add"}] * 2),
        ({"data": {"a": "1"}}, {"data": {"a": "1"}}),
        ("text", "text"),
    ],
    ids=["value", "key and value", "list", "as recorded", "no object"],
)
def test_what_was_too_large_is_made_as_its_note_tells(recorded: Any, sent: Any) -> None:
    assert built(recorded) == sent


def test_a_large_object_has_the_size_that_its_note_tells() -> None:
    assert len(built({"$note": "Secret s with data.a of 5 A"})["data"]["a"]) == 5
