"""What an action does to a Deployment of a cluster that runs: as `kubectl scale` and `patch` do.

Another request is another pod template, so the Deployment controller rolls it out. Templates are
compiled before the first step: each Deployment that may be edited has spare rows, all alike but for
their hash, and an edit writes its requests into one that nothing refers to. As in Kubernetes a
template that is still known is taken again, and with it its ReplicaSet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simarena.cluster.codes import NONE, WorkloadKind
from simarena.cluster.kernel.controllers.replicasets import delete_replicaset
from simarena.cluster.kernel.ground.events import has_event_room, wake_deployment
from simarena.env.codes import Edit
from simarena.env.kernel.playing.edits import (
    cpu_change_milli,
    edit_template,
    may_resize,
    may_scale,
    memory_change_bytes,
    replicas_change,
    scaled_limit,
)
from simarena.jit.decorators import inner
from simarena.trace import Action

if TYPE_CHECKING:
    from simarena.cluster.records import Rows, World
    from simarena.env.records.episode import Row

_EVENT_ROOM = 8


@inner
def is_within_limits(world: World, row: int, rules: Row, action: int) -> bool:
    """Return whether an action on the Deployment of a row crosses no limit."""
    workload = world.workloads[row]
    if workload["present"] == 0:
        return False
    return may_scale(workload["replicas"], rules, replicas_change(action)) and may_resize(
        world.templates[workload["template"]],
        rules,
        cpu_change_milli(action, rules["cpu_step_milli"]),
        memory_change_bytes(action, rules["memory_step_bytes"]),
    )


@inner
def _is_like(
    template: Row, cpu_milli: int, memory_bytes: int, cpu_limit: int, memory_limit: int
) -> bool:
    return bool(
        template["first_cpu_milli"] == cpu_milli
        and template["first_memory_bytes"] == memory_bytes
        and template["first_cpu_limit_milli"] == cpu_limit
        and template["first_memory_limit_bytes"] == memory_limit
    )


@inner
def _is_referred_to(world: World, template_row: int) -> bool:
    for row in range(world.state[0]["num_workloads"]):
        workload = world.workloads[row]
        if (
            workload["template"] == template_row
            and workload["kind"] != WorkloadKind.FREE
            and (workload["present"] or workload["first_pod"] != NONE)
        ):
            return True
    return False


@inner
def _oldest_unused(world: World, deployment: int, family: Row) -> int:
    """Return the oldest ReplicaSet of a spare template that has no pods, NONE if there is none."""
    oldest = NONE
    child = world.workloads[deployment]["first_child"]
    while child != NONE:
        workload = world.workloads[child]
        is_spare = family["first"] <= workload["template"] < family["first"] + family["number"]
        if (
            is_spare
            and workload["template"] != world.workloads[deployment]["template"]
            and workload["replicas"] == 0
            and workload["first_pod"] == NONE
            and (oldest == NONE or workload["revision"] < world.workloads[oldest]["revision"])
        ):
            oldest = child
        child = workload["next_sibling"]
    return oldest


@inner
def _request_with(request: int, more: int) -> int:
    return int(request if more == 0 else max(request, 0) + more)


@inner
def _limit_with(limit: int, request: int, more: int) -> int:
    if more == 0 or limit == NONE:
        return int(limit)
    old = max(request, 0)
    return int(scaled_limit(limit, old, old + more))


@inner
def _known_template(
    world: World, deployment: int, family: Row, more_cpu: int, more_memory: int
) -> int:
    """Return the row of the Deployment's template with other requests, NONE if there is none."""
    template = world.templates[world.workloads[deployment]["template"]]
    cpu_milli = _request_with(template["first_cpu_milli"], more_cpu)
    memory_bytes = _request_with(template["first_memory_bytes"], more_memory)
    cpu_limit = _limit_with(
        template["first_cpu_limit_milli"], template["first_cpu_milli"], more_cpu
    )
    memory_limit = _limit_with(
        template["first_memory_limit_bytes"], template["first_memory_bytes"], more_memory
    )
    if _is_like(world.templates[family["base"]], cpu_milli, memory_bytes, cpu_limit, memory_limit):
        return int(family["base"])
    for row in range(family["first"], family["first"] + family["number"]):
        if _is_like(world.templates[row], cpu_milli, memory_bytes, cpu_limit, memory_limit):
            return int(row)
    return NONE


