from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from simarena.mcp.answers.answer import Answer, Row, listed
from simarena.mcp.answers.bounds import MAX_BYTES, clipped, clipped_start, shortened, shrunk, size

TEXTS = st.text(st.characters(exclude_categories=[]), max_size=40) | st.builds(
    lambda each, times: each * times, st.text(min_size=1, max_size=3), st.integers(1, 9_000)
)
RECORDS = st.fixed_dictionaries(
    {
        "name": TEXTS,
        "count": st.integers(),
        "labels": st.dictionaries(TEXTS, TEXTS, max_size=100),
        "items": st.lists(st.fixed_dictionaries({"text": TEXTS, "ready": st.booleans()})),
    }
)


def shape(data: Any) -> Any:
    """Return which kinds of values a record has, lists and names of somebody's left out."""
    return {name: type(value).__name__ for name, value in data.items()}


@given(TEXTS, RECORDS)
def test_every_answer_fits_keeps_its_shape_and_can_be_printed(text: str, data: Any) -> None:
    fitted = Answer(text, data).fitted()
    assert len(fitted.text.encode()) + size(fitted.data) <= MAX_BYTES
    assert shape(fitted.data) == shape(data)
    assert all(shape(each) == {"text": "str", "ready": "bool"} for each in fitted.data["items"])
    for line in fitted.text.split("\n"):
        assert all(part.isprintable() for part in line.split("\t"))
    json.dumps(fitted.data).encode()


@given(TEXTS, RECORDS)
def test_what_fits_and_can_be_printed_stays_as_it_is(text: str, data: Any) -> None:
    once = Answer(text, data).fitted()
    assert once.fitted() == once


def test_a_text_is_cut_with_word_of_how_much_is_missing() -> None:
    assert shortened("abcdef", 6) == "abcdef"
    assert shortened("a" * 100, 30) == "aaaaaa...(94 left out)"
    assert clipped("a" * 200, 100) == "a" * 20 + "\n... 180 bytes left out"
    assert clipped_start("a\n" * 100, 100).startswith("... 182 bytes left out\na\n")
    assert clipped_start("a" * 200, 100) == "... 180 bytes left out\n" + "a" * 20


def test_data_is_cut_no_further_than_it_has_to_be() -> None:
    data = {"message": "a" * 5_000, "reason": "short", "items": [1, 2, 3]}
    cut = shrunk(data, 2_000)
    assert cut["message"] == "a" * 976 + "...(4024 left out)"
    assert (cut["reason"], cut["items"]) == ("short", [1, 2, 3])


@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=60), st.integers(1, 60), TEXTS, TEXTS)
def test_a_list_shows_all_its_rows_page_by_page(
    pairs: list[tuple[str, str]], limit: int, what: str, note: str
) -> None:
    found = list(enumerate(pairs))
    seen: list[int] = []
    cursor = ""
    while True:
        answer = listed(
            what,
            ("NAME", "TEXT"),
            found,
            lambda each: Row(list(each[1]), {"number": each[0], "text": each[1][1]}),
            limit=limit,
            cursor=cursor,
            identity=lambda each: str(each[0]),
            note=note,
        )
        whole = answer.fitted()
        assert whole.text == answer.text or "left out" in answer.text + whole.text
        assert len(whole.text.encode()) + size(whole.data) <= MAX_BYTES
        assert 1 <= answer.data["shown"] == len(whole.data["items"]) <= limit
        seen += [each["number"] for each in whole.data["items"]]
        cursor = answer.data["next_cursor"]
        if not cursor:
            break
        assert f"the next ones: cursor={cursor}" in answer.text
    assert seen == list(range(len(pairs)))
