"""Plays without a result: kept, counted by agent and kind, and not counted twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from simarena.errors import RunError
from simarena.training.failure import (
    Failure,
    count_failures,
    failures_to_lines,
    read_failures,
    without_result,
)
from simarena.training.outcome import Outcome

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
