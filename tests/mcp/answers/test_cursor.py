from __future__ import annotations

import pytest
from tests.mcp._sessions import call, refusal, said, session

from simarena.errors import RefusedError
from simarena.mcp.answers.cursor import Cursor


def test_a_list_goes_on_after_the_last_one_shown_wherever_it_has_got_to() -> None:
    cursor = Cursor.read(str(Cursor.after(2, "b")))
    assert cursor.position(["a", "b", "c", "d"], str) == 2
    assert cursor.position(["new", "a", "b", "c"], str) == 3
    assert cursor.position(["b", "c", "d"], str) == 1


def test_a_list_goes_on_at_the_same_place_if_the_last_one_shown_is_gone() -> None:
    cursor = Cursor.after(2, "b")
    assert cursor.position(["a", "c", "d"], str) == 1
    assert cursor.position([], str) == 0


@pytest.mark.parametrize("text", ["x", "1", "1-", "-1-00000000", "1-0000000g", "1-00000000 "])
def test_what_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(RefusedError, match="next_cursor of an earlier answer"):
        Cursor.read(text)


def test_pods_are_read_page_by_page_over_the_protocol() -> None:
    served = session()
    (first,) = call(served, ("get_pods", {"limit": 2}))
    assert first.structured_content is not None
    cursor = first.structured_content["next_cursor"]
    (second,) = call(served, ("get_pods", {"limit": 2, "cursor": cursor}))
    assert second.structured_content is not None
    assert "showing 3 to 3 of 3" in said(second)
    assert second.structured_content["next_cursor"] == ""
    names = [
        each["name"]
        for page in (first, second)
        for each in (page.structured_content or {})["items"]
    ]
    assert sorted(names) == [pod["metadata"]["name"] for pod in served.backend.list("Pod", None)]
    assert "next_cursor" in refusal(served, "get_pods", cursor="3")
