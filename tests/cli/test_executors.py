"""Seeds, searches, plays and episodes handed to others from the command line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.cli._small import CLASSIC
from tests.distributed._fakes import WarmCrew, workers

from simarena.cli import main
from simarena.distributed.bucket import open_bucket
from simarena.evaluation.run_folder import RunFolder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.conftest import Refused


@pytest.fixture(scope="module")
def crew(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WarmCrew]:
    made = WarmCrew(tmp_path_factory.mktemp("crew"), 2)
    yield made
    made.end()


GREEDY = ("--agent", "greedy", "--set", "num_envs=8", "--set", "steps=400")


def test_pieces_have_the_figures_of_one_process(capsys: pytest.CaptureFixture[str]) -> None:
    plays = ["evaluate", "--agent", "random", "--suite", "classic", "--seeds", "2", "--json"]
    assert main(plays) == 0
    whole = json.loads(capsys.readouterr().out)
    assert main([*plays, "--executor", "local", "--jobs", "1"]) == 0
    pieces = json.loads(capsys.readouterr().out)
    times = {"seconds", "wall_seconds"}
    assert {k: v for k, v in pieces.items() if k not in times} == {
        k: v for k, v in whole.items() if k not in times
    }


def test_a_bucket_trains_seeds_and_trials(
    tmp_path: Path,
    crew: WarmCrew,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("optuna")
    monkeypatch.setenv("SIMARENA_STORE", str(tmp_path / "store"))
    bucket = open_bucket(str(tmp_path / "store"))
    by_bucket = ["--executor", "bucket", "--runs", str(tmp_path / "runs")]
    seeds = ["train", *GREEDY, *CLASSIC, "--seeds", "2", "--name", "seeds", *by_bucket]
    trials = ["sweep", *GREEDY, "--set", "suite=classic", "--param", "gamma=0.5,0.9"]
    trials += ["--trials", "2", "--jobs", "2", "--name", "trials", *by_bucket]
    with workers(bucket, crew.processes()):
        assert main(seeds) == 0
        assert main(trials) == 0
    assert "simarena worker --store" in capsys.readouterr().out
    runs = tmp_path / "runs"
    assert len(json.loads((runs / "trials" / "report.json").read_text())["trials"]) == 2
    for path in (runs / "seeds" / "seed-1", runs / "trials" / "trials" / "001" / "seed-0"):
        assert RunFolder.open(path).metrics_rows()
    ended = {each.key.split("/")[2] for each in bucket.list("jobs/finished/")}
    assert ended == {"seeds.seed-0", "seeds.seed-1"} | {
        f"trials.trials.{number:03d}.seed-0" for number in range(2)
    }


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["evaluate", "--agent", "rules", "--jobs", "2"], "say who with --executor"),
        (["evaluate", "--agent", "tests.examples:A", "--executor", "local"], "tests.examples"),
        (["collect", "rules", "--jobs", "2"], "say who with --executor"),
    ],
)
def test_what_nobody_else_can_do_is_refused(
    arguments: list[str], reason: str, refused: Refused
) -> None:
    assert reason in refused(*arguments)
