from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest
from tests.trace._objects import deployment, trace_of

from simarena.cli import main

if TYPE_CHECKING:
    from pathlib import Path

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    requests = {"cpu": "1", "memory": "1Gi"}
    settings = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "once", "namespace": "default"},
    }
    trace = trace_of(
        (100, [deployment(requests=requests, replicas=1), settings], []),
        (160, [deployment(requests=requests, replicas=3)], []),
        (190, [], []),
    )
    trace.save(tmp_path / "web.sktrace")
    return tmp_path / "web.sktrace"


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    status = main(["replay", *map(str, arguments)])
    said = capsys.readouterr()
    return status, said.out, said.err


def test_it_prints_workloads_nodes_and_reasons_and_writes_picture_and_figures(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = run(capsys, path, "--nodes", "2cpu,8Gi", "--nodes", "500mcpu,1Gi")
    assert (status, err) == (0, "")
    assert "3 events replayed over 90 s on 2 nodes; at most 3 pods at once, 2 pending" in out
    assert "in the end 2 of 3 ready" in out
    assert "node-2" in out
    assert "1 pod, from 60 s: 0/2 nodes are available: 2 Insufficient cpu." in out
    assert "Not simulated: ResourceQuota once" in out
    folder = tmp_path / "runs" / "replay-web"
    assert sorted(each.name for each in folder.iterdir()) == ["replay.json", "replay.png"]
    assert (folder / "replay.png").read_bytes().startswith(PNG)
    told = json.loads((folder / "replay.json").read_text())
    assert told["workloads"]["Deployment virtual-default/web"]["ready"][-1] == 2
    assert told["left_out"] == ["ResourceQuota once"]


def test_bars_give_way_to_names_in_a_narrow_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "dumb")  # no bold headers
    for name, bars in (("user-mention-service", 1), ("a-service-with-a-name-of-31-let", 0)):
        trace_of((0, [deployment(name)], [])).save(tmp_path / "long.sktrace")
        with monkeypatch.context() as terminal:
            terminal.setattr(sys.stdout, "isatty", lambda: True)
            _, out, _ = run(capsys, "long.sktrace", "--nodes", "4cpu,8Gi")
        table = out.partition("\nnode ")[0].splitlines()[1:]
        assert any(line.split()[:1] == [name] for line in table)
        assert max(map(len, table)) <= 80
        assert any("over time" in line for line in table) == bool(bars)


def test_duration_and_speed_are_the_drivers(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "over 40 s" in run(capsys, path, "--duration", 40)[1]
    assert "over 45 s" in run(capsys, path, "--speed", 2)[1]


def test_json_goes_to_the_screen_and_nothing_to_disk(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, _ = run(capsys, path, "--json")
    told = json.loads(out)
    assert status == 0
    assert told["end_ms"] == 90_000
    assert list(told["nodes"]) == ["node-1", "node-2", "node-3", "node-4"]
    assert [each.name for each in tmp_path.iterdir()] == ["web.sktrace"]
    assert run(capsys, path, "--json", "--out", "here")[0] == 0
    assert (tmp_path / "here" / "replay.png").exists()


def test_equal_seeds_say_the_same(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, again = (run(capsys, path, "--json", "--seed", 4)[1] for _ in range(2))
    assert first == again


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["--nodes", "3x0cpu,32Gi"], 1, "without capacity"),
        (["--nodes", "lots"], 1, "write them as 3x16cpu,32Gi"),
        (["--speed", "0"], 1, "speed must be above 0"),
        (["--speed", "1e-300"], 1, "seconds to replay"),
        (["--duration", "99999999999999999999"], 1, "duration_s must be a whole number"),
        (["--nodes", "zero.yaml"], 1, "cannot be read"),
        (["--duration", "0"], 2, "duration"),
        (["--out", "web.sktrace"], 1, "name another folder with --out"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_leaves_nothing(
    path: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    status: int,
    said: str,
) -> None:
    before = path.read_bytes()
    found, _, err = run(capsys, path, *arguments)
    assert found == status
    assert err.startswith("simarena: ")
    assert err.count("\n") == 1
    assert said in err
    assert [each.name for each in tmp_path.iterdir()] == ["web.sktrace"]
    assert path.read_bytes() == before


def test_a_damaged_trace_is_one_line(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path.write_bytes(path.read_bytes()[:40])
    status, _, err = run(capsys, path)
    assert status == 1
    assert err.count("\n") == 1
    assert "web.sktrace: is not a trace, or damaged" in err


def test_an_empty_trace_can_be_replayed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    trace_of().save("empty.sktrace")
    status, out, _ = run(capsys, "empty.sktrace", "--duration", 5)
    assert status == 0
    assert "0 events replayed over 5 s" in out
