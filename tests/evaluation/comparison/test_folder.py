"""The folder of a comparison, new or filled again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from simarena.evaluation.comparison.compare import compare_agents
from simarena.evaluation.comparison.folder import fill_comparison, write_comparison
from simarena.evaluation.failure import Failure, read_failures
from simarena.evaluation.outcome import Outcome, read_outcomes
from simarena.evaluation.run_folder import RunFolder

if TYPE_CHECKING:
    from pathlib import Path

PLAYS = [
    Outcome(scenario="a", family="f", seed=0, agent=agent, solved=True, steps=1, max_steps=9)
    for agent in ("x", "y")
]
FAILURE = Failure(
    scenario="a", family="f", seed=1, agent="z", kind="provider", message="no credit left"
)


def test_failures_are_kept_beside_outcomes(tmp_path: Path) -> None:
    path = tmp_path / "c"
    comparison = compare_agents(PLAYS, "s", [FAILURE])
    write_comparison(path, comparison, PLAYS, command=["simarena", "bench"], failures=[FAILURE])
    assert read_outcomes(path / "outcomes.jsonl") == PLAYS
    assert read_failures(path / "failures.jsonl") == [FAILURE]
    report = json.loads((path / "report.json").read_text())
    assert (report["comparison"], report["command"]) == ("c", "simarena bench")
    assert report["failures"][0]["kinds"] == {"provider": 1}
    text = (path / "report.md").read_text()
    assert text.startswith("# c: x, y\n")
    assert "| z | 1 | provider 1 | no credit left (1) |" in text


def test_a_folder_that_is_there_is_filled_as_often_as_wanted(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    (tmp_path / "mine.txt").write_text("kept")
    fill_comparison(folder, compare_agents([], "s", [FAILURE]), [], [FAILURE])
    assert (tmp_path / "report.md").read_text().startswith(f"# {tmp_path.name}: z\n")
    assert list(folder.plots.iterdir()) == []
    facts = {"temperature": "0", "task": "`simarena/arena` version 1"}
    fill_comparison(folder, compare_agents(PLAYS, "s"), PLAYS, name="two", facts=facts)
    assert not folder.failures.exists()
    assert (folder.plots / "differences.png").exists()
    text = (tmp_path / "report.md").read_text()
    assert "| temperature | 0 |\n| task | `simarena/arena` version 1 |" in text
    assert "(plots/differences.png)" in text
    report = json.loads((tmp_path / "report.json").read_text())
    assert (report["facts"], report["comparison"]) == (facts, "two")
    fill_comparison(folder, compare_agents(PLAYS[:1], "s"), PLAYS[:1])
    assert not (folder.plots / "differences.png").exists()
    assert (tmp_path / "mine.txt").read_text() == "kept"
