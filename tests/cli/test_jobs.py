from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING

import pytest
from tests.trace._objects import deployment, trace_of

from simarena.cli import main

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SMALL = ["--set", "suite=classic", "--set", "steps=400", "--set", "num_envs=8"]
SMALL += ["--set", "checkpoint_interval=200", "--set", "eval_seeds=1"]


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return the folder of a store, named in the environment as a user would."""
    path = tmp_path / "store"
    monkeypatch.setenv("SIMARENA_STORE", str(path))
    before = signal.getsignal(signal.SIGTERM)
    yield path
    signal.signal(signal.SIGTERM, before)


def said(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> str:
    """Return what a command prints."""
    capsys.readouterr()
    assert main(arguments) == status
    captured = capsys.readouterr()
    return captured.out + captured.err


def test_a_job_is_submitted_done_and_shown(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "jobs", "list") == "no jobs\n"
    submit = ["jobs", "submit", "try", "--agent", "greedy", *SMALL, "--seeds", "2"]
    assert said(capsys, *submit) == "try-0\ntry-1\n"
    assert said(capsys, "jobs", "list").count("pending") == 2
    worked = said(capsys, "worker", "--run-once", "--worker-id", "me")
    assert "success" in worked
    assert "jobs done: 1" in worked
    done = "try-0" if "try-0: success" in worked else "try-1"
    shown = said(capsys, "jobs", "show", done)
    assert "state: success" in shown
    assert "worker: me" in shown
    assert "solved" in shown
    assert "400" in shown.rpartition("solved")[2]
    assert said(capsys, "jobs", "list").count("pending") == 1
    assert said(capsys, "jobs", "list", "--finished").count("success") == 1
    assert said(capsys, "jobs", "logs", done) == ""


def test_a_job_is_cancelled_and_tried_again(
    store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said(capsys, "jobs", "submit", "one", "--agent", "greedy", *SMALL)
    assert "has not ended" in said(capsys, "jobs", "requeue", "one", status=1)
    assert said(capsys, "jobs", "cancel", "one") == "one: cancelled\n"
    assert "exists already" in said(
        capsys, "jobs", "submit", "one", "--agent", "greedy", *SMALL, status=1
    )
    assert said(capsys, "jobs", "requeue", "one") == "one-retry-1\n"
    assert said(capsys, "jobs", "requeue", "one") == "one-retry-2\n"
    assert "retry of: one" in said(capsys, "jobs", "show", "one-retry-1")
    manifest = json.loads((store / "jobs/pending/one-retry-1/manifest.json").read_text())
    assert manifest["settings"]["steps"] == 400


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["jobs", "show", "none"], "there is no job 'none'"),
        (["jobs", "cancel", "none"], "there is no job 'none'"),
        (["jobs", "logs", "none"], "has no log"),
        (["jobs", "show", "../../etc"], "use up to 128 letters"),
        (["jobs", "submit", "a/b"], "use up to 128 letters"),
        (["jobs", "submit", "a", "--agent", "os:system"], "there is no agent of a job"),
        (["jobs", "submit", "a", "--set", "suite=/etc/passwd"], "there is no suite of a job"),
        (["jobs", "submit", "a", "--set", "steps=99999999999"], "a job may have"),
        (["jobs", "submit", "a", "--trace", "/none", "--deploy", "w", "--target", "1"], "/none"),
        (["jobs", "submit", "a", "--kubelet", "real"], "--kubelet belongs to a trace"),
        (["jobs", "submit", "a", "--deploy", "web"], "--deploy belongs to a trace"),
        (
            [
                *("jobs", "submit", "a", "--trace", "/none", "--kubelet", "kwok"),
                *("--set", "kubelet=real"),
            ],
            "a setting is given twice",
        ),
        (["worker", "--store", "http://a"], "unknown scheme"),
        (["worker", "--worker-id", "../x"], "use up to 128 letters"),
        (["worker", "--lease", "0"], "heartbeats"),
    ],
)
def test_mistakes_are_one_line(
    arguments: list[str], reason: str, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = said(capsys, *arguments, status=1)
    assert reason in text
    assert text.startswith("simarena: ")
    assert text.count("\n") == 1


def test_a_trace_in_which_nothing_is_to_be_done_is_refused_before_it_is_submitted(
    store: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    workload = deployment(replicas=2)
    trace_of((0, [workload], [])).save(tmp_path / "healthy.sktrace")
    submit = [
        "jobs",
        "submit",
        "a",
        "--trace",
        str(tmp_path / "healthy.sktrace"),
        "--deploy",
        "web",
    ]
    said(capsys, *submit, "--target", "3", "--kubelet", "real")
    manifest = json.loads((store / "jobs/pending/a/manifest.json").read_text())
    assert manifest["settings"] == {"kubelet": "real"}
    submit[2] = "b"
    text = said(capsys, *submit, "--target", "2", status=1)
    assert "scenario 'healthy': its goal is met before any step" in text
    assert text.count("\n") == 1
    submit[4] = f"{store.as_uri()}/{manifest['trace_uri']}"
    assert "its goal is met" in said(capsys, *submit, "--target", "2", status=1)
    assert "its goal is met" in said(capsys, *submit, "--target", "2", "--seeds", "2", status=1)
    assert [path.name for path in (store / "jobs/pending").iterdir()] == ["a"]
