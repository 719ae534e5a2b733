from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from simarena.ec2.inventory import Inventory
from simarena.ec2.settings import FleetSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

REGION = "eu-central-1"


@pytest.fixture
def ec2(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A client of an EC2 that lives in this process."""
    for name, value in (
        ("AWS_ACCESS_KEY_ID", "testing"),
        ("AWS_SECRET_ACCESS_KEY", "testing-secret"),
        ("AWS_DEFAULT_REGION", REGION),
        ("MOTO_EC2_LOAD_DEFAULT_AMIS", "false"),  # 1,500 images take seconds, and none is needed
    ):
        monkeypatch.setenv(name, value)
    with mock_aws():
        yield boto3.client("ec2", region_name=REGION)


@pytest.fixture
def image(ec2: Any) -> str:
    registered: str = ec2.register_image(Name="debian-12")["ImageId"]
    return registered


@pytest.fixture
def planned(tmp_path: Path, image: str) -> Callable[..., Inventory]:
    """Makes the plan of a fleet."""

    def make(count: int = 3, run: str = "r1", **settings: Any) -> Inventory:
        asked = FleetSettings(run=run, store="s3://jobs/here", count=count, image=image, **settings)
        return Inventory.new(tmp_path / f"{run}.json", asked)

    return make
