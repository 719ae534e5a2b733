"""`simarena leaderboard`: run folders become one page."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from simarena.cli import main

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

CLASSIC = ["--suite", "classic", "--seeds", "1"]


def test_folders_of_comparisons_become_one_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs, page = ["--runs", str(tmp_path)], tmp_path / "board.html"
    assert main(["compare", "rules", "noop", *CLASSIC, *runs, "--name", "one"]) == 0
    assert main(["compare", "random", "noop", *CLASSIC, *runs, "--name", "two"]) == 0
    capsys.readouterr()
    folders = [str(tmp_path / "one"), str(tmp_path / "two")]
    assert main(["leaderboard", *folders, "--out", str(page), "--title", "Mine"]) == 0
    shown = capsys.readouterr().out
    assert "rules" in shown
    assert f"Page: {page}" in shown
    text = page.read_text()
    assert "<h1>Mine</h1>" in text
    assert "3 agents on classic" in text
    assert main(["leaderboard", *folders, "--out", str(page)]) == 1
    assert "exists already" in capsys.readouterr().err
    assert "<h1>Mine</h1>" in page.read_text()
    assert main(["leaderboard", *folders, "--out", str(page), "--force", "--json"]) == 0
    values = json.loads(capsys.readouterr().out)
    assert values["agents"][0]["agent"] == "rules"
    assert (values["page"], values["common"]) == (str(page), True)


def test_a_folder_without_outcomes_leaves_no_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "board.html"
    assert main(["leaderboard", str(tmp_path), "--out", str(page)]) == 1
    assert "holds neither outcomes.jsonl" in capsys.readouterr().err
    assert not page.exists()


def test_a_place_that_cannot_be_written_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", "rules", "noop", *CLASSIC, "--runs", str(tmp_path)]) == 0
    out = str(tmp_path / "nowhere" / "board.html")
    assert main(["leaderboard", str(tmp_path / "compare-001"), "--out", out]) == 1
    assert "cannot be written" in capsys.readouterr().err
