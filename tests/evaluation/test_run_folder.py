"""Run folders: complete when they appear, and safe to read half-written."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from simarena.errors import RunError
from simarena.evaluation.run_folder import RunFolder, check_name, next_name

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return RunFolder.create(
        tmp_path / "runs" / "one", command=["simarena", "train", "a b"], settings={"steps": 3}
    )


def test_a_new_folder_holds_what_made_it(run: RunFolder) -> None:
    assert (run.path / "command.txt").read_text() == "simarena train 'a b'\n"
    assert run.read_json("settings.json") == {"steps": 3}
    assert "python" in run.read_json("versions.json")
    assert run.metrics.read_text() == ""
    assert [each.name for each in run.path.parent.iterdir()] == ["one"]


def test_a_name_is_given_once(run: RunFolder) -> None:
    with pytest.raises(RunError, match="exists already"):
        RunFolder.create(run.path, command=[], settings={})
    runs = run.path.parent
    with pytest.raises(RunError, match="exists already"):
        check_name(runs, "one")
    assert next_name(runs, "dqn-train") == "dqn-train-001"
    (runs / "dqn-train-001").mkdir()
    assert next_name(runs, "dqn-train") == "dqn-train-002"


@pytest.mark.parametrize("name", ["../up", "", ".hidden", "a/b", "a b", "x" * 101])
def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(RunError, match="use letters"):
        check_name(tmp_path, name)


def test_settings_that_are_no_json_leave_nothing(tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        RunFolder.create(tmp_path / "x", command=[], settings={"steps": object()})
    assert list(tmp_path.iterdir()) == []


def test_a_torn_last_line_of_metrics_is_left_out(run: RunFolder) -> None:
    with run.append_metrics() as metrics:
        for step in (10, 20, 30):
            metrics.write(json.dumps({"step": step}) + "\n")
        metrics.write('{"step": 4')
    assert [row["step"] for row in run.metrics_rows()] == [10, 20, 30]
    run.rewind_metrics(20)
    assert run.metrics.read_text() == '{"step": 10}\n{"step": 20}\n'


def test_damaged_metrics_are_left_out(run: RunFolder) -> None:
    run.metrics.write_bytes(b'\xff\xfe\n[]\n{"step": "x"}\n{"step": 5}\n')
    assert run.metrics_rows() == [{"step": 5}]
    run.metrics.unlink()
    assert run.metrics_rows() == []


def test_only_one_process_trains_in_it(run: RunFolder) -> None:
    with (
        run.locked(),
        pytest.raises(RunError, match="another process"),
        RunFolder.open(run.path).locked(),
    ):
        pass
    with run.locked():
        pass


def test_a_folder_that_is_no_run_is_said(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="is no run folder"):
        RunFolder.open(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000])
def test_damaged_json_is_said(run: RunFolder, text: str) -> None:
    (run.path / "settings.json").write_text(text)
    with pytest.raises(RunError, match="cannot be read as JSON"):
        run.read_json("settings.json")
