from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simarena.ec2.inventory import Inventory, Worker
from simarena.ec2.launching import request
from simarena.ec2.settings import FleetSettings
from simarena.ec2.user_data import user_data
from simarena.errors import ConfigError, FleetError, SimArenaError

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = FleetSettings(run="r1", store="s3://jobs/here")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("run", "../r1"),
        ("run", "r1;reboot"),
        ("store", "/tmp/jobs"),
        ("store", "s3://key:secret@jobs/here"),
        ("store", "s3://jobs/he re"),
        ("count", 0),
        ("count", 1_001),
        ("image", "ami-1;2"),
        ("instance_type", "large"),
        ("security_groups", "sg-0123456789abcdef0"),
        ("security_groups", ("web",)),
        ("release", "simarena"),
        ("release", "simarena==1 --index-url=http://elsewhere"),
        ("root_device", "xvda"),
        ("max_age_h", 0),
        ("max_age_h", float("nan")),
        ("spot", "yes"),
    ],
)
def test_what_ec2_or_a_worker_could_not_use_is_refused(name: str, value: Any) -> None:
    with pytest.raises(ConfigError, match=name.partition("_")[0]):
        FleetSettings(**{"run": "r1", "store": "s3://jobs/here", name: value})


@given(st.text(max_size=40))
def test_no_place_of_jobs_leaves_its_word_in_the_script(text: str) -> None:
    try:
        settings = FleetSettings(run="r1", store=f"s3://jobs/{text}")
    except SimArenaError:
        return
    script = user_data(settings, "r1-1")
    (line,) = [each for each in script.splitlines() if each.startswith("ExecStart=/opt")]
    assert (
        subprocess.run(
            ["bash", "-c", f"printf '%s\n' {line.partition('=')[2]}"],
            capture_output=True,
            text=True,
            check=True,
        )
        .stdout.splitlines()[3]
        .replace("%%", "%")
        .replace("$$", "$")
        == settings.store
    )


def test_the_script_is_one_that_a_shell_can_read() -> None:
    script = user_data(SETTINGS, "r1-1")
    subprocess.run(["bash", "-n"], input=script, text=True, check=True)
    assert "+1440 minutes" in script
    assert "--max-idle 1800" in script
    assert f"pip install -q '{SETTINGS.release}'" in script


def test_no_request_holds_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "do-not-tell")
    asked = request(SETTINGS, Worker(worker="r1-1", token="t"), 0.1)
    assert "do-not-tell" not in json.dumps(asked)
    assert asked["MetadataOptions"]["HttpTokens"] == "required"


def test_an_inventory_is_read_as_it_was_written(tmp_path: Path) -> None:
    inventory = Inventory.new(tmp_path / "r1.json", SETTINGS)
    inventory.write()
    assert Inventory.read(tmp_path / "r1.json") == inventory
    with pytest.raises(FleetError, match="is there already"):
        Inventory.new(tmp_path / "r1.json", SETTINGS)


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[: len(text) // 2],
        lambda text: text.replace('"version": 1', '"version": 2'),
        lambda text: text.replace('"planned"', '"wished"'),
        lambda text: text.replace('"count": 1', '"count": "1"'),
        lambda text: text.replace('"count": 1', '"amount": 1'),
        lambda _: "[]",
    ],
)
def test_a_damaged_inventory_is_one_line(tmp_path: Path, damage: Any) -> None:
    path = tmp_path / "r1.json"
    Inventory.new(path, SETTINGS).write()
    path.write_text(damage(path.read_text()))
    with pytest.raises(FleetError, match=r"r1\.json: "):
        Inventory.read(path)
