"""`simarena train` as a user meets it: what it leaves, what it refuses, and being killed."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
from tests.cli._small import SMALL

from simarena.cli import main
from simarena.trace import Trace

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Refused


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with one finished run in it, `done`."""
    runs = tmp_path_factory.mktemp("cli") / "runs"
    options = ["--agent", "dqn", "--steps", "1600", "--name", "done", "--runs", str(runs)]
    assert main(["train", *SMALL, *options, "--gamma", "0.9"]) == 0
    return runs


def test_a_run_leaves_everything_a_reader_needs(runs: Path) -> None:
    run = runs / "done"
    report = json.loads((run / "report.json").read_text())
    assert [each["agent"] for each in report["evaluation"]["agents"]] == [
        "dqn",
        "rules",
        "blind",
        "greedy",
        "random",
        "noop",
    ]
    assert report["settings"]["gamma"] == 0.9
    assert report["training"]["step"] == 1_600
    text = (run / "report.md").read_text()
    for picture in (
        "learning_curve",
        "solve_rates",
        "solved_by_step",
        "actions_by_state",
        "best_episode",
    ):
        assert f"(plots/{picture}.png)" in text
        assert (run / "plots" / f"{picture}.png").read_bytes().startswith(b"\x89PNG")
    assert [path.name for path in runs.iterdir()] == ["done"]


def test_the_report_is_made_again_from_the_folder_alone(runs: Path, tmp_path: Path) -> None:
    from simarena.evaluation.run_folder import RunFolder
    from simarena.training.report import write_report

    copy = tmp_path / "done"
    shutil.copytree(runs / "done", copy)
    before = (copy / "report.md").read_bytes()
    for name in ("report.md", "report.json", "plots/best_episode.png", "checkpoints/latest.npz"):
        (copy / name).unlink()
    write_report(RunFolder.open(copy))
    assert (copy / "report.md").read_bytes() == before


def test_resuming_a_finished_run_measures_it_again(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", "--resume", str(runs / "done")]) == 0
    assert "report.md" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--agent", "dqm"], "did you mean 'dqn'"),
        (["--agent", "rules"], "nothing to learn"),
        (["--suite", "trian"], "did you mean 'train'"),
        (["--reward", "shape"], "did you mean 'shaped'"),
        (["--suite", "classic", "--observation", "ful"], "did you mean 'full'"),
        (["--suite", "classic", "--transfer", "nowhere"], "no such checkpoint"),
        (["--name", "../up"], "use letters"),
        (["--steps", "0"], "steps must be from 1"),
        (["--trace", "x.sktrace", "--target", "3"], "--deploy"),
        (["--resume", "nowhere"], "is no run folder"),
        (["--steps", "-5"], "steps must be from 1"),
        (["--duration", "0"], "duration_s must be from 1"),
        (["--num-actions", "8"], "num_actions must be from 1 to 7"),
        (["--noise", "nan"], "noise must be a number"),
        (["--seed", "-1"], "seed must be from 0"),
        (["--learning-rate", "nan"], "learning_rate must be a number"),
        (["--eval-suite", "held-uot"], "did you mean 'held-out'"),
        (["--deploy", "web"], "--deploy belongs to a trace"),
        (["--target", "3"], "--target belongs to a trace"),
        (["--suite", "train", "--trace", "x", "--deploy", "w", "--target", "1"], "either a suite"),
        (["--step-penalty", "0.1"], "belongs to reward 'cost_aware_v2'"),
        (["--resume", "nowhere", "--steps", "5"], "leave out --steps"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_leaves_nothing(
    arguments: list[str],
    said: str,
    empty_folder: Path,
    refused: Refused,
) -> None:
    assert said in refused("train", *arguments)


def trace_file(path: Path) -> Path:
    """Write a trace of one Deployment, `web`."""
    from simarena.env import load_suite

    scenario = next(each for each in load_suite("classic") if each.deploy)
    scenario.trace.save(path)
    (path.parent / "name.txt").write_text(scenario.deploy)
    return path


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"--target": "0"}, "target must be from 1"),
        ({"--target": "-3"}, "target must be from 1"),
        ({"--deploy": "nothing-like-it"}, "no workload 'nothing-like-it'"),
        ({"--deploy": "wbe"}, "did you mean 'web'?"),
        ({"--trace": "missing.sktrace"}, "no such file"),
        ({"--trace": "large.json"}, "at most 20000"),
        ({"--trace": "mixed"}, "b.sktrace: is not a trace, or damaged"),
        ({"--nodes": "3x0cpu,32Gi"}, "without capacity"),
        ({"--nodes": "3x1e99cpu,32Gi"}, "1e99"),
        ({"--trace": "empty"}, "holds no traces"),
        ({"--trace": "broken.sktrace"}, "broken.sktrace"),
    ],
)
def test_a_trace_that_will_not_do_is_one_line_and_leaves_nothing(
    changes: dict[str, str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    refused: Refused,
) -> None:
    monkeypatch.chdir(tmp_path)
    trace_file(tmp_path / "a.sktrace")
    (tmp_path / "empty").mkdir()
    whole = (tmp_path / "a.sktrace").read_bytes()
    (tmp_path / "broken.sktrace").write_bytes(whole[:50])
    (tmp_path / "mixed").mkdir()
    (tmp_path / "mixed" / "a.sktrace").write_bytes(whole)
    (tmp_path / "mixed" / "b.sktrace").write_bytes(whole[:50])
    large = Trace.from_bytes(whole).to_json_bytes()
    large = re.sub(rb'"replicas":\s*\d+', b'"replicas":1000000', large)
    (tmp_path / "large.json").write_bytes(large)
    deploy = (tmp_path / "name.txt").read_text()
    before = sorted(tmp_path.rglob("*"))
    options = {"--trace": "a.sktrace", "--deploy": deploy, "--target": "3"} | changes
    assert said in refused("train", *(word for pair in options.items() for word in pair))
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            ["--agent", "dqn", "--observation", "base"],
            "observation 'diagnostic', this asks for 'base'",
        ),
        (["--agent", "dqn", "--num-actions", "4"], "number of actions 7, this asks for 4"),
        (["--agent", "greedy"], "agent 'dqn', this asks for 'greedy'"),
    ],
)
def test_a_checkpoint_of_something_else_is_one_line_and_leaves_nothing(
    runs: Path, changes: list[str], said: str, refused: Refused
) -> None:
    arguments = [*SMALL, "--transfer", str(runs / "done"), "--runs", str(runs), *changes]
    assert said in refused("train", *arguments)
    assert [path.name for path in runs.iterdir()] == ["done"]


