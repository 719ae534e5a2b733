"""`simarena bench` as people use it: real SDKs, a local provider, and all that goes wrong."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("inspect_ai", reason="the extra `llm` is not installed")

from tests.benchmark._directed import CLAUDE, GEMINI, GPT_4, GPT_5, direct
from tests.benchmark._provider_server import ProviderServer
from tests.benchmark._provider_words import (
    Babbles,
    Call,
    Cuts,
    Refuses,
    Reply,
    Request,
    Says,
    Waits,
)

from simarena.cli import main

if TYPE_CHECKING:
    from tests.cli.conftest import Refused
from simarena.evaluation.failure import Failure, read_failures
from simarena.evaluation.outcome import Outcome, read_outcomes

SHORT = "classic-06"  # two replicas more solve it
LONG = "classic-11"


def operates(request: Request) -> Reply:
    """Look once, then add replicas until it is enough."""
    if request.num_tool_results == 0:
        return Says("", calls=[Call("get_pods")])
    return Says("", calls=[Call("act", {"action": "increase_replicas"})])


def bench(tmp_path: Path, *options: str, scenarios: tuple[str, ...] = (SHORT,)) -> int:
    named = [word for name in scenarios for word in ("--scenario", name)]
    return main(
        ["bench", "--runs", str(tmp_path), "--name", "run", "--agent", "none", *named, *options]
    )


def outcomes(tmp_path: Path) -> list[Outcome]:
    return read_outcomes(tmp_path / "run" / "outcomes.jsonl")


def failures(tmp_path: Path) -> list[Failure]:
    path = tmp_path / "run" / "failures.jsonl"
    return read_failures(path) if path.exists() else []


@pytest.mark.parametrize("model", [CLAUDE, GEMINI, GPT_5, GPT_4])
def test_a_model_of_every_provider_operates_a_cluster(
    model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ProviderServer(operates) as server:
        direct(monkeypatch, server)
        assert bench(tmp_path, "--model", model) == 0
        keys = {request.key for request in server.requests}
    (outcome,) = outcomes(tmp_path)
    assert outcome.agent.startswith(f"{model} at 127.0.0.1:")
    assert (outcome.solved, outcome.reason) == (True, "solved")
    assert (outcome.steps, outcome.tool_calls, outcome.invalid) == (2, 1, 0)
    assert (outcome.input_tokens, outcome.output_tokens) == (33, 21)
    assert len(outcome.call_ms) == 3
    (key,) = keys
    assert len(key) > 5
    assert not _holds(tmp_path, key.encode())


def test_models_and_agents_play_side_by_side_and_are_printed_as_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with ProviderServer(operates) as server:
        direct(monkeypatch, server)
        command = ["bench", "--runs", str(tmp_path), "--name", "run", "--json", "--epochs", "2"]
        command += ["--model", CLAUDE, "--model", GEMINI, "--agent", "rules"]
        assert main([*command, "--scenario", SHORT, "--scenario", LONG]) == 0
    told = json.loads(capsys.readouterr().out)
    names = [each["agent"].partition(" at ")[0] for each in told["agents"]]
    assert names == [CLAUDE, GEMINI, "rules"]
    assert all(each["num_plays"] == 4 for each in told["agents"])
    assert told["num_missing"] == 0


def test_what_goes_wrong_on_the_way_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    troubles: list[Reply] = [
        Refuses(429, retry_after_s=0.01),
        Refuses(500, retry_after_s=0.01),
        Cuts(),
        Waits(5),
    ]

    def troubled(request: Request) -> Reply:
        return troubles.pop(0) if troubles else operates(request)

    with ProviderServer(troubled) as server:
        direct(monkeypatch, server)
        options = ("--model", CLAUDE, "--timeout", "2", "--max-retries", "4")
        assert bench(tmp_path, *options) == 0
    assert not troubles
    assert [each.solved for each in outcomes(tmp_path)] == [True]
    assert failures(tmp_path) == []


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (Refuses(529, retry_after_s=0.01), "anthropic.OverloadedError: Error code: 529"),
        (Babbles(), "AssertionError"),
        (Refuses(400), "anthropic.BadRequestError: Error code: 400"),
    ],
)
def test_a_provider_that_stays_away_ends_its_plays_and_no_others_and_resuming_makes_them(
    trouble: Reply,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def half_away(request: Request) -> Reply:
        wanted = json.dumps(request.body)
        return trouble if "exactly 5 pods" in wanted else operates(request)

    with ProviderServer(half_away) as server:
        direct(monkeypatch, server)
        status = bench(tmp_path, "--model", CLAUDE, "--max-retries", "0", scenarios=(SHORT, LONG))
        error = capsys.readouterr().err
    assert status == 1
    assert "1 plays came to no result" in error
    assert f"simarena bench --resume {tmp_path / 'run'}" in error
    assert [each.scenario for each in outcomes(tmp_path)] == [SHORT]
    (failure,) = failures(tmp_path)
    assert (failure.scenario, failure.kind) == (LONG, "provider")
    assert said in failure.message

    with ProviderServer(operates, server.url) as server:
        direct(monkeypatch, server)
        assert main(["bench", "--resume", str(tmp_path / "run")]) == 0
        asked = [json.dumps(request.body) for request in server.requests]
    assert all("exactly 5 pods" in each for each in asked)
    assert sorted(each.scenario for each in outcomes(tmp_path)) == [SHORT, LONG]
    assert failures(tmp_path) == []


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGINT])
def test_a_run_that_is_ended_goes_on_with_what_it_has_not_finished(
    ending: signal.Signals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hanging(request: Request) -> Reply:
        return Waits(60) if "exactly 5 pods" in json.dumps(request.body) else operates(request)

    with ProviderServer(hanging) as server:
        command = [sys.executable, "-m", "simarena", "bench", "--runs", str(tmp_path)]
        command += ["--name", "run", "--agent", "none", "--model", GEMINI]
        command += ["--scenario", SHORT, "--scenario", LONG]
        environment = os.environ | server.environment("google")
        process = subprocess.Popen(command, env=environment, cwd=tmp_path)
        try:
            _wait_for(lambda: _num_finished(tmp_path / "run" / "logs") == 1)
            process.send_signal(ending)
            status = process.wait(timeout=60)
        finally:
            process.kill()
            process.wait()
    assert status == (130 if ending == signal.SIGINT else -ending)
    if ending == signal.SIGINT:
        assert [each.scenario for each in outcomes(tmp_path)] == [SHORT]

    with ProviderServer(operates, server.url) as server:
        direct(monkeypatch, server)
        assert main(["bench", "--resume", str(tmp_path / "run")]) == 0
        asked = [json.dumps(request.body) for request in server.requests]
    assert all("exactly 5 pods" in each for each in asked)
    assert sorted(each.scenario for each in outcomes(tmp_path)) == [SHORT, LONG]
    assert failures(tmp_path) == []


def test_a_resumed_run_may_be_stopped_and_resumed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def half_away(request: Request) -> Reply:
        return Refuses(400) if "exactly 5 pods" in json.dumps(request.body) else operates(request)

    with ProviderServer(half_away) as server:
        direct(monkeypatch, server)
        assert bench(tmp_path, "--model", GEMINI, scenarios=(SHORT, LONG)) == 1

    with ProviderServer(lambda _: Waits(60), server.url) as server:
        command = [sys.executable, "-m", "simarena", "bench", "--resume", str(tmp_path / "run")]
        environment = os.environ | server.environment("google")
        process = subprocess.Popen(command, env=environment, cwd=tmp_path)
        try:
            _wait_for(lambda: bool(server.requests))
            process.send_signal(signal.SIGINT)
            status = process.wait(timeout=60)
        finally:
            process.kill()
            process.wait()
    assert status == 130
    assert [each.scenario for each in outcomes(tmp_path)] == [SHORT]
    assert [(each.kind, each.message) for each in failures(tmp_path)] == [
        ("cancelled", "the episode was stopped")
    ]

    with ProviderServer(operates, server.url) as server:
        direct(monkeypatch, server)
        assert main(["bench", "--resume", str(tmp_path / "run")]) == 0
    assert sorted(each.scenario for each in outcomes(tmp_path)) == [SHORT, LONG]


def test_a_provider_that_only_refuses_is_to_blame_when_time_is_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ProviderServer(lambda _: Refuses(429, retry_after_s=0.05)) as server:
        direct(monkeypatch, server)
        options = ("--model", GEMINI, "--time-limit", "2", "--max-retries", "3")
        assert bench(tmp_path, *options) == 1
    assert not (tmp_path / "run" / "outcomes.jsonl").read_bytes()
    assert [each.kind for each in failures(tmp_path)] == ["provider"]


def test_the_task_runs_under_inspects_own_command(tmp_path: Path) -> None:
    with ProviderServer(operates) as server:
        inspect = Path(sys.executable).with_name("inspect")
        command = [str(inspect), "eval", "simarena/arena", "--model", GPT_4, "--display", "plain"]
        command += ["-T", f"scenario={SHORT},{LONG}", "-T", "steps=6", "--epochs", "2"]
        command += ["--log-dir", str(tmp_path / "logs")]
        environment = os.environ | server.environment("openai")
        done = subprocess.run(
            command,
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    from simarena.benchmark.logs import latest_logs

    (log,) = latest_logs(tmp_path / "logs")
    played, failed = log.results()
    assert len(played) == 4
    assert failed == []
    assert all(each.solved for each in played)


def test_what_would_be_played_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--list-scenarios", "--family", "taints", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {row["family"] for row in rows} == {"taints"}
    assert {row["split"] for row in rows} == {"held-out"}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("", "nobody plays"),
        ("--agent none", "nobody plays"),
        ("--provider gemeni", "did you mean 'gemini'"),
        ("--model nobody/model", "nobody/model"),
        ("--model anthropic/claude-haiku-4-5", "ANTHROPIC_API_KEY"),
        ("--agent rules --agent rules", "rules is named twice"),
        ("--agent rulez", "did you mean 'rules'"),
        ("--agent rules --suite clasic", "did you mean 'classic'"),
        ("--agent rules --suite classic --family taint", "no family 'taint'"),
        ("--agent rules --trace a.sktrace", "--deploy NAME --target N"),
        ("--agent rules --name a/b", "use letters"),
        ("--resume nowhere", "nowhere: is no run of the benchmark"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_leaves_nothing(
    options: str,
    said: str,
    empty_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    refused: Refused,
) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    assert said in refused("bench", *options.split())


def _holds(folder: Path, secret: bytes) -> bool:
    """Whether a secret is in any file of a folder, or in anything that a log has packed."""
    for path in folder.rglob("*"):
        if path.is_file() and secret in path.read_bytes():
            return True
        if path.suffix == ".eval":
            with zipfile.ZipFile(path) as log:
                if any(secret in log.read(name) for name in log.namelist()):
                    return True
    return False


def _num_finished(logs: Path) -> int:
    """Return how many samples the log in a folder holds so far."""
    for path in logs.glob("*.eval"):
        try:
            with zipfile.ZipFile(path) as log:
                return sum(name.startswith("samples/") for name in log.namelist())
        except zipfile.BadZipFile:
            return 0  # it is being written
    return 0


def _wait_for(condition: object) -> None:
    end = time.monotonic() + 300
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.05)
