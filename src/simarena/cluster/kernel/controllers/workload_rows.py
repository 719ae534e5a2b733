"""The life of a workload's row: taken, begun, given back; and the lists of what a workload owns.

Of these there are two: all that it owns, oldest first, and of ReplicaSets those that may have pods.
A Deployment keeps ReplicaSets of old templates, ten of them, that have no pods. Its controller need
not look at them each time that it looks at its pods, so they are left out of the second list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.cluster.codes import NONE, WorkloadKind
from simarena.cluster.kernel.ground.events import next_sequence
from simarena.cluster.records import BLANK_WORKLOAD
from simarena.jit.decorators import inner
from simarena.jit.memory import copy_record

if TYPE_CHECKING:
    from simarena.cluster.records import World


@inner
def has_workload_room(world: World) -> bool:
    """Return whether one more ReplicaSet or Job can be created."""
    state = world.state[0]
    return bool(state["free_workload"] != NONE or state["num_workloads"] < world.workloads.shape[0])


@inner
def begin_workload(world: World, row: int, kind: int) -> None:
    """Let a row be a new workload of a kind; nothing that it held before is left."""
    workload = world.workloads[row]
    copy_record(BLANK_WORKLOAD[0], workload)
    workload["kind"] = kind
    workload["present"] = 1
    workload["created_ms"] = world.state[0]["now_ms"]
    workload["number"] = next_sequence(world)


@inner
def create_child(world: World, owner: int, kind: int) -> int:
    """Create a workload of a kind that `owner` owns; return its row.

    The caller has checked `has_workload_room`.
    """
    state = world.state[0]
    row = int(state["free_workload"])
    if row == NONE:
        row = int(state["num_workloads"])
        state["num_workloads"] += 1
    else:
        state["free_workload"] = world.workloads[row]["next_sibling"]
    begin_workload(world, row, kind)
    world.workloads[row]["owner"] = owner
    link_child(world, row)
    return row


@inner
def release_workload(world: World, row: int) -> None:
    """Give the row of a deleted workload that was owned back once no pod and no event names it.

    Rows of what a user applies stay, so that the same name finds the same row again.
    """
    workload = world.workloads[row]
    if workload["owner"] != NONE and workload["first_pod"] == NONE and workload["sync_queued"] == 0:
        state = world.state[0]
        workload["kind"] = WorkloadKind.FREE
        workload["check_ms"] = NONE
        workload["next_sibling"] = state["free_workload"]
        state["free_workload"] = row


@inner
def num_pod_rows(world: World, row: int) -> int:
    """Return how many pods a workload has at most, those that have ended included."""
    number = 0
    pod_row = world.workloads[row]["first_pod"]
    while pod_row != NONE:
        number += 1
        pod_row = world.pods[pod_row]["next_of_owner"]
    return number


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
