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


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "name either a run's folder, or an agent"),
        (["--agent", "rules", "--scenario", "clasic-02"], "did you mean 'classic-02'"),
        (["nowhere"], "no agent 'nowhere'"),
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
