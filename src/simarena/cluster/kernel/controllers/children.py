"""What a workload owns: all of it, oldest first, and of ReplicaSets those that may have pods.

A Deployment keeps ReplicaSets of old templates, ten of them, that have no pods. Its controller need
not look at them each time that it looks at its pods, so they are left out of the second list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.cluster.codes import NONE
from simarena.jit.decorators import inner

if TYPE_CHECKING:
    from simarena.cluster.records import World


@inner
def last_child(world: World, row: int) -> int:
    """Return what a workload came to own last, NONE if it owns nothing."""
    last = NONE
    child = int(world.workloads[row]["first_child"])
    while child != NONE:
        last = child
        child = int(world.workloads[child]["next_sibling"])
    return last


@inner
def link_child(world: World, row: int) -> None:
    """Put a workload at the end of its owner's list."""
    owner = int(world.workloads[row]["owner"])
    last = last_child(world, owner)
    world.workloads[row]["next_sibling"] = NONE
    world.workloads[owner]["num_children"] += 1
    if last == NONE:
        world.workloads[owner]["first_child"] = row
    else:
        world.workloads[last]["next_sibling"] = row


@inner
def join_live(world: World, row: int) -> None:
    """Put a ReplicaSet into the list of those that may have pods, which is in order of age."""
    workload = world.workloads[row]
    if workload["is_live"]:
        return
    parent = world.workloads[workload["owner"]]
    before = NONE
    after = int(parent["first_live"])
    while after != NONE and world.workloads[after]["number"] < workload["number"]:
        before = after
        after = int(world.workloads[after]["next_live"])
    workload["is_live"] = 1
    workload["next_live"] = after
    if before == NONE:
        parent["first_live"] = row
    else:
        world.workloads[before]["next_live"] = row


@inner
def leave_live(world: World, row: int, before: int) -> None:
    """Take a ReplicaSet out of the list of those that may have pods.

    It comes after `before` there, NONE: it is the first.
    """
    workload = world.workloads[row]
    workload["is_live"] = 0
    if before == NONE:
        world.workloads[workload["owner"]]["first_live"] = workload["next_live"]
    else:
        world.workloads[before]["next_live"] = workload["next_live"]


@inner
def unlink_child(world: World, row: int) -> None:
    """Take a workload out of its owner's lists."""
    workload = world.workloads[row]
    parent = world.workloads[workload["owner"]]
    parent["num_children"] -= 1
    if workload["is_live"]:
        before = NONE
        child = int(parent["first_live"])
        while child != row:
            before = child
            child = int(world.workloads[child]["next_live"])
        leave_live(world, row, before)
    after = workload["next_sibling"]
    if parent["first_child"] == row:
        parent["first_child"] = after
    else:
        before = parent["first_child"]
        while before != NONE and world.workloads[before]["next_sibling"] != row:
            before = world.workloads[before]["next_sibling"]
        if before != NONE:
            world.workloads[before]["next_sibling"] = after
    workload["next_sibling"] = NONE
