"""Every command that writes, given paths as people write them: nothing depends on the folder."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from platformdirs import user_cache_path

from simarena.apiserver.serving import ApiServer
from simarena.cli import main
from simarena.env import load_suite

if TYPE_CHECKING:
    from collections.abc import Callable

TRACE = ["--deploy", "web", "--target", "3"]
NODES = "sn,cpu_milli,memory_mib,gpu,model\nn1,4000,4096,0,\n"
PODS = """\
name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,deletion_time
p1,100,64,0,0,,LS,Running,0,30
"""
GREEDY = ["--agent", "greedy", "--set", "num_envs=16"]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    """Return a folder as it is given on the command line, with a trace in it, and stand elsewhere.

    A folder whose name has blanks, named from a sister folder, and below the home folder through a
    symbolic link.
    """
    home = tmp_path / "home folder"
    there = tmp_path / "the disk" / "my data"
    for folder in (home, there, tmp_path / "here"):
        folder.mkdir(parents=True)
    (home / "linked data").symlink_to(there)
    monkeypatch.setenv("XDG_CACHE_HOME", str(user_cache_path()))  # nothing is compiled anew there
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(tmp_path / "here")
    load_suite("classic")[5].trace.save(there / "a trace.sktrace")
    (there / "all nodes.csv").write_text(NODES)
    (there / "all pods.csv").write_text(PODS)
    return {"relative": "../the disk/my data", "home": "~/linked data"}[request.param]


def given(place: str, name: str) -> str:
    return f"{place}/{name}"


def found(name: str) -> Path:
    """Return where it must be, seen from the folder in which commands run."""
    return Path("..") / "the disk" / "my data" / name


in_each_place = pytest.mark.parametrize("place", ["relative", "home"], indirect=True)


@in_each_place
@pytest.mark.parametrize(
    ("command", "result"),
    [
        (lambda at: ["trace", "convert", at("a trace.sktrace"), at("b c.json")], "b c.json"),
        (
            lambda at: [
                *("trace", "edit", at("a trace.sktrace"), at("b c.sktrace")),
                *("--deploy", "web", "--action", "1"),
            ],
            "b c.sktrace",
        ),
        (
            lambda at: ["step", at("a trace.sktrace"), *TRACE, f"--out={at('b c.sktrace')}"],
            "b c.sktrace",
        ),
        (
            lambda at: ["replay", at("a trace.sktrace"), f"--out={at('b c')}"],
            "b c/replay.png",
        ),
        (
            lambda at: ["scenarios", "export", "classic-02", at("b c")],
            "b c/scenario.yaml",
        ),
        (
            lambda at: [
                *("compare", "rules", "noop", "--trace", at("a trace.sktrace"), *TRACE),
                *("--seeds", "1", f"--runs={at('all runs')}", "--name", "b"),
            ],
            "all runs/b/report.md",
        ),
        (
            lambda at: [
                *("trace", "import", "openb", at("all nodes.csv"), at("all pods.csv")),
                f"--out={at('b c')}",
            ],
            "b c/trace.sktrace",
        ),
        (
            lambda at: [
                *("jobs", "submit", "b", "--trace", at("a trace.sktrace"), *TRACE),
                f"--store={at('b c')}",
            ],
            "b c/inputs/b/trace",
        ),
    ],
    ids=["convert", "edit", "step", "replay", "export", "compare", "import", "submit"],
)
def test_what_is_written_is_where_it_was_asked_for(
    place: str, command: Callable[[Callable[[str], str]], list[str]], result: str
) -> None:
    assert main(command(lambda name: given(place, name))) == 0
    assert found(result).is_file()
    assert list(Path().iterdir()) == []


@in_each_place
def test_a_worker_keeps_its_work_and_finds_its_bucket_where_it_was_told(
    place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = signal.getsignal(signal.SIGTERM)
    options = [f"--store={given(place, 'a store')}", f"--work={given(place, 'new/work')}"]
    assert main(["worker", *options, "--max-idle", "0.01"]) == 0
    signal.signal(signal.SIGTERM, before)
    assert f" at file://{found('a store').resolve()}\n" in capsys.readouterr().out
    assert found("new/work").is_dir()
    assert list(found("new/work").iterdir()) == []
    assert list(Path().iterdir()) == []


@in_each_place
def test_a_fleet_keeps_its_inventory_where_it_was_asked_for(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    boto3 = pytest.importorskip("boto3")
    moto = pytest.importorskip("moto")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
    with moto.mock_aws():
        ec2 = boto3.client("ec2", region_name="eu-central-1")
        image = ec2.register_image(Name="debian-12")["ImageId"]
        launch = ["fleet", "launch", "s3://jobs/here", "--run", "b", "--image", image, "--yes"]
        assert main([*launch, f"--inventories={given(place, 'all fleets')}"]) == 0
    assert found("all fleets/b.json").is_file()
    assert list(Path().iterdir()) == []


@in_each_place
def test_a_kubeconfig_is_written_where_it_was_asked_for(
    place: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def briefly(server: ApiServer, announce: Callable[[ApiServer], None]) -> None:
        with server:
            announce(server)

    monkeypatch.setattr(ApiServer, "run", briefly)
    before = signal.getsignal(signal.SIGTERM)
    assert main(["serve", f"--write-kubeconfig={given(place, 'my config')}"]) == 0
    signal.signal(signal.SIGTERM, before)
    assert "token:" in found("my config").read_text()
    assert f"export KUBECONFIG={found('my config').resolve()}\n" in capsys.readouterr().out
    assert list(Path().iterdir()) == []


@in_each_place
def test_a_dataset_is_written_where_it_was_asked_for(place: str) -> None:
    pytest.importorskip("minari")
    options = ["--trace", given(place, "a trace.sktrace"), *TRACE, "--episodes", "2"]
    out = f"--out={given(place, 'all sets')}"
    assert main(["collect", "rules", *options, out, "--name", "b-v0"]) == 0
    assert found("all sets/b-v0/data/main_data.hdf5").is_file()
    assert [each.name for each in found("all sets").iterdir()] == ["b-v0"]
    assert list(Path().iterdir()) == []


@in_each_place
def test_a_run_is_written_gone_on_with_and_shown_from_any_folder(
    place: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("matplotlib")
    runs = f"--runs={given(place, 'all runs')}"
    options = ["--trace", given(place, "a trace.sktrace"), *TRACE, "--nodes", "1x4cpu,8Gi"]
    options += ["--steps", "64", "--eval-seeds", "1", "--max-steps", "5"]
    assert main(["train", *GREEDY, *options, runs, "--name", "b", "--seeds", "2"]) == 0
    assert found("all runs/b/report.md").is_file()
    assert list(Path().iterdir()) == []
    run = Path("all runs/b/seed-1")
    monkeypatch.chdir(found(""))
    capsys.readouterr()
    assert main(["run", str(run)]) == 0
    assert capsys.readouterr().out.startswith("a trace: 1 nodes, 3 pods of web wanted")
    assert main(["train", "--resume", "all runs/b", "--jobs", "2"]) == 0
    board = ["leaderboard", "all runs/b", f"--out={given('.', 'my board.html')}"]
    pytest.importorskip("inspect_ai")
    assert main(board) == 0
    assert Path("my board.html").is_file()


@in_each_place
def test_a_search_trains_from_any_folder(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("optuna")
    pytest.importorskip("matplotlib")
    runs = f"--runs={given(place, 'all runs')}"
    given_trace = f"--set=trace={found('a trace.sktrace')}"
    options = [given_trace, "--set=deploy=web", "--set=target=3", "--set=max_steps=5"]
    options += ["--param", "steps=64,128", "--trials", "1"]
    assert main(["sweep", *GREEDY, *options, runs, "--name", "b"]) == 0
    assert list(Path().iterdir()) == []
    monkeypatch.chdir(found(""))
    assert main(["sweep", "--resume", "all runs/b", "--trials", "2"]) == 0
    report = json.loads(Path("all runs/b/report.json").read_text())
    assert [trial["state"] for trial in report["trials"]] == ["complete"] * 2


@in_each_place
def test_a_benchmark_is_gone_on_with_from_any_folder(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("inspect_ai")
    runs = f"--runs={given(place, 'all runs')}"
    options = ["--trace", given(place, "a trace.sktrace"), *TRACE, "--steps", "3"]
    models = ["--model", "mockllm/model", "--agent", "rules"]
    assert main(["bench", *models, *options, runs, "--name", "b"]) == 0
    assert list(Path().iterdir()) == []
    monkeypatch.chdir(found(""))
    assert main(["bench", "--resume", "all runs/b"]) == 0
    outcomes = Path("all runs/b/outcomes.jsonl").read_text()
    assert '"agent":"rules (3 steps)"' in outcomes
    assert '"agent":"mockllm/model (3 steps)"' in outcomes
