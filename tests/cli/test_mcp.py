from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.env.cases import container, trace_of, workload

from simarena.cli import main

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "serve one cluster"),
        (["--scenario", "classic-01", "--trace", "x"], "serve one cluster"),
        (["--scenario", "classic-99"], "did you mean"),
        (["--scenario", "classic-01", "--target", "3"], "--target belongs to a trace"),
        (["--scenario", "classic-01", "--allow-writes", "x"], "belongs to a live cluster"),
        (["--scenario", "classic-01", "--allow-nodes"], "--allow-nodes belongs to a live cluster"),
        (["--kubeconfig", "", "--allow-manifests"], "name them with --allow-writes"),
        (["--trace", "/nowhere"], "/nowhere"),
        (["--scenario", "classic-01", "--speed", "2"], "with --live; add it"),
        (["--scenario", "classic-01", "--speed", "nan"], "with --live; add it"),
        (["--scenario", "classic-01", "--live", "--speed", "nan"], "speed must be above 0"),
        (["--scenario", "classic-01", "--live", "--speed", "-1"], "speed must be above 0"),
        (["--scenario", "classic-01", "--live", "--speed", "inf"], "at most 1000000, got inf"),
        (["--trace", "/nowhere", "--deploy", "web"], "both --deploy and --target"),
        (["--kubeconfig", "/nowhere"], "--kubeconfig"),
        (["--scenario", "classic-01", "--transport", "http", "--host", "0.0.0.0"], "token"),
    ],
)
def test_what_cannot_be_served_is_an_error_in_a_line(
    arguments: list[str],
    says: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("SIMARENA_MCP_TOKEN", raising=False)
    assert main(["mcp", *arguments]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("simarena: ")
    assert says in captured.err
    assert captured.err.count("\n") == 1


def test_a_check_says_what_clients_see(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mcp", "--scenario", "classic-06", "--steps", "5", "--no-what-if", "--check"]) == 0
    out = capsys.readouterr().out
    assert "should have exactly 3 pods" in out
    assert "at most 5 steps" in out
    assert "  act(action): " in out
    assert "what_if" not in out


def test_a_trace_lives_or_is_an_episode(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    web = workload("web", 1, container(requests={"cpu": "1", "memory": "1Gi"}))
    path = str(tmp_path / "web.sktrace")
    trace_of((0, [web])).save(path)
    assert main(["mcp", "--trace", path, "--check"]) == 0
    assert "  scale(deploy, replicas, namespace, dry_run): " in capsys.readouterr().out
    assert main(["mcp", "--trace", path, "--live", "--speed", "60", "--check"]) == 0
    assert "Time passes by itself, 60 s for each second." in capsys.readouterr().out
    assert main(["mcp", "--trace", path, "--deploy", "web", "--target", "2", "--check"]) == 0
    assert "should have exactly 2 pods" in capsys.readouterr().out
    assert main(["mcp", "--scenario", "classic-01", "--living", "--check"]) == 0
    assert "  wait(seconds): " in capsys.readouterr().out
