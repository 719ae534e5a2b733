"""Plays without a result: kept, counted by agent and kind, and not counted twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simarena.errors import RunError
from simarena.evaluation.failure import (
    Failure,
    count_failures,
    failures_to_lines,
    read_failures,
    without_result,
)
from simarena.evaluation.outcome import Outcome

if TYPE_CHECKING:
    from pathlib import Path


def failure(**changes: Any) -> Failure:
    values: dict[str, Any] = {
        "scenario": "a1",
        "family": "a",
        "seed": 0,
        "agent": "x",
        "kind": "provider",
        "message": "429 Too Many Requests",
    }
    return Failure(**(values | changes))


def test_they_come_back_as_they_were(tmp_path: Path) -> None:
    failures = [failure(), failure(agent="y", message="two\nlines")]
    path = tmp_path / "failures.jsonl"
    path.write_text(failures_to_lines(failures))
    assert read_failures(path) == failures
    path.write_text("")
    assert read_failures(path) == []


def test_what_is_no_failure_is_said_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "failures.jsonl"
    path.write_text(failures_to_lines([failure()]) + '{"scenario": "a"}\n')
    with pytest.raises(RunError, match="line 2 is no failure of a play"):
        read_failures(path)


def test_a_play_made_again_is_no_play_without_result() -> None:
    outcome = Outcome(
        scenario="a1", family="a", seed=0, agent="x", solved=False, steps=1, max_steps=9
    )
    other = failure(seed=1)
    again = failure(seed=1, message="still broken")
    assert without_result([failure(), other, again, failure(agent="y")], [outcome]) == [
        again,
        failure(agent="y"),
    ]


def test_counts_name_kinds_and_the_most_frequent_messages() -> None:
    failures = [
        failure(),
        failure(seed=1, kind="environment", message="broken\n  pipe"),
        failure(seed=2, kind="environment", message="broken pipe"),
        *(failure(seed=3 + seed, message=str(seed)) for seed in range(5)),
        failure(agent="y", message="x" * 1000),
    ]
    first, second = count_failures(failures)
    assert (first.agent, first.num_plays) == ("x", 8)
    assert list(first.kinds.items()) == [("provider", 6), ("environment", 2)]
    assert first.messages[0] == ("broken pipe", 2)
    assert len(first.messages) == 3
    assert len(second.messages[0][0]) == 300
    assert first.to_json()["messages"][0] == {"message": "broken pipe", "num_plays": 2}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("busy (request id: req_011CQxyz)", "busy (request id: req_vrtx_77)"),
        ("busy, request_id='abc-def'", "busy, request_id='ghi'"),
        ("<Socket object at 0x7f3a>", "<Socket object at 0x9BC1>"),
        (
            "task 123e4567-e89b-12d3-a456-426614174000 died",
            "task 9b2d0a7e-0000-4abc-8def-0123456789ab died",
        ),
        ("at 2026-01-02T03:04:05.678Z: overloaded", "at 2026-11-12 13:14:15+00:00: overloaded"),
        ("retry after Mon 03:04:05", "retry after Mon 13:14:15"),
        ("Please try again in 1.29s", "Please try again in 540ms"),
        ("Used 198234 of 200,000", "Used 199,001 of 200,000"),
        ("127.0.0.1:45678 refused", "127.0.0.1:51234 refused"),
        ("chatcmpl-9XyZ12aBcDe34 failed", "chatcmpl-8AbC98zYxWv76 failed"),
    ],
)
def test_messages_that_differ_in_ids_and_times_alone_count_as_one(one: str, other: str) -> None:
    (counted,) = count_failures([failure(message=one), failure(seed=1, message=other)])
    assert counted.messages == ((one, 2),)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("429 Too Many Requests", "529 Overloaded"),
        ("HTTP 500", "HTTP 503"),
        ("no such model: a", "no such model: b"),
        ("1 of 3 failed", "2 of 3 failed"),
    ],
)
def test_messages_that_say_different_things_stay_apart(one: str, other: str) -> None:
    (counted,) = count_failures([failure(message=one), failure(seed=1, message=other)])
    assert counted.messages == ((one, 1), (other, 1))


@given(st.lists(st.text(max_size=40)))
def test_every_message_is_counted_once_whatever_it_says(messages: list[str]) -> None:
    failures = [failure(seed=seed, message=message) for seed, message in enumerate(messages)]
    for each in count_failures(failures):
        total = sum(count for _, count in each.messages)
        assert total == len(messages) or (total < len(messages) and len(each.messages) == 3)
