from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.trace._objects import deployment, trace_of
from typer.testing import CliRunner

from simarena.cli.trace import app
from simarena.errors import NotFoundError, SimArenaError, TraceError, UnknownNameError
from simarena.trace import Trace, settings, workload

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    trace = trace_of(
        (100, [deployment(requests={"cpu": "500m", "memory": "1Gi"}, replicas=1)], []),
        (160, [deployment(requests={"cpu": "500m", "memory": "1Gi"}, replicas=3)], []),
    )
    trace.save(tmp_path / "web.sktrace")
    return tmp_path / "web.sktrace"


def invoke(*arguments: object) -> str:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def test_show_prints_a_timeline(path: Path) -> None:
    shown = invoke("show", path)
    assert "2 events over 60 s, objects applied 2, deleted 0" in shown
    assert "replicas 1, cpu 500m, memory 1Gi" in shown
    assert "replicas 1→3" in shown


def test_show_can_follow_one_workload(path: Path) -> None:
    assert "default/web" in invoke("show", path, "--deploy", "web")
    with pytest.raises(NotFoundError, match="did you mean 'web'"):
        invoke("show", path, "--deploy", "wob")


def test_check_says_sound_or_raises(path: Path) -> None:
    assert invoke("check", path).strip().endswith(": sound")
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(TraceError, match=r"web\.sktrace: is not a trace, or damaged"):
        invoke("check", path)


def test_check_says_of_a_replay_what_the_replay_would(tmp_path: Path) -> None:
    unmatched = deployment(requests={"cpu": "500m"}, replicas=1)
    unmatched["spec"]["selector"] = {}
    trace_of((100, [unmatched], [])).save(tmp_path / "a.sktrace")
    with pytest.raises(SimArenaError, match=r"spec.selector: Invalid value: \{\}: empty selector"):
        invoke("check", tmp_path / "a.sktrace")
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "data"},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "1Gi"}},
        },
    }
    trace_of((100, [claim, deployment(replicas=1)], [])).save(tmp_path / "b.sktrace")
    first, second = invoke("check", tmp_path / "b.sktrace").splitlines()
    assert first.endswith(": sound")
    assert second == "not simulated: PersistentVolumeClaim data"


def test_convert_goes_to_json_and_back(path: Path, tmp_path: Path) -> None:
    invoke("convert", path, tmp_path / "a.json")
    assert (tmp_path / "a.json").read_bytes().startswith(b"{\n")
    invoke("convert", tmp_path / "a.json", tmp_path / "b.sktrace")
    assert (tmp_path / "b.sktrace").read_bytes() == path.read_bytes()
    invoke("convert", path, tmp_path / "c.txt", "--format", "json")
    assert (tmp_path / "c.txt").read_bytes() == (tmp_path / "a.json").read_bytes()


def test_edit_applies_actions_in_order_and_tells_of_blocks(path: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.sktrace"
    said = invoke(
        *("edit", path, out, "--deploy", "web", "--action", "increase-cpu"),
        *("--action", "6", "--action", "6", "--action", "6", "--action", "3"),
    )
    assert said.splitlines() == [
        "default/web: cpu 500m, memory 1Gi, replicas 3",
        "increase_cpu: cpu 1, memory 1Gi, replicas 3",
        "decrease_replicas: cpu 1, memory 1Gi, replicas 2",
        "decrease_replicas: cpu 1, memory 1Gi, replicas 1",
        "decrease_replicas: blocked, it would cross a limit",
        "increase_replicas: cpu 1, memory 1Gi, replicas 2",
    ]
    edited = Trace.from_path(out)
    assert settings(edited, workload(edited, "web")) == (1000, 2**30, 2)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        (["--deploy", "web", "--action", "fly"], UnknownNameError),
        (["--deploy", "none", "--action", "1"], NotFoundError),
        (["--deploy", "web", "--namespace", "prod", "--action", "1"], NotFoundError),
    ],
)
def test_a_refused_edit_writes_nothing(
    path: Path, tmp_path: Path, options: list[str], error: type[SimArenaError]
) -> None:
    with pytest.raises(error):
        invoke("edit", path, tmp_path / "out.sktrace", *options)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "arguments", [["show"], ["convert", "a", "b", "--format", "xml"], ["edit", "a", "b"], ["fly"]]
)
def test_a_wrong_command_line_ends_with_status_2(arguments: list[str]) -> None:
    assert CliRunner().invoke(app, arguments).exit_code == 2


def test_the_program_reports_one_line_and_status_1(tmp_path: Path) -> None:
    (tmp_path / "foreign.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    done = subprocess.run(
        [sys.executable, "-m", "simarena", "trace", "check", "foreign.png"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("simarena: foreign.png: is not a trace")
    assert done.stderr.count("\n") == 1


def test_import_writes_what_replay_takes(tmp_path: Path) -> None:
    nodes, pods = tmp_path / "nodes.csv", tmp_path / "pods.csv"
    nodes.write_text("sn,cpu_milli,memory_mib,gpu,model\nn1,4000,4096,0,\n")
    pods.write_text(
        "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,"
        "creation_time,deletion_time\np1,100,64,0,0,,LS,Running,0,30\n"
    )
    out = tmp_path / "out"
    given = ["import", "openb", nodes, pods, "--out", out]
    assert "1 pods in 2 events" in invoke(*given)
    assert sorted(path.name for path in out.iterdir()) == ["nodes.json", "trace.sktrace"]
    kept = (out / "trace.sktrace").read_bytes()
    pods.write_text(pods.read_text() + "p2,x,64,0,0,,LS,Running,0,30\n")
    with pytest.raises(TraceError, match=r"pods.csv: line 3: cpu_milli must be a number"):
        invoke(*given)
    assert (out / "trace.sktrace").read_bytes() == kept
    assert len(list(out.iterdir())) == 2
    assert "sound" in invoke("check", out / "trace.sktrace")


def test_import_of_what_is_no_table_leaves_no_folder(tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("what,is,this\n1,2,3\n")
    with pytest.raises(TraceError, match=r"bad.csv"):
        invoke("import", "openb", bad, bad, "--out", tmp_path / "new" / "out")
    assert list(tmp_path.iterdir()) == [bad]
    (tmp_path / "mine").mkdir()
    with pytest.raises(TraceError, match=r"bad.csv"):
        invoke("import", "openb", bad, bad, "--out", tmp_path / "mine")
    assert sorted(tmp_path.iterdir()) == [bad, tmp_path / "mine"]


def test_import_of_virtual_machines(tmp_path: Path) -> None:
    types, vms = tmp_path / "types.csv", tmp_path / "vms.csv"
    types.write_text("id,vmTypeId,machineId,core,memory\n0,7,0,0.5,0.25\n")
    vms.write_text("vmId,tenantId,vmTypeId,priority,starttime,endtime\n1,2,7,0,0,\n2,2,7,0,1,\n")
    out = tmp_path / "out"
    told = invoke("import", "azure-packing", types, vms, "--out", out, "--nodes", 3, "--limit", 1)
    assert "3 nodes" in told
    assert "1 pods in 1 events" in told
