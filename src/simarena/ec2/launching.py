"""Machines launched one by one: each request can be repeated, and none is forgotten.

EC2 gives the same machine again for a request with the same client token, and machines carry their
worker's name from their first moment; so a launch that broke off goes on where it was.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from simarena.ec2.inventory import ASKED, ENDED, LAUNCHED, PLANNED, REFUSED, Inventory, Worker
from simarena.ec2.machines import PAID, asking, client, code_of, find
from simarena.ec2.settings import PROJECT, FleetSettings
from simarena.ec2.user_data import user_data
from simarena.errors import FleetError

if TYPE_CHECKING:
    from collections.abc import Callable

_NO_ROOM: Final = frozenset(
    {
        "InsufficientHostCapacity",
        "InsufficientInstanceCapacity",
        "InsufficientReservedInstanceCapacity",
        "SpotMaxPriceTooLow",
        "Unsupported",
    }
)
"""EC2 has no such machine now; the next one may still come."""

_LIMITED: Final = frozenset(
    {
        "InstanceLimitExceeded",
        "MaxSpotInstanceCountExceeded",
        "VcpuLimitExceeded",
        "VolumeLimitExceeded",
        "RequestLimitExceeded",
        "Throttling",
        "ThrottlingException",
        "InternalError",
        "ServiceUnavailable",
        "Unavailable",
    }
)
"""The account or the service takes no more now; to ask for the others would be in vain."""


@dataclass(frozen=True)
class LaunchResult:
    """What came of a launch."""

    num_launched: int
    missing: tuple[tuple[str, str], ...]
    """Workers without a machine, each with EC2's reason."""


def request(settings: FleetSettings, worker: Worker, price_usd_per_h: float) -> dict[str, Any]:
    """Return the arguments of RunInstances for one worker, user data as text."""
    tags = [
        {"Key": "Name", "Value": f"{settings.name}-{worker.worker}"},
        {"Key": "Project", "Value": PROJECT},
        {"Key": "RunId", "Value": settings.run},
        {"Key": "WorkerId", "Value": worker.worker},
        {"Key": "PriceUsdPerHour", "Value": f"{price_usd_per_h:g}"},
    ]
    interface: dict[str, Any] = {}
    if settings.subnet:
        interface["SubnetId"] = settings.subnet
    if settings.security_groups:
        interface["SecurityGroupIds"] = list(settings.security_groups)
    if settings.key_name:
        interface["KeyName"] = settings.key_name
    if profile := settings.instance_profile:
        kind = "Arn" if profile.startswith("arn:") else "Name"
        interface["IamInstanceProfile"] = {kind: profile}
    if settings.spot:
        # One time: a spot request that asks again for a machine that was taken outlives its fleet.
        interface["InstanceMarketOptions"] = {
            "MarketType": "spot",
            "SpotOptions": {
                "SpotInstanceType": "one-time",
                "InstanceInterruptionBehavior": "terminate",
            },
        }
    return {
        "ClientToken": worker.token,
        "MinCount": 1,
        "MaxCount": 1,
        "ImageId": settings.image,
        "InstanceType": settings.instance_type,
        "BlockDeviceMappings": [
            {
                "DeviceName": settings.root_device,
                "Ebs": {
                    "VolumeSize": settings.volume_gib,
                    "VolumeType": "gp3",
                    "DeleteOnTermination": True,
                },
            }
        ],
        # A worker that powers its machine off has ended it.
        "InstanceInitiatedShutdownBehavior": "terminate",
        "MetadataOptions": {
            "HttpTokens": "required",
            "HttpPutResponseHopLimit": 1,
            "HttpEndpoint": "enabled",
        },
        "TagSpecifications": [
            {"ResourceType": kind, "Tags": tags} for kind in ("instance", "volume")
        ],
        "UserData": user_data(settings, worker.worker),
        **interface,
    }


