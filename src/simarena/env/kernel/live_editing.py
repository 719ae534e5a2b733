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
from simarena.cluster.kernel.events import has_event_room, wake_deployment
from simarena.cluster.kernel.replicasets import delete_replicaset
from simarena.env.codes import Edit
from simarena.env.kernel.editing import crosses, derive_totals, outgrows, scaled_limit
from simarena.jit.decorators import inner
from simarena.trace import Action

if TYPE_CHECKING:
    from simarena.cluster.records import Rows, World
    from simarena.env.records import Row

_EVENT_ROOM = 8


@inner
def _direction(action: int, up: int, down: int) -> int:
    if action == up:
        return 1
    if action == down:
        return -1
    return 0


@inner
def cpu_change(rules: Row, action: int) -> int:
    """Return what an action adds to the CPU request, in millicores."""
    direction = _direction(action, Action.INCREASE_CPU, Action.DECREASE_CPU)
    return int(direction * rules["cpu_step_milli"])


@inner
def memory_change(rules: Row, action: int) -> int:
    """Return what an action adds to the memory request, in bytes."""
    direction = _direction(action, Action.INCREASE_MEMORY, Action.DECREASE_MEMORY)
    return int(direction * rules["memory_step_bytes"])


@inner
def replica_change(action: int) -> int:
    """Return what an action adds to the replicas."""
    return _direction(action, Action.INCREASE_REPLICAS, Action.DECREASE_REPLICAS)


@inner
def is_allowed(world: World, row: int, rules: Row, action: int) -> bool:
    """Return whether an action on the Deployment of a row crosses no limit."""
    workload = world.workloads[row]
    if workload["present"] == 0:
        return False
    template = world.templates[workload["template"]]
    cpu_milli = max(template["first_cpu_milli"], 0)
    memory_bytes = max(template["first_memory_bytes"], 0)
    more_cpu = cpu_change(rules, action)
    more_memory = memory_change(rules, action)
    return not (
        crosses(cpu_milli, more_cpu, rules["min_cpu_milli"], rules["max_cpu_milli"])
        or crosses(memory_bytes, more_memory, rules["min_memory_bytes"], rules["max_memory_bytes"])
        or crosses(
            workload["replicas"],
            replica_change(action),
            rules["min_replicas"],
            rules["max_replicas"],
        )
        or outgrows(template["first_cpu_limit_milli"], cpu_milli, cpu_milli + more_cpu)
        or outgrows(template["first_memory_limit_bytes"], memory_bytes, memory_bytes + more_memory)
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
def _forget_oldest(world: World, deployment: int, family: Row) -> int:
    """Delete the oldest ReplicaSet of a spare template that has no pods; return its template.

    NONE if there is none: all templates are in use.
    """
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
    if oldest == NONE:
        return NONE
    template_row = int(world.workloads[oldest]["template"])
    delete_replicaset(world, oldest)
    return template_row


@inner
def _template_with(
    world: World, deployment: int, family: Row, more_cpu: int, more_memory: int
) -> int:
    """Return the row of the Deployment's template with other requests, NONE if none is free."""
    current = int(world.workloads[deployment]["template"])
    template = world.templates[current]
    cpu_milli = int(template["first_cpu_milli"])
    memory_bytes = int(template["first_memory_bytes"])
    cpu_limit = int(template["first_cpu_limit_milli"])
    memory_limit = int(template["first_memory_limit_bytes"])
    if more_cpu != 0:
        old = max(cpu_milli, 0)
        cpu_milli = old + more_cpu
        if cpu_limit != NONE:
            cpu_limit = scaled_limit(cpu_limit, old, cpu_milli)
    if more_memory != 0:
        old = max(memory_bytes, 0)
        memory_bytes = old + more_memory
        if memory_limit != NONE:
            memory_limit = scaled_limit(memory_limit, old, memory_bytes)
    found = NONE
    if _is_like(world.templates[family["base"]], cpu_milli, memory_bytes, cpu_limit, memory_limit):
        return int(family["base"])
    for row in range(family["first"], family["first"] + family["number"]):
        if _is_like(world.templates[row], cpu_milli, memory_bytes, cpu_limit, memory_limit):
            return int(row)
        if found == NONE and not _is_referred_to(world, row):
            found = row
    if found == NONE:
        found = _forget_oldest(world, deployment, family)
    if found != NONE:
        written = world.templates[found]
        written["first_cpu_milli"] = cpu_milli
        written["first_memory_bytes"] = memory_bytes
        written["first_cpu_limit_milli"] = cpu_limit
        written["first_memory_limit_bytes"] = memory_limit
        derive_totals(written)
    return found


@inner
def edit_deployment(world: World, families: Rows, row: int, rules: Row, action: int) -> int:
    """Take an action on the Deployment of a row; return an Edit.

    Nothing changes unless it is CHANGED. `families` are those of the world's templates.
    """
    if action == Action.NOOP:
        return Edit.NOTHING
    if not is_allowed(world, row, rules, action):
        return Edit.BLOCKED
    if not has_event_room(world, _EVENT_ROOM):
        return Edit.NO_ROOM
    workload = world.workloads[row]
    more_cpu = cpu_change(rules, action)
    more_memory = memory_change(rules, action)
    if more_cpu != 0 or more_memory != 0:
        family = families[workload["template"]]
        if family["number"] == 0:
            return Edit.BLOCKED
        template = _template_with(world, row, family, more_cpu, more_memory)
        if template == NONE:
            return Edit.BLOCKED
        workload["template"] = template
    workload["replicas"] += np.int32(replica_change(action))
    wake_deployment(world, row)
    return Edit.CHANGED