@inner
def _free_template(world: World, family: Row) -> int:
    """Return the first spare row to which nothing refers, NONE if all are in use."""
    for row in range(family["first"], family["first"] + family["number"]):
        if not _is_referred_to(world, row):
            return int(row)
    return NONE


@inner
def _template_with(
    world: World, deployment: int, family: Row, more_cpu: int, more_memory: int
) -> int:
    """Return the row of the Deployment's template with other requests, NONE if none is free.

    If all are in use, the oldest ReplicaSet that has no pods is deleted, and its template taken.
    """
    found = _known_template(world, deployment, family, more_cpu, more_memory)
    if found == NONE:
        found = _free_template(world, family)
    if found == NONE:
        replicaset = _oldest_unused(world, deployment, family)
        if replicaset == NONE:
            return NONE
        found = int(world.workloads[replicaset]["template"])
        delete_replicaset(world, replicaset)
    if found != family["base"]:
        template = world.templates[world.workloads[deployment]["template"]]
        written = world.templates[found]
        written["first_cpu_milli"] = template["first_cpu_milli"]
        written["first_memory_bytes"] = template["first_memory_bytes"]
        written["first_cpu_limit_milli"] = template["first_cpu_limit_milli"]
        written["first_memory_limit_bytes"] = template["first_memory_limit_bytes"]
        edit_template(written, more_cpu, more_memory)
    return found


@inner
def has_spare_template(world: World, families: Rows, row: int) -> bool:
    """Return whether there is a row for one template more of the Deployment of a row."""
    if world.workloads[row]["present"] == 0:
        return False
    family = families[world.workloads[row]["template"]]
    return bool(_free_template(world, family) != NONE or _oldest_unused(world, row, family) != NONE)


@inner
def is_blocked(
    world: World,
    families: Rows,
    row: int,
    rules: Row,
    action: int,
    has_spare: bool,  # noqa: FBT001 - kernels know no keywords
) -> bool:
    """Return whether `edit_deployment` would block an action rather than take it.

    `has_spare` is what `has_spare_template` says: whoever asks for many actions looks once.
    """
    if action == Action.NOOP:
        return False
    if not is_within_limits(world, row, rules, action):
        return True
    more_cpu = cpu_change_milli(action, rules["cpu_step_milli"])
    more_memory = memory_change_bytes(action, rules["memory_step_bytes"])
    if more_cpu == 0 and more_memory == 0:
        return False
    family = families[world.workloads[row]["template"]]
    if family["number"] == 0:
        return True
    return bool(
        not has_spare and _known_template(world, row, family, more_cpu, more_memory) == NONE
    )


@inner
def edit_deployment(world: World, families: Rows, row: int, rules: Row, action: int) -> int:
    """Take an action on the Deployment of a row; return an Edit.

    Nothing changes unless it is CHANGED. `families` are those of the world's templates.
    """
    if action == Action.NOOP:
        return Edit.NOTHING
    has_spare = replicas_change(action) == 0 and has_spare_template(world, families, row)
    if is_blocked(world, families, row, rules, action, has_spare):
        return Edit.BLOCKED
    if not has_event_room(world, _EVENT_ROOM):
        return Edit.NO_ROOM
    workload = world.workloads[row]
    more_cpu = cpu_change_milli(action, rules["cpu_step_milli"])
    more_memory = memory_change_bytes(action, rules["memory_step_bytes"])
    if more_cpu != 0 or more_memory != 0:
        family = families[workload["template"]]
        workload["template"] = _template_with(world, row, family, more_cpu, more_memory)
    workload["replicas"] += np.int32(replicas_change(action))
    wake_deployment(world, row)
    return Edit.CHANGED


@inner
def mask_edits(world: World, families: Rows, row: int, rules: Row, episode: Row) -> None:
    """Write which actions the next step would take: 1, and 0 for those it would block."""
    mask = episode["action_mask"]
    mask[0] = 1
    has_spare = has_spare_template(world, families, row)
    for action in range(1, mask.shape[0]):
        mask[action] = 0 if is_blocked(world, families, row, rules, action, has_spare) else 1
