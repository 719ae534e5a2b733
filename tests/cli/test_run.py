"""`simarena run`: an episode, told step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from simarena.cli import main

if TYPE_CHECKING:
    from pathlib import Path


def test_an_episode_is_told_step_by_step(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--agent", "rules", "--scenario", "classic-02"]) == 0
    shown = capsys.readouterr().out
    assert "4 nodes, 3 pods" in shown
    assert "0 of 3 ready, 3 pending (3 short of CPU)" in " ".join(shown.split())
    assert shown.count("−500m CPU") == 2
    assert "Solved after 2 steps" in shown


def test_without_a_scenario_the_seed_chooses_one_held_out(
    capsys: pytest.CaptureFixture[str],
) -> None:
    shown = []
    for seed in ("1", "1", "2"):
        assert main(["run", "--agent", "noop", "--seed", seed]) == 0
        shown.append(capsys.readouterr().out)
    assert shown[0] == shown[1] != shown[2]
    assert shown[0].startswith("held-out-")


def test_an_episode_on_a_recorded_trace_is_told_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from simarena.env import load_suite

    load_suite("classic")[5].trace.save(tmp_path / "a.sktrace")
    options = ["--trace", str(tmp_path / "a.sktrace"), "--deploy", "web", "--target", "3"]
    assert main(["run", "--agent", "rules", *options, "--nodes", "1x4cpu,8Gi"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("a: 1 nodes, 3 pods of web wanted")
    assert "Solved after 2 steps" in shown


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "name either a run's folder, or an agent"),
        (["--agent", "rules", "--scenario", "clasic-02"], "did you mean 'classic-02'"),
        (["--agent", "rules", "--scenario", "nothing-like-it"], "and 1199 more"),
        (["--agent", "rules", "--trace", "a.sktrace"], "--deploy NAME --target N"),
        (["--agent", "rules", "--target", "3"], "--target belongs to a trace"),
        (["--agent", "rules", "--trace", "a", "--scenario", "b"], "leave out --scenario"),
        (["--agent", "dqn"], "has to be trained"),
        (["--agent", "os:getcwd"], "no agent 'os:getcwd'"),
        (["nowhere"], "is no run folder"),
    ],
)
def test_what_cannot_be_shown_is_one_line(
    arguments: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["run", *arguments]) == 1
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