def launch(
    inventory: Inventory,
    *,
    ec2: Any = None,  # noqa: ANN401 - boto3 makes its clients' classes when it runs
    tell: Callable[[str], None] = lambda _: None,
) -> LaunchResult:
    """Launch the workers of an inventory that have no machine yet; return what came of it.

    The inventory is written before and after each request. Where EC2 has no room for one, the
    others are asked for all the same; where the account's limits are reached, the rest stays
    planned. Raises FleetError where the request itself is refused (rights, an image or a group that
    is not there) or nobody answers: the worker then stays asked for, and to repeat is safe.
    StorageError if the inventory cannot be written: before a machine is asked for.
    """
    ec2 = ec2 or client(inventory.settings.region)
    inventory.price_usd_per_h = inventory.price_usd_per_h or spot_price(ec2, inventory.settings)
    inventory.write()
    reconcile(inventory, ec2)
    for worker in inventory.workers:
        if worker.state not in {PLANNED, ASKED, REFUSED}:
            continue
        worker.state, worker.reason = ASKED, ""
        inventory.write()
        goes_on = _ask(inventory, worker, ec2)
        inventory.write()
        tell(f"{worker.worker}: {worker.instance or worker.reason}")
        if not goes_on:
            break
    missing = tuple(
        (each.worker, each.reason or "was not asked for any more")
        for each in inventory.workers
        if each.state in {PLANNED, ASKED, REFUSED}
    )
    return LaunchResult(sum(each.state == LAUNCHED for each in inventory.workers), missing)


def _ask(inventory: Inventory, worker: Worker, ec2: Any) -> bool:  # noqa: ANN401
    """Ask for one machine; return whether there is sense in asking for another."""
    from botocore.exceptions import ClientError

    arguments = request(inventory.settings, worker, inventory.price_usd_per_h)
    try:
        with asking(f"{worker.worker} cannot be launched", but=_NO_ROOM | _LIMITED):
            (told,) = ec2.run_instances(**arguments)["Instances"]
    except ClientError as error:
        worker.state, worker.reason = REFUSED, code_of(error)
        return worker.reason in _NO_ROOM
    # A request that is repeated late may bring a machine that has ended since.
    worker.state = LAUNCHED if told["State"]["Name"] in PAID else ENDED
    worker.instance = told["InstanceId"]
    worker.launched_at = told["LaunchTime"].isoformat()
    return True


def reconcile(inventory: Inventory, ec2: Any) -> None:  # noqa: ANN401
    """Take over what EC2 knows of a fleet: machines without an entry, entries without a machine.

    Raises FleetError if machines cannot be listed, or two are one worker.
    """
    machines = find(ec2, inventory.settings.run, states=(*PAID, "terminated"))
    workers = {each.worker: each for each in inventory.workers}
    living = [each for each in machines if each.state in PAID]
    names = [each.worker for each in living]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        message = f"{twice[0]} is more than one machine; terminate the run, and launch another"
        raise FleetError(message)
    for machine in living:
        if machine.worker not in workers:
            workers[machine.worker] = Worker(worker=machine.worker, token="")
            inventory.workers.append(workers[machine.worker])
        worker = workers[machine.worker]
        worker.state, worker.instance, worker.reason = LAUNCHED, machine.instance, ""
        worker.launched_at = machine.launched_at.isoformat()
    alive = {each.instance for each in living}
    told = {each.instance for each in machines}
    for worker in inventory.workers:
        if worker.instance in told - alive:
            worker.state = ENDED
    inventory.write()


def spot_price(ec2: Any, settings: FleetSettings) -> float:  # noqa: ANN401
    """Return what EC2 says that such a machine costs an hour; 0.0 if it is no spot machine."""
    if not settings.spot:
        return 0.0
    told = []
    with suppress(FleetError), asking("prices cannot be read"):  # to know one is no condition
        told = ec2.describe_spot_price_history(
            InstanceTypes=[settings.instance_type],
            ProductDescriptions=["Linux/UNIX"],
            MaxResults=100,
        )["SpotPriceHistory"]
    return max((float(each["SpotPrice"]) for each in told), default=0.0)
