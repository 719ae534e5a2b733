from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from simarena.ec2.ending import stop, terminate
from simarena.ec2.inventory import ENDED, LAUNCHED, Inventory
from simarena.ec2.launching import launch
from simarena.ec2.machines import find, total_cost_usd
from simarena.ec2.waiting import wait_for_checks
from simarena.errors import FleetError

if TYPE_CHECKING:
    from collections.abc import Callable

    Plan = Callable[..., Inventory]


class CrashError(BaseException):
    """The process dies."""


class Flaky:
    """EC2 behind a connection on which things happen: before or after the Nth call."""

    def __init__(self, ec2: Any, happen: Callable[[int, str, bool], None]) -> None:
        self._ec2 = ec2
        self._happen = happen
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._ec2, name)
        if name == "get_paginator":
            return real

        def call(**arguments: Any) -> Any:
            self.calls.append(name)
            number = len(self.calls)
            self._happen(number, name, False)
            answer = real(**arguments)
            self._happen(number, name, True)
            return answer

        return call


def refusing(code: str, name: str = "run_instances", numbers: tuple[int, ...] = ()) -> Any:
    def happen(number: int, called: str, after: bool) -> None:
        if called == name and not after and (not numbers or number in numbers):
            raise ClientError({"Error": {"Code": code, "Message": "said EC2"}}, "RunInstances")

    return happen


def workers_of(ec2: Any, run: str = "r1") -> list[str]:
    return [each.worker for each in find(ec2, run)]


def test_machines_are_tagged_guarded_and_end_themselves(ec2: Any, planned: Plan) -> None:
    inventory = planned(2, price_usd_per_h=0.5)
    result = launch(inventory, ec2=ec2)
    assert (result.num_launched, result.missing) == (2, ())
    machines = find(ec2, "r1")
    assert [each.worker for each in machines] == ["r1-1", "r1-2"]
    assert {each.instance_type for each in machines} == {"c6a.xlarge"}
    told = ec2.describe_instances(InstanceIds=[machines[0].instance])
    (instance,) = told["Reservations"][0]["Instances"]
    tags = {each["Key"]: each["Value"] for each in instance["Tags"]}
    assert tags == {
        "Name": "simarena-worker-r1-1",
        "Project": "simarena",
        "RunId": "r1",
        "WorkerId": "r1-1",
        "PriceUsdPerHour": "0.5",
    }
    assert instance["MetadataOptions"]["HttpTokens"] == "required"
    (volume,) = instance["BlockDeviceMappings"]
    assert volume["DeviceName"] == "/dev/xvda"
    assert volume["Ebs"]["DeleteOnTermination"]
    size = ec2.describe_volumes(VolumeIds=[volume["Ebs"]["VolumeId"]])["Volumes"][0]
    assert (size["Size"], size["VolumeType"]) == (100, "gp3")
    for attribute, value in (
        ("instanceInitiatedShutdownBehavior", "terminate"),
        ("userData", None),
    ):
        found = ec2.describe_instance_attribute(
            InstanceId=machines[0].instance, Attribute=attribute
        )
        (inner,) = [each for key, each in found.items() if key.lower() == attribute.lower()]
        if value:
            assert inner["Value"] == value
        else:
            script = base64.b64decode(inner["Value"]).decode()
            assert "simarena worker --store s3://jobs/here --worker-id r1-1-%i " in script


def test_a_launch_that_died_between_any_two_calls_goes_on_without_a_machine_too_many(
    ec2: Any, planned: Plan
) -> None:
    calls = Flaky(ec2, lambda *_: None)
    launch(planned(3, "whole"), ec2=calls)
    assert calls.calls.count("run_instances") == 3
    for number in range(1, len(calls.calls) + 1):
        for after in (False, True):
            run = f"r{number}{'b' if after else 'a'}"
            inventory = planned(3, run)

            def die(
                at: int, _: str, is_after: bool, number: int = number, after: bool = after
            ) -> None:
                if (at, is_after) == (number, after):
                    raise CrashError

            with pytest.raises(CrashError):
                launch(inventory, ec2=Flaky(ec2, die))
            # What a crash leaves is the file; every machine that is paid for is found again.
            again = Inventory.read(inventory.path)
            assert launch(again, ec2=ec2).num_launched == 3
            assert workers_of(ec2, run) == [f"{run}-1", f"{run}-2", f"{run}-3"]
            kept = Inventory.read(inventory.path).by_instance()
            assert set(kept) == {each.instance for each in find(ec2, run)}
            assert all(each.state == LAUNCHED for each in kept.values())


def test_where_ec2_has_no_room_for_one_the_others_are_launched(ec2: Any, planned: Plan) -> None:
    inventory = planned(3)
    flaky = Flaky(ec2, refusing("InsufficientInstanceCapacity", numbers=(2,)))
    result = launch(inventory, ec2=flaky)
    assert result.num_launched == 2
    assert result.missing == (("r1-2", "InsufficientInstanceCapacity"),)
    assert workers_of(ec2) == ["r1-1", "r1-3"]
    assert launch(Inventory.read(inventory.path), ec2=ec2).missing == ()
    assert workers_of(ec2) == ["r1-1", "r1-2", "r1-3"]


