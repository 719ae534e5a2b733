"""Run folders of which something is missing, damaged, or without end."""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING

import pytest
from tests.cli._small import CLASSIC

from simarena.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Refused

pytest.importorskip("matplotlib")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    runs = tmp_path_factory.mktemp("runs")
    options = ["--agent", "greedy", "--steps", "64", f"--runs={runs}", "--name", "a"]
    assert main(["train", *CLASSIC, *options]) == 0
    return runs / "a"


@pytest.fixture
def run(trained: Path, tmp_path: Path) -> Path:
    """Return a copy of a run that is trained and measured."""
    shutil.copytree(trained, tmp_path / "a")
    return tmp_path / "a"


@pytest.mark.parametrize(
    "names", [["observation", "reward", "seed"], ["agent"], ["suite", "eval_suite"], ["steps"]]
)
def test_settings_that_are_missing_are_the_usual_ones(run: Path, names: list[str]) -> None:
    settings = json.loads((run / "settings.json").read_text())
    kept = {key: value for key, value in settings.items() if key not in names}
    if "agent" in names:
        kept["agent"] = "greedy"
    (run / "settings.json").write_text(json.dumps(kept))
    assert main(["train", "--resume", str(run)]) == 0
    report = json.loads((run / "report.json").read_text())
    assert set(report["settings"]) == set(settings)


@pytest.mark.parametrize("name", ["checkpoints", "plots", "tensorboard", "versions.json"])
def test_what_a_run_can_make_again_it_makes_again(run: Path, name: str) -> None:
    path = run / name
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
    assert main(["train", "--resume", str(run)]) == 0
    assert (run / "checkpoints" / "latest.npz").is_file()
    assert (run / "plots" / "best_episode.png").is_file()


def test_without_a_checkpoint_there_is_nobody_to_evaluate(run: Path, refused: Refused) -> None:
    shutil.rmtree(run / "checkpoints")
    assert "has no checkpoint yet" in refused("evaluate", str(run))


@pytest.mark.parametrize(
    "text", ["", "[]", "5", "{", '{"seed": 1e400}', '{"net_arch": [999999999999]}', '{"agent": []}']
)
def test_settings_that_are_damaged_are_refused(run: Path, text: str, refused: Refused) -> None:
    (run / "settings.json").write_text(text)
    for command in (["evaluate"], ["run"], ["train", "--resume"]):
        assert "settings.json" in refused(*command, str(run))


def device(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.symlink_to("/dev/zero")


def pipe(path: Path) -> None:
    path.unlink(missing_ok=True)
    os.mkfifo(path)


@pytest.mark.parametrize("endless", [device, pipe])
@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("checkpoints/latest.npz", ["evaluate", "{}"]),
        ("checkpoints/latest.npz", ["train", "--resume", "{}"]),
        ("checkpoints/latest.npz", ["train", "--agent", "greedy", "--transfer", "{}"]),
        ("settings.json", ["evaluate", "{}"]),
        ("metrics.jsonl", ["train", "--resume", "{}"]),
        ("outcomes.jsonl", ["compare", "{}/outcomes.jsonl", "rules"]),
        ("outcomes.jsonl", ["leaderboard", "{}", "--out", "{}/page.html"]),
        ("x.yaml", ["replay", "{}/t.sktrace", "--nodes", "{}/x.yaml"]),
        ("x.yaml", ["scenarios", "list", "--suite", "{}/x.yaml"]),
        ("x.yaml", ["bench", "--prices", "{}/x.yaml", "--agent", "rules"]),
        ("x.sktrace", ["trace", "check", "{}/x.sktrace"]),
        ("x.sktrace", ["train", "--trace", "{}/x.sktrace", "--deploy", "a", "--target", "1"]),
    ],
)
def test_a_file_without_end_is_refused_before_a_byte_is_read(
    run: Path,
    endless: Callable[[Path], None],
    name: str,
    command: list[str],
    refused: Refused,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if command[0] in {"bench", "leaderboard"}:
        pytest.importorskip("inspect_ai")
    monkeypatch.chdir(run.parent)
    endless(run / name)
    (run / "t.sktrace").write_bytes(b"")
    error = refused(*(word.format(run) for word in command))
    # A pipe is no file at all to what asks for one.
    assert any(words in error for words in ("not a file", "is no run folder", "holds neither"))
