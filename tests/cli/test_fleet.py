from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from simarena.cli import main
from simarena.ec2.settings import FleetSettings
from simarena.ec2.user_data import user_data

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def image(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "do-not-tell")
    monkeypatch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
    monkeypatch.chdir(tmp_path)
    with mock_aws():
        ec2 = boto3.client("ec2", region_name="eu-central-1")
        yield ec2.register_image(Name="debian-12")["ImageId"]


def test_a_fleet_is_launched_listed_and_terminated(
    image: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    launch = ["fleet", "launch", "s3://jobs/here", "--count", "2", "--run", "r1"]
    assert main([*launch, "--image", image, "--price-usd-per-h", "0.2", "--yes"]) == 0
    assert "2 of 2 workers have a machine" in capsys.readouterr().out
    assert "do-not-tell" not in (tmp_path / "fleets" / "r1.json").read_text()

    assert main(["fleet", "list", "--json"]) == 0
    listed: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    assert [each["worker"] for each in listed] == ["r1-1", "r1-2"]

    # A second launch of the same run would be a second bill.
    assert main([*launch, "--image", image, "--yes"]) == 1
    assert "--resume" in capsys.readouterr().err
    assert main(["fleet", "launch", "s3://jobs/here", "--run", "r1", "--resume", "--yes"]) == 0
    capsys.readouterr()

    assert main(["fleet", "terminate", "r1", "--yes"]) == 0
    out = capsys.readouterr().out
    assert "cost so far" in out
    assert "2 machines are ending" in out
    assert main(["fleet", "list"]) == 0
    assert capsys.readouterr().out == "No machines in eu-central-1\n"


def test_a_dry_run_prints_every_request_and_asks_for_nothing(
    image: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["fleet", "launch", "s3://jobs/here", "--count", "3", "--image", image, "--dry-run"]
    assert main(command) == 0
    asked = json.loads(capsys.readouterr().out)["RunInstances"]
    assert len(asked) == 3
    assert len({each["ClientToken"] for each in asked}) == 3
    assert "systemctl enable --now simarena-end.timer" in asked[0]["UserData"]
    assert list(tmp_path.iterdir()) == []
    assert main(["fleet", "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_a_machine_calls_a_worker_as_it_wants_to_be_called(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    script = user_data(FleetSettings(run="r1", store="s3://jobs/here"), "r1-1")
    (line,) = [each for each in script.splitlines() if each.startswith("ExecStart=/opt")]
    assert main(["worker", "--help"]) == 0
    told = capsys.readouterr().out
    asked = [word for word in line.split() if word.startswith("--")]
    assert asked == ["--store", "--worker-id", "--max-idle"]
    assert all(word in told for word in asked)


def test_who_does_not_agree_changes_nothing(
    image: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("typer.confirm", lambda _: False)
    assert main(["fleet", "launch", "s3://jobs/here", "--image", image]) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("run", ["../r1", "", ".r1"])
def test_a_run_is_no_path(image: str, run: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fleet", "terminate", run, "--yes"]) == 1
    assert "is no id of a run" in capsys.readouterr().err
