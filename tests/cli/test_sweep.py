"""`simarena sweep`: searched, killed, gone on with."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from simarena.cli import main
from simarena.training.sweeps.sweep import SweepFolder, SweepSettings

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Refused

pytest.importorskip("optuna")

SMALL = ["--agent", "greedy", "--set", "suite=classic", "--set", "num_envs=16"]
GAMMA = ["--param", "gamma=0.9..1"]
SPACE = ["--param", "steps=64,3200", "--param", "checkpoint_interval=800..1600"]


def test_it_leaves_all_trials_and_the_best_settings_to_paste(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--trials", "4", "--seeds", "2", "--jobs", "2", "--runs", str(tmp_path)]
    assert main(["sweep", *SMALL, *SPACE, *options, "--name", "s"]) == 0
    shown = capsys.readouterr().out
    assert shown.count("trial ") == 4
    report = json.loads((tmp_path / "s" / "report.json").read_text())
    values = [trial["value"] for trial in report["trials"]]
    assert len(values) == 4
    assert values == sorted(values)
    assert report["best"]["value"] == values[0]
    assert report["command"] in (tmp_path / "s" / "report.md").read_text()
    assert f"--set steps={report['best']['params']['steps']}" in report["command"]
    words = report["command"].split()[1:]
    again = [*words, "--runs", str(tmp_path), "--name", "again", "--eval-seeds", "1"]
    assert main([*again, "--eval-suite", "classic"]) == 0
    capsys.readouterr()
    assert main(["sweep", "--resume", str(tmp_path / "s"), "--trials", "5"]) == 0
    assert capsys.readouterr().out.count("trial ") == 1
    assert len(json.loads((tmp_path / "s" / "report.json").read_text())["trials"]) == 5


def test_a_killed_search_goes_on_with_the_trial_under_way(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--set", "steps=20000000", "--param", "checkpoint_interval=1600,3200"]
    arguments = [*SMALL, *options, "--trials", "1", "--runs", str(tmp_path), "--name", "s"]
    searching = subprocess.Popen([sys.executable, "-m", "simarena", "sweep", *arguments])
    run = tmp_path / "s" / "trials" / "000" / "seed-0"
    try:
        deadline = time.monotonic() + 120
        while not (run / "checkpoints" / "latest.npz").exists():
            assert time.monotonic() < deadline
            time.sleep(0.1)
    finally:
        searching.send_signal(signal.SIGKILL)
        searching.wait()
    settings = json.loads((run / "settings.json").read_text())
    # The rest of it shall be short: the worker whose parent is gone leaves by itself.
    (run / "settings.json").write_text(json.dumps(settings | {"steps": 1_600}))
    deadline = time.monotonic() + 60
    while main(["sweep", "--resume", str(tmp_path / "s")]) != 0:
        assert time.monotonic() < deadline
        time.sleep(0.5)
    trials = json.loads((tmp_path / "s" / "report.json").read_text())["trials"]
    assert [trial["state"] for trial in trials] == ["complete"]
    assert [path.name for path in (tmp_path / "s" / "trials").iterdir()] == ["000"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "nothing to search"),
        (["--param", "gama=0.9..1"], "did you mean 'gamma'"),
        (["--param", "gamma=0.9..2"], "gamma must be from"),
        (["--set", "gamma", "--param", "gamma=0.9..1"], "write a setting as name=value"),
        (["--set", "gamma=0.9", "--param", "gamma=0.9..1"], "given twice"),
        ([*GAMMA, "--set", "observation=x"], "no observation 'x'"),
        (["--param", "observation=base,x"], "no observation 'x'"),
        ([*GAMMA, "--set", "suite=x"], "no suite 'x'"),
        ([*GAMMA, "--set", "transfer=nowhere"], "no such checkpoint"),
        ([*GAMMA, "--set", "net_arch=999999999999"], "net_arch must be"),
        ([*GAMMA, "--agent", "dqn", "--set", "buffer_size=1000000000"], "this machine has"),
        ([*GAMMA, "--agent", "rules"], "has nothing to learn"),
        (["--resume", "nowhere"], "is no search"),
        (["--resume", "nowhere", "--agent", "dqn"], "leave the others out"),
    ],
)
def test_what_cannot_be_searched_is_one_line_and_leaves_nothing(
    arguments: list[str],
    said: str,
    empty_folder: Path,
    refused: Refused,
) -> None:
    assert said in refused("sweep", *arguments)


def test_a_search_of_which_every_trial_fails_says_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = SweepSettings(
        base={"agent": "greedy", "suite": "classic", "num_envs": 16},
        space=["observation=fuller,fullest"],
        num_trials=1,
    )
    SweepFolder.create(tmp_path / "s", command=["simarena"], settings=settings)
    assert main(["sweep", "--resume", str(tmp_path / "s")]) == 1
    error = capsys.readouterr().err
    assert "the search found nothing" in error
    assert "did you mean 'full'" in error
    assert error.count("\n") == 1