@pytest.mark.parametrize("damage", ["empty", "cut", "text", "folder"])
def test_a_damaged_checkpoint_is_one_line_and_leaves_nothing(
    runs: Path, damage: str, tmp_path: Path, refused: Refused
) -> None:
    whole = (runs / "done" / "checkpoints" / "latest.npz").read_bytes()
    path = tmp_path / "latest.npz"
    if damage == "folder":
        path.mkdir()
    else:
        path.write_bytes({"empty": b"", "cut": whole[:-100], "text": b"hello"}[damage])
    arguments = [*SMALL, "--transfer", str(path), "--runs", str(tmp_path / "runs")]
    assert "latest.npz: " in refused("train", *arguments)
    assert [each.name for each in tmp_path.iterdir()] == ["latest.npz"]


def test_a_run_whose_checkpoint_is_damaged_is_refused_and_left_as_it_is(
    runs: Path, tmp_path: Path, refused: Refused
) -> None:
    run = tmp_path / "run"
    shutil.copytree(runs / "done", run, ignore=shutil.ignore_patterns(".lock"))
    latest = run / "checkpoints" / "latest.npz"
    latest.write_bytes(latest.read_bytes()[:-100])
    before = {path: path.stat().st_mtime_ns for path in run.rglob("*") if path.is_file()}
    assert "not a readable checkpoint" in refused("train", "--resume", str(run))
    assert {path: path.stat().st_mtime_ns for path in run.rglob("*") if path.is_file()} == before


def test_a_report_needs_no_command_and_no_metrics(runs: Path, tmp_path: Path) -> None:
    from simarena.evaluation.run_folder import RunFolder
    from simarena.training.report import write_report

    run = tmp_path / "run"
    shutil.copytree(runs / "done", run)
    (run / "command.txt").unlink()
    (run / "metrics.jsonl").unlink()
    assert write_report(RunFolder.open(run))["training"] == {}


