"""`simarena step`: from a trace to the next one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from simarena.cli import main
from simarena.trace import Trace, settings, workload

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Refused


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    """Return a trace whose Deployment asks for 17 CPUs."""
    from simarena.env import load_suite

    path = tmp_path / "a.sktrace"
    load_suite("classic")[1].trace.save(path)
    return path


def deploy_of(trace: Path) -> str:
    """Return the name of its workload."""
    from simarena.trace import workloads

    return workloads(Trace.from_path(trace))[0].name


def test_steps_follow_each_other_until_the_goal(
    trace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    deploy, lines = deploy_of(trace), []
    for number in range(3):
        out = trace.with_name(f"{number}.sktrace")
        options = ["--deploy", deploy, "--target", "3", "--out", str(out)]
        assert main(["step", str(trace), *options]) == 0
        lines.append(json.loads(capsys.readouterr().out))
        trace = out
    assert [line["action"] for line in lines] == [4, 4, 0]
    assert [line["solved"] for line in lines] == [False, True, True]
    assert [line["before"]["cpu_milli"] for line in lines] == [17_000, 16_500, 16_000]
    assert [line["before"]["short_cpu"] for line in lines] == [3, 3, 0]
    assert lines[1]["reward"] == 1.0
    edited = Trace.from_path(trace)
    assert settings(edited, workload(edited, deploy)).cpu_milli == 16_000


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"--deploy": "nothing-like-it"}, "no workload 'nothing-like-it'"),
        ({"--target": "0"}, "target must be"),
        ({"--target": "-1"}, "target must be"),
        ({"--duration": "0"}, "duration_s must be"),
        ({"--agent": "."}, "is no run folder"),
        ({"--nodes": "x"}, "write them as 3x16cpu,32Gi"),
        ({"--nodes": "1x0cpu,1Gi"}, "without capacity"),
        ({"--agent": "rulez"}, "did you mean 'rules'"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_writes_nothing(
    trace: Path, changes: dict[str, str], said: str, refused: Refused
) -> None:
    out = trace.with_name("out.sktrace")
    options = {"--deploy": deploy_of(trace), "--target": "3", "--out": str(out)} | changes
    words = [word for pair in options.items() for word in pair]
    assert said in refused("step", str(trace), *words)
    assert not out.exists()
