"""`simarena run`: an episode, told step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.cli import main

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_an_episode_is_told_step_by_step(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--agent", "rules", "--scenario", "classic-02"]) == 0
    shown = capsys.readouterr().out
    assert "4 nodes, 3 pods" in shown
    assert "0 of 3 ready, 3 pending (3 short of CPU)" in " ".join(shown.split())
    assert shown.count("CPU request -500m") == 2
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