@pytest.mark.parametrize("runs_folder", ["file", "file/below"])
def test_a_folder_that_cannot_be_made_is_one_line(
    runs_folder: str, tmp_path: Path, refused: Refused
) -> None:
    (tmp_path / "file").write_text("")
    arguments = [*SMALL, "--steps", "640", "--runs", str(tmp_path / runs_folder)]
    assert "choose another --runs folder" in refused("train", *arguments)
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def test_a_missing_library_is_said_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refused: Refused
) -> None:
    monkeypatch.setattr("simarena.training.job.find_spec", lambda name: None)
    assert "is not installed" in refused("train", *SMALL, "--runs", str(tmp_path / "runs"))
    assert list(tmp_path.iterdir()) == []


def test_episodes_alone_bound_a_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = [*SMALL, "--episodes", "60", "--runs", str(tmp_path), "--name", "run"]
    assert main(["train", *options]) == 0
    report = json.loads((tmp_path / "run" / "report.json").read_text())
    assert 60 <= report["training"]["episodes"] < 60 + 16
    assert "/60 episodes" in capsys.readouterr().out


def test_a_name_that_is_taken_is_refused(runs: Path, refused: Refused) -> None:
    assert "exists already" in refused("train", *SMALL, "--runs", str(runs), "--name", "done")


def test_a_folder_of_traces_is_trained_on(tmp_path: Path) -> None:
    folder = tmp_path / "traces"
    folder.mkdir()
    deploy = ""
    for name in ("a", "b"):
        trace_file(folder / f"{name}.sktrace")
        deploy = (folder / "name.txt").read_text()
    options = ["--trace", str(folder), "--deploy", deploy, "--target", "3", "--steps", "800"]
    small = ["--num-envs", "16", "--eval-seeds", "1", "--max-steps", "20", "--name", "both"]
    assert main(["train", *options, *small, "--runs", str(tmp_path / "runs")]) == 0
    report = json.loads((tmp_path / "runs" / "both" / "report.json").read_text())
    assert report["evaluation"]["num_scenarios"] == 2


def test_the_recorded_trace_is_trained_on(shared: Path, tmp_path: Path) -> None:
    trace = shared / "traces" / "dsb-scaling.sktrace"
    options = ["--trace", str(trace), "--deploy", "nginx-thrift", "--target", "8"]
    small = ["--num-envs", "16", "--eval-seeds", "1", "--steps", "800", "--name", "real"]
    assert main(["train", *options, *small, "--runs", str(tmp_path)]) == 0
    evaluation = json.loads((tmp_path / "real" / "report.json").read_text())["evaluation"]
    rates = {each["agent"]: each["solve_rate"]["value"] for each in evaluation["agents"]}
    assert (rates["rules"], rates["noop"]) == (1.0, 0.0)


def rows_of(run: Path) -> list[dict[str, Any]]:
    """Return the complete rows of metrics, without what the clock says."""
    lines = (run / "metrics.jsonl").read_text().splitlines(keepends=True)
    rows = [json.loads(line) for line in lines if line.endswith("\n")]
    clock = {"seconds", "steps_per_s"}
    return [{key: row[key] for key in row if key not in clock} for row in rows]


def test_kill_9_at_any_moment_loses_at_most_a_checkpoint_interval(tmp_path: Path) -> None:
    interval, steps = 4_000, 16_000
    options = [*SMALL, "--steps", str(steps), "--checkpoint-interval", str(interval)]
    options += ["--runs", str(tmp_path)]
    assert main(["train", *options, "--name", "whole"]) == 0
    process = subprocess.Popen(
        [sys.executable, "-m", "simarena", "train", *options, "--name", "killed"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    run, deadline = tmp_path / "killed", time.monotonic() + 120
    try:
        while not list((run / "checkpoints").glob("step_*.npz")):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.002)
    finally:
        process.kill()
        process.wait()
    reached = rows_of(run)[-1]["step"]
    assert main(["train", "--resume", str(run)]) == 0
    steps_saved = [
        int(path.stem.removeprefix("step_")) for path in (run / "checkpoints").glob("step_*")
    ]
    assert any(reached - interval <= step <= reached for step in steps_saved)
    assert rows_of(run) == rows_of(tmp_path / "whole")
    figures = [
        json.loads((path / "report.json").read_text())["evaluation"]
        for path in (run, tmp_path / "whole")
    ]
    assert figures[0] == figures[1]
    assert not list(run.rglob("*.part"))
