"""`simarena train --seeds`: one training several times over, and what chance does to it."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest
from tests.cli._small import SMALL as SMALLEST

from simarena.cli import main

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Refused

SMALL = [*SMALLEST, "--steps", "800", "--seed", "5"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    runs = tmp_path_factory.mktemp("seeds")
    options = ["--agent", "ppo", "--seeds", "2", "--name", "two", "--runs", str(runs)]
    assert main(["train", *SMALL, *options]) == 0
    return runs / "two"


def test_the_report_tells_each_seed_and_the_mean_over_them(folder: Path) -> None:
    report = json.loads((folder / "report.json").read_text())
    rates = [row["solve_rate"] for row in report["seeds"]]
    assert [row["seed"] for row in report["seeds"]] == [5, 6]
    assert report["over_seeds"]["solve_rate"]["value"] == pytest.approx(sum(rates) / 2)
    agents = report["evaluation"]["agents"]
    assert [each["agent"] for each in agents] == [
        "ppo",
        "rules",
        "blind",
        "greedy",
        "random",
        "noop",
    ]
    assert (agents[0]["num_plays"], agents[1]["num_plays"]) == (28, 14)
    assert agents[0]["solve_rate"]["value"] == pytest.approx(sum(rates) / 2)
    text = (folder / "report.md").read_text()
    assert "| [6](seed-6/report.md) |" in text
    assert "| mean |" in text
    assert (folder / "plots" / "learning_curve.png").exists()
    assert (folder / "seed-5" / "report.md").exists()


def test_it_is_taken_up_where_it_was_left_and_side_by_side_gives_the_same(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "two"
    shutil.copytree(folder, copy)
    (copy / "report.json").unlink()
    for seed in (5, 6):
        shutil.rmtree(copy / f"seed-{seed}" / "checkpoints")
        (copy / f"seed-{seed}" / "checkpoints").mkdir()
        (copy / f"seed-{seed}" / "metrics.jsonl").write_text("")
    assert main(["train", "--resume", str(copy), "--jobs", "2"]) == 0
    assert "Trained seed-6" in capsys.readouterr().out
    ours, theirs = (
        json.loads((each / "report.json").read_text())["evaluation"] for each in (copy, folder)
    )
    assert ours == theirs
    assert not list(copy.rglob("worker.log"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--jobs", "2"], "say how many with --seeds"),
        (["--seeds", "2", "--agent", "rulez"], "no agent to train 'rulez'"),
        (["--resume", "x", "--seeds", "2"], "leave out --seeds"),
    ],
)
def test_what_makes_no_sense_is_one_line(
    arguments: list[str],
    said: str,
    empty_folder: Path,
    refused: Refused,
) -> None:
    assert said in refused("train", *arguments)


def test_damage_is_said_in_a_line(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "two"
    shutil.copytree(folder, copy)
    (copy / "seeds.json").write_text('{"seeds": [5]}')
    assert main(["train", "--resume", str(copy)]) == 1
    assert "seeds.json: is damaged" in capsys.readouterr().err
    shutil.copy(folder / "seeds.json", copy)
    (copy / "seed-6" / "checkpoints" / "latest.npz").write_bytes(b"broken")
    assert main(["train", "--resume", str(copy), "--jobs", "2"]) == 1
    error = capsys.readouterr().err
    assert "the training failed" in error
    assert "not a readable checkpoint" in error
    assert error.count("\n") == 1