@pytest.mark.parametrize("code", ["VcpuLimitExceeded", "RequestLimitExceeded"])
def test_at_the_accounts_limit_nothing_more_is_asked_for(
    ec2: Any, planned: Plan, code: str
) -> None:
    flaky = Flaky(ec2, refusing(code, numbers=(2, 3, 4)))
    result = launch(planned(4), ec2=flaky)
    assert flaky.calls.count("run_instances") == 2
    assert result.missing == (
        ("r1-2", code),
        ("r1-3", "was not asked for any more"),
        ("r1-4", "was not asked for any more"),
    )


def test_a_request_that_is_refused_for_good_is_an_error_in_ec2s_words(
    ec2: Any, planned: Plan
) -> None:
    inventory = planned(2)
    with pytest.raises(FleetError, match=r"r1-1 cannot be launched: .*said EC2"):
        launch(inventory, ec2=Flaky(ec2, refusing("UnauthorizedOperation")))
    assert workers_of(ec2) == []
    assert launch(Inventory.read(inventory.path), ec2=ec2).num_launched == 2


def test_a_lost_answer_leaves_no_machine_unknown(ec2: Any, planned: Plan) -> None:
    inventory = planned(2)

    def lose(number: int, _: str, after: bool) -> None:
        if number == 1 and after:
            raise EndpointConnectionError(endpoint_url="here")

    with pytest.raises(FleetError, match="cannot be launched"):
        launch(inventory, ec2=Flaky(ec2, lose))
    assert workers_of(ec2) == ["r1-1"]
    assert launch(Inventory.read(inventory.path), ec2=ec2).num_launched == 2
    assert workers_of(ec2) == ["r1-1", "r1-2"]


def test_a_machine_that_the_inventory_does_not_know_is_taken_over_and_ended(
    ec2: Any, planned: Plan
) -> None:
    first = planned(1, "r1")
    launch(first, ec2=ec2)
    other = planned(1, "r2")
    launch(other, ec2=ec2)
    (foreign,) = find(ec2, "r2")
    ec2.create_tags(
        Resources=[foreign.instance],
        Tags=[{"Key": "RunId", "Value": "r1"}, {"Key": "WorkerId", "Value": "r1-9"}],
    )
    launch(first, ec2=ec2)
    assert [each.worker for each in Inventory.read(first.path).workers] == ["r1-1", "r1-9"]
    assert len(terminate(ec2, "r1", first)) == 2
    assert find(ec2, "r1") == []
    assert {each.state for each in Inventory.read(first.path).workers} == {ENDED}


def test_terminating_dies_and_is_repeated(ec2: Any, planned: Plan) -> None:
    inventory = planned(3)
    launch(inventory, ec2=ec2)

    def die(_: int, name: str, after: bool) -> None:
        if name == "terminate_instances" and not after:
            raise CrashError

    with pytest.raises(CrashError):
        terminate(Flaky(ec2, die), "r1", inventory)
    again = Inventory.read(inventory.path)
    assert len(terminate(ec2, "r1", again)) == 3
    assert terminate(ec2, "r1", again) == []
    assert all(each.ended_at for each in Inventory.read(inventory.path).workers)


def test_one_machine_that_is_gone_does_not_keep_the_others(ec2: Any, planned: Plan) -> None:
    launch(planned(3), ec2=ec2)
    seen: list[int] = []

    def gone(number: int, name: str, after: bool) -> None:
        if name == "terminate_instances" and not after:
            seen.append(number)
            if len(seen) in {1, 3}:  # all at once, and then the second
                raise ClientError(
                    {"Error": {"Code": "InvalidInstanceID.NotFound", "Message": "?"}}, "Terminate"
                )

    with pytest.raises(FleetError, match="still there"):
        terminate(Flaky(ec2, gone), "r1")
    assert workers_of(ec2) == ["r1-2"]


def test_stopping_is_for_machines_on_demand(ec2: Any, planned: Plan) -> None:
    launch(planned(2), ec2=ec2)
    assert len(stop(ec2, "r1")) == 2
    assert {each.state for each in find(ec2, "r1")} <= {"stopping", "stopped"}
    launch(planned(1, "r2", spot=True), ec2=ec2)
    with pytest.raises(FleetError, match="spot machine"):
        stop(ec2, "r2")
    assert len(terminate(ec2, "r2")) == 1


def test_costs_are_what_the_launch_noted_times_the_age(ec2: Any, planned: Plan) -> None:
    from datetime import timedelta

    launch(planned(2, price_usd_per_h=0.25), ec2=ec2)
    machines = find(ec2, "r1")
    later = machines[0].launched_at + timedelta(hours=4)
    assert machines[0].cost_usd(later) == pytest.approx(1.0)
    assert total_cost_usd(machines, later) == pytest.approx(2.0, abs=0.01)
    launch(planned(1, "r2"), ec2=ec2)
    assert total_cost_usd(find(ec2), later) is None


def test_waiting_ends_when_all_checks_have_passed_or_at_its_limit(ec2: Any, planned: Plan) -> None:
    launch(planned(2), ec2=ec2)
    instances = [each.instance for each in find(ec2, "r1")]
    slept: list[float] = []
    assert wait_for_checks(ec2, instances, sleep=slept.append) == {}
    assert slept == []
    left = wait_for_checks(
        ec2, [*instances, "i-0123456789abcdef0"], limit_s=30, interval_s=10, sleep=slept.append
    )
    assert left == {"i-0123456789abcdef0": "unknown"}
    assert slept == [10, 10, 10]
