from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest
from tests.cli._small import SMALL

from simarena.cli import main
from simarena.evaluation.run_folder import RunFolder
from simarena.training.settings import TrainSettings

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--workers", "2"], "--workers is for a training in rounds"),
        (["--quorum", "1"], "--quorum is for a training in rounds"),
        (["--executor", "local", "--seeds", "2", "--rounds", "2"], "--rounds is for a training in"),
        (["--executor", "local", "--jobs", "2"], "say how many learners with --workers"),
        (["--executor", "local", "--agent", "greedy"], "is no network"),
        (["--executor", "local", "--episodes", "9"], "rounds are counted in steps"),
        (["--executor", "local", "--quorum", "3"], "quorum must be a whole number from 1 to 2"),
        (["--executor", "local", "--outer-momentum", "1"], "outer momentum"),
        (["--executor", "local", "--transfer", "/a.npz"], "/a.npz: no such checkpoint"),
        (["--executor", "bucket"], "--executor bucket needs a bucket"),
        (["--executor", "local", "--store", "/tmp"], "--store belongs to --executor bucket"),
        (["--ray-address", "a:1"], "--ray-address belongs to --executor ray"),
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


def test_without_ray_or_a_cluster_it_says_so_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["train", "--executor", "ray", "--ray-address", "127.0.0.1:1"]
    arguments += [*SMALL, "--runs", str(tmp_path / "runs")]
    if find_spec("ray") is not None:
        assert main(arguments) == 1
        text = capsys.readouterr().err
        assert "no Ray cluster answers at 127.0.0.1:1" in text
        assert text.count("\n") == 1
    monkeypatch.setitem(sys.modules, "ray", None)
    assert main(arguments) == 1
    text = capsys.readouterr().err
    assert "simarena[ray]" in text
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
    weights = run.latest.read_bytes()
    assert main(["train", "--resume", str(run.path), "--executor", "local"]) == 0
    assert run.latest.read_bytes() == weights


def test_a_training_in_rounds_goes_on_with_whom_it_was_begun(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = RunFolder.create(tmp_path / "r", command=["t"], settings=TrainSettings().to_json())
    cut = {"num_workers": 2, "num_rounds": 2, "local_steps": 8, "quorum": 2, "outer": {}}
    for where, reason in (
        ({"executor": "bucket", "store": "/none"}, "was begun by --executor bucket"),
        ({"executor": "nobody"}, "rounds.json: is damaged"),
    ):
        run.write_json("rounds.json", {"where": where, "cut": cut})
        assert main(["train", "--resume", str(run.path), "--executor", "local"]) == 1
        text = capsys.readouterr().err
        assert reason in text
        assert text.count("\n") == 1
