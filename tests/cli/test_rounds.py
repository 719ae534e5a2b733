from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from simarena.cli import main
from simarena.evaluation.run_folder import RunFolder

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--workers", "2"], "--workers is for a training in rounds"),
        (["--quorum", "1"], "--quorum is for a training in rounds"),
        (["--executor", "local", "--seeds", "2"], "leave --resume, --seeds and --jobs out"),
        (["--executor", "local", "--agent", "greedy"], "is no network"),
        (["--executor", "local", "--episodes", "9"], "rounds are counted in steps"),
        (["--executor", "local", "--quorum", "1"], "--quorum is for a bucket"),
        (["--executor", "bucket", "--quorum", "3"], "quorum must be a whole number from 1 to 2"),
        (["--executor", "local", "--outer-momentum", "1"], "outer momentum"),
        (["--executor", "local", "--transfer", "/a.npz"], "leave --trace and --transfer out"),
    ],
)
def test_rounds_that_make_no_sense_are_refused_in_one_line(
    arguments: list[str],
    reason: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delenv("SIMARENA_STORE", raising=False)
    assert main(["train", "--runs", str(tmp_path / "runs"), *arguments]) == 1
    text = capsys.readouterr().err
    assert reason in text
    assert text.count("\n") == 1
    assert not (tmp_path / "runs").exists()


def test_a_training_in_rounds_leaves_a_run_with_a_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--suite", "classic", "--eval-suite", "classic", "--eval-seeds", "1"]
    options += ["--num-envs", "8", "--set", "rollout_steps=8", "--set", "net_arch=8"]
    options += ["--rounds", "2", "--local-steps", "64", "--name", "r", "--runs", str(tmp_path)]
    assert main(["train", "--executor", "local", *options]) == 0
    run = RunFolder.open(tmp_path / "r")
    assert [row["step"] for row in run.metrics_rows()] == [128, 256]
    assert (run.path / "report.md").is_file()
    assert "report.md" in capsys.readouterr().out
