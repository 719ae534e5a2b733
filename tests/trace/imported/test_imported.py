"""Public cluster traces: rows become nodes and pods, wrong ones are named, order is of time."""

from __future__ import annotations

import json
import random
import tracemalloc
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simarena.cluster.replay.replayed import replay_trace
from simarena.errors import TraceError
from simarena.trace import Trace
from simarena.trace.imported import arrivals, writing
from simarena.trace.imported.arrivals import Stay, events, in_order
from simarena.trace.imported.azure_packing import azure_nodes, azure_types, azure_vms
from simarena.trace.imported.lines import lines
from simarena.trace.imported.objects import pod
from simarena.trace.imported.openb import openb_nodes, openb_pods
from simarena.trace.imported.writing import write_nodes, write_trace

if TYPE_CHECKING:
    from pathlib import Path

NODES = """sn,cpu_milli,memory_mib,gpu,model
gpu-node,32000,65536,2,G3
Plain_Node,16000,32768,0,nan
"""
PODS = (
    "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,"
    "creation_time,deletion_time,scheduled_time\n"
)
FIRST = "first,4000,1024,1,460,G2|G3,LS,Running,100,160,100\n"
SECOND = "second,500,512,0,0,,BE,Pending,90,,\n"
THIRD = "third,500,512,2,1000,nan,BE,Failed,160,170.0,165\n"


def saved(folder: Path, text: str) -> Path:
    path = folder / "given.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_nodes_of_openb(tmp_path: Path) -> None:
    first, second = openb_nodes(saved(tmp_path, NODES))
    assert first["metadata"]["labels"]["simarena.io/gpu-model"] == "G3"
    assert first["status"]["allocatable"] == {
        "cpu": "32000m",
        "memory": "65536Mi",
        "simarena.io/gpu-milli": "2000",
        "pods": "256",
    }
    assert second["metadata"]["name"] == "plain-node"
    assert "simarena.io/gpu-milli" not in second["status"]["allocatable"]


def test_pods_of_openb(tmp_path: Path) -> None:
    first, second, third = openb_pods(saved(tmp_path, PODS + FIRST + SECOND + THIRD))
    assert (first.start_s, first.end_s) == (100, 160)
    spec = first.manifest["spec"]
    resources = spec["containers"][0]["resources"]
    assert resources["requests"] == {
        "cpu": "4000m",
        "memory": "1024Mi",
        "simarena.io/gpu-milli": "460",
    }
    assert resources["limits"] == {"simarena.io/gpu-milli": "460"}
    required = spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    (chosen,) = required["nodeSelectorTerms"][0]["matchExpressions"]
    assert chosen["values"] == ["G2", "G3"]
    assert (second.start_s, second.end_s) == (90, None)
    assert "affinity" not in second.manifest["spec"]
    requests = third.manifest["spec"]["containers"][0]["resources"]["requests"]
    assert requests["simarena.io/gpu-milli"] == "2000"


def test_pods_of_lists_without_times_come_at_once_and_stay(tmp_path: Path) -> None:
    path = saved(tmp_path, "name,cpu_milli,memory_mib,num_gpu,gpu_milli\nfirst,4000,1024,8,1000\n")
    (found,) = openb_pods(path)
    assert (found.start_s, found.end_s) == (0, None)
    (container,) = found.manifest["spec"]["containers"]
    assert container["resources"]["limits"] == {"simarena.io/gpu-milli": "8000"}


def test_a_list_with_some_times_must_have_all(tmp_path: Path) -> None:
    path = saved(tmp_path, "name,cpu_milli,memory_mib,num_gpu,gpu_milli,qos\nfirst,4,1,8,1,LS\n")
    with pytest.raises(TraceError, match="line 1: there is no column gpu_spec"):
        list(openb_pods(path))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (FIRST.replace("4000", "many"), "line 3: cpu_milli must be a number, got 'many'"),
        (FIRST.replace("4000", "-1"), "line 3: cpu_milli must be at least 0, got '-1'"),
        (FIRST.replace("4000", "1e999"), "line 3: cpu_milli is not finite"),
        (FIRST.replace("4000", "0.5"), "line 3: cpu_milli must be a whole number"),
        (FIRST.replace("460", "1001"), "line 3: gpu_milli must be at most 1000"),
        (FIRST.replace("160", "99"), "line 3: deletion_time must not be before creation_time"),
        (FIRST.replace("first", "a b"), "line 3: name must be made of letters"),
        (FIRST.replace("first", ""), "line 3: name must not be empty"),
        ("a,b\n", "line 3: has 2 values for 11 columns"),
        ('"a\n', "line 3: is no CSV"),
    ],
)
def test_wrong_rows_are_named(tmp_path: Path, line: str, message: str) -> None:
    path = saved(tmp_path, PODS + SECOND + line)
    with pytest.raises(TraceError) as error:
        list(openb_pods(path))
    assert str(error.value).startswith(f"{path}: {message}")
    assert "\n" not in str(error.value)


def test_files_that_are_others_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TraceError, match="line 1: there is no column name; needed are name, cpu"):
        list(openb_pods(saved(tmp_path, NODES)))
    with pytest.raises(TraceError, match="the file is empty"):
        list(openb_pods(saved(tmp_path, "")))
    path = tmp_path / "given.csv"
    path.write_bytes(PODS.encode() + b"\xff\n")
    with pytest.raises(TraceError, match="line 2: is not UTF-8"):
        list(openb_pods(path))


