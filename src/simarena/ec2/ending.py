"""Machines stopped and terminated: all that carry a run's id, whatever the inventory says."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from simarena.ec2.inventory import ENDED, ENDING, Inventory
from simarena.ec2.machines import RUNNING, Machine, asking, find
from simarena.errors import FleetError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_MOST_A_CALL: Final = 500
_GONE: Final = "InvalidInstanceID.NotFound"


def terminate(
    ec2: Any,  # noqa: ANN401 - boto3 makes its clients' classes when it runs
    run: str,
    inventory: Inventory | None = None,
) -> list[Machine]:
    """Terminate every machine of a run; return those that were there.

    The inventory, if there is one, is written before and after. Machines are found by their tag, so
    that one which the inventory does not know ends, too. Raises FleetError if EC2 refuses, or if
    machines of the run are still there afterwards.
    """
    machines = find(ec2, run)
    known = inventory.by_instance() if inventory else {}
    _note(inventory, [known[each.instance] for each in machines if each.instance in known], ENDING)
    _each_part(ec2.terminate_instances, [each.instance for each in machines], "terminated")
    left = [each.instance for each in find(ec2, run) if each.state != "shutting-down"]
    if left:
        message = f"{', '.join(left)}: still there; repeat, or look into EC2's console"
        raise FleetError(message)
    _note(inventory, [each for each in known.values() if each.state != ENDED], ENDED)
    return machines


def stop(ec2: Any, run: str) -> list[Machine]:  # noqa: ANN401
    """Stop the running machines of a run, whose volumes go on to cost; return them.

    Raises FleetError for spot machines, which cannot be stopped, and if EC2 refuses.
    """
    machines = find(ec2, run, states=RUNNING)
    if spot := [each.instance for each in machines if each.is_spot]:
        message = f"{spot[0]} is a spot machine, which cannot be stopped; terminate it"
        raise FleetError(message)
    _each_part(ec2.stop_instances, [each.instance for each in machines], "stopped")
    return machines


def _note(inventory: Inventory | None, workers: Sequence[Any], state: str) -> None:
    if inventory is None:
        return
    for worker in workers:
        worker.state = state
        if state == ENDED:
            worker.ended_at = datetime.now(UTC).isoformat(timespec="seconds")
    inventory.write()


def _each_part(call: Callable[..., object], instances: Sequence[str], what: str) -> None:
    """Call with all instances, or one by one where one is gone: EC2 has then done nothing."""
    from botocore.exceptions import ClientError

    for first in range(0, len(instances), _MOST_A_CALL):
        part = list(instances[first : first + _MOST_A_CALL])
        try:
            with asking(f"machines cannot be {what}", but={_GONE}):
                call(InstanceIds=part)
        except ClientError:
            for instance in part:
                with suppress(ClientError), asking(f"{instance} cannot be {what}", but={_GONE}):
                    call(InstanceIds=[instance])
