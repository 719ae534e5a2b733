"""Waiting until machines are what they were asked to be."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from simarena.ec2.machines import asking

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_MOST_A_CALL = 100


def wait_for_checks(
    ec2: Any,  # noqa: ANN401 - boto3 makes its clients' classes when it runs
    instances: Sequence[str],
    *,
    limit_s: float = 600.0,
    interval_s: float = 10.0,
    sleep: Callable[[float], None] = time.sleep,
) -> dict[str, str]:
    """Wait until EC2's status checks have passed; return the others, and how they stand.

    Returns at the limit at the latest. A machine that is not told of (it has ended, or EC2 does not
    know it yet) is "unknown". Raises FleetError if EC2 does not answer.
    """
    open_ones = dict.fromkeys(instances, "unknown")
    for _ in range(max(1, round(limit_s / interval_s))):
        for first in range(0, len(open_ones), _MOST_A_CALL):
            part = list(open_ones)[first : first + _MOST_A_CALL]
            open_ones |= _statuses(ec2, part)
        open_ones = {name: status for name, status in open_ones.items() if status != "ok"}
        if not open_ones:
            break
        sleep(interval_s)
    return open_ones


def _statuses(ec2: Any, instances: Sequence[str]) -> dict[str, str]:  # noqa: ANN401
    # By a filter, not by ids: one that EC2 does not know would make it refuse them all.
    with asking("status checks cannot be read"):
        told = ec2.describe_instance_status(
            IncludeAllInstances=True,
            Filters=[{"Name": "instance-id", "Values": list(instances)}],
        )["InstanceStatuses"]
    found = dict.fromkeys(instances, "unknown")
    for each in told:
        checks = {each["InstanceStatus"]["Status"], each["SystemStatus"]["Status"]}
        running = each["InstanceState"]["Name"] == "running"
        found[each["InstanceId"]] = (
            "ok" if running and checks == {"ok"} else _words(each, sorted(checks - {"ok"}))
        )
    return found


def _words(told: dict[str, Any], checks: Sequence[str]) -> str:
    return ", ".join([str(told["InstanceState"]["Name"]), *checks])
