from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from simarena.cli import main

DATA = Path(__file__).parents[1] / "data" / "scheduling.jsonl"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "scheduling").mkdir()
    (tmp_path / "scheduling" / "own.jsonl").write_bytes(DATA.read_bytes())
    return tmp_path


def test_records_that_agree_end_with_status_0(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["conformance", str(folder), "--json"]) == 0
    (family,) = json.loads(capsys.readouterr().out)["families"]
    assert family["name"] == "scheduling/own"
    assert family["decisions"] == family["agreed"] > 0
    assert family["disagreements"] == []


def test_a_record_that_disagrees_is_shown_with_both_sides_and_ends_with_status_1(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = json.loads(DATA.read_text().splitlines()[0])
    step = next(step for step in case["steps"] if "node" in step.get("result", {}))
    names = [node["metadata"]["name"] for node in case["nodes"]]
    (other,) = (name for name in names if name != step["result"]["node"])
    step["result"]["node"] = other
    (folder / "scheduling" / "own.jsonl").write_text(json.dumps(case))
    assert main(["conformance", str(folder)]) == 1
    said = capsys.readouterr().out
    assert f"recorded {other}, says" in said
    assert "NodeResourcesFit" in said


def test_times_at_which_controllers_reached_states_are_told_of_both_halves(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "controllers").mkdir()
    state: dict[str, object] = {"pods": {}, "replicasets": [], "status": {}}
    moments = [{"t_ms": time_ms, "state": state} for time_ms in (3, 9)]
    step = {"op": "wait", "after_s": 2, "timeline": moments, "settled": state}
    case = {"name": "c", "family": "deployment", "ready_ms": 300, "quiet": 2.0, "steps": [step]}
    line = json.dumps({**case, "nodes": []})
    (tmp_path / "controllers" / "deployment.jsonl").write_text(line)
    assert main(["conformance", str(tmp_path)]) == 0
    assert "controllers/deployment" in capsys.readouterr().out
    assert main(["conformance", str(tmp_path), "--timing", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    first, second = told["timing"]
    assert [fit["family"] for fit in told["fits"]] == ["deployment"]
    assert (first["family"], first["num_states"], second["num_states"]) == ("deployment", 1, 0)
    assert first["reached"] == [[9, 0]]
    assert main(["conformance", str(tmp_path), "--timing"]) == 0
    assert "fitted delay" in " ".join(capsys.readouterr().out.split())


def test_a_folder_without_records_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["conformance", str(tmp_path)]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_a_damaged_record_names_its_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with (folder / "scheduling" / "own.jsonl").open("a") as file:
        file.write('{"name": "half')
    assert main(["conformance", str(folder)]) == 1
    lines = len(DATA.read_text().splitlines()) + 1
    assert f"own.jsonl:{lines}: this is no JSON record" in capsys.readouterr().err


def test_recorded_decisions_are_judged(
    shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of each kind a few: all are judged in `tests/cluster/conformance`."""
    records = shared / "conformance"
    for kind, name, count in (("scheduling", "replicaset", 3), ("rollouts", "rollout", 1)):
        lines = (records / kind / f"{name}.jsonl").read_text("utf-8").splitlines(keepends=True)
        (tmp_path / kind).mkdir()
        (tmp_path / kind / f"{name}.jsonl").write_text("".join(lines[:count]), "utf-8")
    (tmp_path / "replays").symlink_to(records / "replays")
    (tmp_path / "traces").symlink_to(shared / "traces")
    assert main(["conformance", str(tmp_path), "--json"]) == 0
    families = json.loads(capsys.readouterr().out)["families"]
    assert {family["name"].partition("/")[0] for family in families} >= {"scheduling", "replays"}
    assert any(family["name"].startswith("rollouts") for family in families)
    assert all(family["agreed"] == family["decisions"] > 0 for family in families)


def test_recorded_answers_of_an_api_are_judged_beside_decisions(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("starlette")
    request: dict[str, Any] = {
        "method": "GET",
        "path": "/readyz",
        "query": {},
        "headers": {},
        "body": None,
    }
    headers = {"content-type": "text/plain; charset=utf-8"}
    step = {"request": request, "response": {"status": 200, "headers": headers, "body": "ok"}}
    case: dict[str, Any] = {
        "family": "f",
        "name": "n",
        "namespace": None,
        "controllers": False,
        "unstable": [],
    }
    (tmp_path / "api").mkdir()
    (tmp_path / "api" / "f.jsonl").write_text(json.dumps({**case, "steps": [step]}))
    assert main(["conformance", str(tmp_path), "--json"]) == 0
    (family,) = json.loads(capsys.readouterr().out)["families"]
    assert (family["name"], family["decisions"], family["agreed"]) == ("api/f", 1, 1)
