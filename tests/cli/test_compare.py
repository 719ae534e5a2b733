"""`simarena compare`: one table and one set of plots for any agents."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from simarena.cli import main
from simarena.evaluation.failure import Failure, failures_to_lines
from simarena.evaluation.outcome import Outcome, outcomes_to_lines

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

CLASSIC = ["--suite", "classic", "--seeds", "1"]


def test_a_comparison_leaves_a_table_plots_and_outcomes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", "rules", "noop", "random", *CLASSIC, "--runs", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    assert "rules − noop: solved +85.7%" in shown
    folder = tmp_path / "compare-001"
    text = (folder / "report.md").read_text()
    for picture in ("solve_rates", "solved_by_step", "differences"):
        assert f"(plots/{picture}.png)" in text
        assert (folder / "plots" / f"{picture}.png").read_bytes().startswith(b"\x89PNG")
    assert "| rules − random |" in text
    assert f"simarena compare rules noop random --suite classic --seeds 1 --runs {tmp_path}" in text
    report = json.loads((folder / "report.json").read_text())
    assert [each["agent"] for each in report["agents"]] == ["rules", "noop", "random"]
    assert [path.name for path in tmp_path.iterdir()] == ["compare-001"]


def test_runs_of_one_agent_go_by_their_folders_and_play_what_they_were_trained_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--suite", "classic", "--agent", "greedy", "--steps", "640", "--eval-seeds", "1"]
    for name, observation in (("one", "base"), ("two", "full")):
        more = ["--observation", observation, "--runs", str(tmp_path), "--name", name]
        assert main(["train", *options, *more, "--eval-suite", "classic"]) == 0
    capsys.readouterr()
    runs = [str(tmp_path / "one"), str(tmp_path / "two")]
    assert main(["compare", *runs, "rules", "--seeds", "1", "--runs", str(tmp_path), "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["suite"] == "classic"
    assert [each["agent"] for each in result["agents"]] == ["one", "two", "rules"]


def test_recorded_outcomes_stand_beside_agents(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = ["--runs", str(tmp_path)]
    assert main(["compare", "rules", "noop", *CLASSIC, *runs, "--name", "kept"]) == 0
    capsys.readouterr()
    kept = str(tmp_path / "kept" / "outcomes.jsonl")
    assert main(["compare", kept, "random", *CLASSIC, *runs, "--json"]) == 0
    agents = json.loads(capsys.readouterr().out)["agents"]
    assert [each["agent"] for each in agents] == ["rules", "noop", "random"]
    assert main(["compare", kept, "rules", *CLASSIC, *runs]) == 1
    assert "'rules' is in two of the sources" in capsys.readouterr().err


def test_what_models_tell_and_what_failed_is_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sources = []
    for agent in ("lab/one", "lab/two"):
        folder = tmp_path / agent
        folder.mkdir(parents=True)
        plays = [
            Outcome(
                scenario="a",
                family="f",
                seed=seed,
                agent=agent,
                solved=seed == 0,
                steps=1,
                max_steps=9,
                input_tokens=12_000,
                cost_usd=0.25,
            )
            for seed in range(2)
        ]
        failed = Failure(
            scenario="a", family="f", seed=2, agent=agent, kind="provider", message="[busy]"
        )
        (folder / "outcomes.jsonl").write_text(outcomes_to_lines(plays))
        (folder / "failures.jsonl").write_text(failures_to_lines([failed]))
        sources.append(str(folder / "outcomes.jsonl"))
    assert main(["compare", *sources, "--runs", str(tmp_path), "--name", "both"]) == 0
    shown = capsys.readouterr().out
    assert "0.0%" in shown.partition("pass^2")[2]
    assert "12,000" in shown
    assert "0.2500" in shown
    assert "lab/two: plays without a result: 1 (provider 1), mostly: [busy]" in shown
    assert (tmp_path / "both" / "failures.jsonl").read_text().count("\n") == 2
    assert (tmp_path / "both" / "plots" / "cost.png").exists()
