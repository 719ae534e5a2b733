"""Files of outcomes: what was written comes back, and damage is said in a line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from simarena.errors import RunError
from simarena.evaluation.outcome import Outcome, outcomes_to_lines, read_outcomes

if TYPE_CHECKING:
    from pathlib import Path


def outcome(**changes: Any) -> Outcome:
    values: dict[str, Any] = {
        "scenario": "a",
        "family": "f",
        "seed": 0,
        "agent": "x",
        "solved": True,
        "steps": 3,
        "max_steps": 10,
    }
    return Outcome(**(values | changes))


def test_they_come_back_as_they_were(tmp_path: Path) -> None:
    outcomes = [
        outcome(),
        outcome(solved=False, optimal_steps=2, waste=1.5, split="held-out", reward=-1.25),
    ]
    path = tmp_path / "outcomes.jsonl"
    path.write_text(outcomes_to_lines(outcomes))
    assert read_outcomes(path) == outcomes
    assert path.read_text().count("\n") == 2


def test_keys_of_others_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "outcomes.jsonl"
    path.write_text(outcomes_to_lines([outcome()]).replace("{", '{"tokens":17,', 1))
    assert read_outcomes(path) == [outcome()]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "holds no outcomes"),
        ("nonsense", "line 1 is no outcome"),
        (outcomes_to_lines([outcome()]) + '{"scenario": "a"}\n', "line 2 is no outcome"),
        (outcomes_to_lines([outcome()]).replace(":3", ":-3"), r"steps"),
        ("[" * 100_000, "line 1 is no outcome"),
    ],
)
def test_what_is_no_outcome_is_said_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "outcomes.jsonl"
    path.write_text(text)
    with pytest.raises(RunError, match=said) as raised:
        read_outcomes(path)
    assert "\n" not in str(raised.value)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="cannot be read"):
        read_outcomes(tmp_path / "nowhere.jsonl")