def test_a_byte_order_mark_and_progress(tmp_path: Path) -> None:
    path = tmp_path / "given.csv"
    path.write_bytes(b"\xef\xbb\xbf" + (PODS + 2_000 * SECOND).encode())
    seen: list[int] = []
    assert len(list(openb_pods(path, seen.append))) == 2_000
    assert seen == sorted(seen)
    assert len(seen) == 1


def test_azure_packing(tmp_path: Path) -> None:
    types = tmp_path / "types.csv"
    types.write_text(
        "id,vmTypeId,machineId,core,memory,hdd,ssd,nic\n"
        "0,7,0,0.5,0.25,,0,0\n1,7,3,1,1,,0,0\n2,8,3,0.1,0.1,,0,0\n"
    )
    vms = saved(
        tmp_path,
        "vmId,tenantId,vmTypeId,priority,starttime,endtime\n"
        "1,22,7,0,-3.5,0.5\n2,22,8,0,0,1\n3,22,7,1,1.25,\n",
    )
    known = azure_types(types, 0)
    assert known == {7: (32_000, 131_072)}
    first, third = azure_vms(vms, known)
    assert (first.start_s, first.end_s) == (0, 43_200)
    assert (third.start_s, third.end_s) == (108_000, None)
    assert first.manifest["metadata"]["name"] == "vm-1"
    assert [stay.manifest["spec"]["priority"] for stay in (first, third)] == [1_000, 0]
    assert len(list(azure_nodes(3))) == 3
    with pytest.raises(TraceError, match="no type for machine 5; machines are 0, 3"):
        azure_types(types, 5)


def stay(start_s: int, end_s: int | None, name: str = "p") -> Stay:
    return Stay(start_s, end_s, pod(name, {"cpu": "1m"}, {}, {}))


def told(stays: list[Stay], until_s: int | None = None) -> list[tuple[int, list[str], list[str]]]:
    return [
        (
            event.ts,
            [each["metadata"]["name"] for each in event.applied_objs],
            [each["metadata"]["name"] for each in event.deleted_objs],
        )
        for event in events(stays, until_s)
    ]


def test_events_by_hand() -> None:
    stays = [stay(5, 9, "b"), stay(0, 5, "a"), stay(5, None, "c"), stay(9, 9, "d")]
    assert told(stays) == [
        (0, ["a"], []),
        (5, ["b", "c"], ["a"]),
        (9, ["d"], ["b", "d"]),
    ]
    assert told(stays, 5) == [(0, ["a"], []), (5, ["b", "c"], ["a"])]
    assert told([]) == []


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 5)), max_size=30))
def test_runs_on_disk_are_merged_in_order(given_: list[tuple[int, int]]) -> None:
    stays = [
        stay(start_s, start_s + lasts, str(number))
        for number, (start_s, lasts) in enumerate(given_)
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(arrivals, "_RUN", 4)
        assert list(in_order(stays)) == sorted(stays, key=lambda each: each.start_s)


def test_what_was_imported_is_replayed(tmp_path: Path) -> None:
    nodes = tmp_path / "nodes.json"
    assert write_nodes(nodes, openb_nodes(saved(tmp_path, NODES))) == 2
    pods = openb_pods(saved(tmp_path, PODS + FIRST + SECOND + THIRD))
    path = tmp_path / "made.sktrace"
    assert write_trace(path, events(pods), "given.csv") == (3, 4)
    trace = Trace.from_path(path)
    assert [event.ts for event in trace.events] == [90, 100, 160, 170]
    assert trace.to_bytes() == path.read_bytes()
    replayed = replay_trace(trace, json.loads(nodes.read_text())["items"])
    assert not replayed.waits
    series = replayed.workloads["Pod virtual-default/first"]
    assert [counts.total for _, counts in series][-1] == 0
    assert max(counts.ready for _, counts in series) == 1


def test_nothing_is_left_of_a_trace_that_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "made.sktrace"
    monkeypatch.setattr(writing, "MAX_BYTES", 1_000)
    stays = [stay(number, None, f"p{number}") for number in range(50)]
    with pytest.raises(TraceError, match="larger than the 0 MiB that are read; take less"):
        write_trace(path, events(stays), "given.csv")
    assert list(tmp_path.iterdir()) == []


def test_memory_is_bounded_by_the_pods_that_are_there(tmp_path: Path) -> None:
    chance = random.Random(0)
    with (tmp_path / "given.csv").open("w") as file:
        file.write(PODS)
        for number in range(30_000):
            start_s = chance.randrange(100_000)
            file.write(f"p{number},1,1,0,0,,LS,Running,{start_s},{start_s + 5},\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(arrivals, "_RUN", 500)
        tracemalloc.start()
        num = sum(len(event.applied_objs) for event in events(openb_pods(tmp_path / "given.csv")))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert num == 30_000
    assert peak < 10 << 20  # all of them at once take over 60 MiB


def test_lines_may_have_more_columns_and_quotes(tmp_path: Path) -> None:
    path = saved(tmp_path, 'b,a\n"x, y",1\n\n z ,2\n')
    found = list(lines(path, ["a"]))
    assert [line.values["b"] for line in found] == ["x, y", " z "]
    assert [line.where.rpartition(" ")[2] for line in found] == ["2", "4"]
