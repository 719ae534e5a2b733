"""Machines as EC2 tells of them, found by their tags."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from simarena.ec2.settings import PROJECT
from simarena.errors import FleetError

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

PAID: Final = ("pending", "running", "stopping", "stopped", "shutting-down")
"""States in which a machine, or at least its volume, costs money."""

RUNNING: Final = ("pending", "running")


@dataclass(frozen=True)
class Machine:
    """One EC2 instance of a fleet."""

    instance: str
    run: str
    worker: str
    state: str
    instance_type: str
    zone: str
    is_spot: bool
    launched_at: datetime
    price_usd_per_h: float
    """As its launch noted it; 0: not known."""

    def age_h(self, now: datetime) -> float:
        """Return for how many hours it has been there."""
        return max(0.0, (now - self.launched_at).total_seconds() / 3600)

    def cost_usd(self, now: datetime) -> float | None:
        """Return what it has cost at most, without its volume; None if its price is not known."""
        return self.age_h(now) * self.price_usd_per_h if self.price_usd_per_h else None


def client(region: str) -> Any:  # noqa: ANN401 - boto3 makes its clients' classes when it runs
    """Return a client of EC2 that waits and repeats where it is throttled.

    Credentials come from the standard chain: environment, profile, instance role. Raises FleetError
    if there are none for the region.
    """
    import boto3
    from botocore.config import Config

    with asking("EC2 cannot be reached"):
        return boto3.client(
            "ec2",
            region_name=region,
            config=Config(retries={"mode": "adaptive", "total_max_attempts": 8}),
        )


@contextmanager
def asking(what: str, *, but: Container[str] = ()) -> Iterator[None]:
    """Turn what boto3 raises into a FleetError that says `what`, and what EC2 said.

    Errors of the API with a code in `but` are let through, for who knows what to do then.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (BotoCoreError, ClientError) as error:
        if code_of(error) in but:
            raise
        message = f"{what}: {' '.join(str(error).split())}"
        raise FleetError(message) from error


def code_of(error: Exception) -> str:
    """Return the API's code of an error, as InsufficientInstanceCapacity; "" if it has none."""
    response: Mapping[str, Any] = getattr(error, "response", {})
    return str(response.get("Error", {}).get("Code", ""))


def find(ec2: Any, run: str = "", *, states: Sequence[str] = PAID) -> list[Machine]:  # noqa: ANN401
    """Return the machines of a run, or of all, in the order of their workers; raises FleetError."""
    asked = [
        {"Name": "tag:Project", "Values": [PROJECT]},
        {"Name": "instance-state-name", "Values": list(states)},
    ]
    if run:
        asked.append({"Name": "tag:RunId", "Values": [run]})
    with asking("machines cannot be listed"):
        pages = ec2.get_paginator("describe_instances").paginate(Filters=asked)
        found = [_machine(each) for each in _instances(pages)]
    return sorted(found, key=lambda each: (each.run, each.worker, each.launched_at, each.instance))


def _instances(pages: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for page in pages:
        for reservation in page["Reservations"]:
            yield from reservation["Instances"]


def _machine(told: Mapping[str, Any]) -> Machine:
    tags = {each["Key"]: each["Value"] for each in told.get("Tags", ())}
    try:
        price = float(tags.get("PriceUsdPerHour", "0"))
    except ValueError:
        price = 0.0
    return Machine(
        instance=told["InstanceId"],
        run=tags.get("RunId", ""),
        worker=tags.get("WorkerId", ""),
        state=told["State"]["Name"],
        instance_type=told["InstanceType"],
        zone=told.get("Placement", {}).get("AvailabilityZone", ""),
        is_spot=told.get("InstanceLifecycle") == "spot",
        launched_at=told.get("LaunchTime", datetime.now(UTC)),
        price_usd_per_h=price,
    )


def total_cost_usd(machines: Sequence[Machine], now: datetime) -> float | None:
    """Return what machines have cost together; None if a price is not known."""
    costs = [each.cost_usd(now) for each in machines]
    return None if None in costs else sum(each for each in costs if each is not None)
