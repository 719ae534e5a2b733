"""What an action does to a workload's templates and specs.

The same as editing the trace and compiling it afresh, without either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.cluster.codes import Operation
from simarena.env.kernel.playing.edits import (
    cpu_change_milli,
    edit_template,
    may_resize,
    may_scale,
    memory_change_bytes,
    replicas_change,
)
from simarena.jit.decorators import inner
from simarena.trace import CPU_STEP_MILLI, MEMORY_STEP_BYTES

if TYPE_CHECKING:
    from simarena.cluster.records import World
    from simarena.env.records.episode import Row


@inner
def _may_edit_spec(spec: Row, rules: Row, replica_change: int) -> bool:
    """Return whether an event's replicas may change so, and do."""
    return replica_change != 0 and may_scale(spec["replicas"], rules, replica_change)


@inner
def _may_edit_template(template: Row, rules: Row, cpu_change: int, memory_change: int) -> bool:
    """Return whether an event's requests may change so, and do."""
    if cpu_change == 0 and memory_change == 0:
        return False
    return may_resize(template, rules, cpu_change, memory_change)


@inner
def _first_use(world: World, workload: int, upto: int, spec_row: int, template_row: int) -> int:
    """Return bits: 1, no earlier event applies this spec; 2, none has this template."""
    bits = 3
    for row in range(upto):
        arrival = world.timeline[row]
        if arrival["operation"] == Operation.APPLY_WORKLOAD and arrival["subject"] == workload:
            if arrival["spec"] == spec_row:
                bits &= 2
            if world.specs[arrival["spec"]]["template"] == template_row:
                bits &= 1
    return bits


@inner
def _are_alike(first: Row, second: Row) -> bool:
    """Return whether two templates, which differed in what actions change, do so no more."""
    return bool(
        first["kin"] != 0
        and first["kin"] == second["kin"]
        and first["first_cpu_milli"] == second["first_cpu_milli"]
        and first["first_memory_bytes"] == second["first_memory_bytes"]
        and first["first_cpu_limit_milli"] == second["first_cpu_limit_milli"]
        and first["first_memory_limit_bytes"] == second["first_memory_limit_bytes"]
    )


@inner
def _join_alike(world: World, workload: int) -> None:
    """Let events whose templates have become alike apply one: no rollout lies between them.

    They stay alike, as actions change them by the same steps from then on.
    """
    for row in range(world.state[0]["num_timeline"]):
        arrival = world.timeline[row]
        if arrival["operation"] != Operation.APPLY_WORKLOAD or arrival["subject"] != workload:
            continue
        spec = world.specs[arrival["spec"]]
        for earlier_row in range(row):
            earlier = world.timeline[earlier_row]
            if earlier["operation"] != Operation.APPLY_WORKLOAD or earlier["subject"] != workload:
                continue
            template_row = world.specs[earlier["spec"]]["template"]
            if template_row != spec["template"] and _are_alike(
                world.templates[template_row], world.templates[spec["template"]]
            ):
                spec["template"] = template_row
                break


@inner
def is_blocked(world: World, workload: int, rules: Row, action: int) -> bool:
    """Return whether an action could change none of the events that apply the workload."""
    cpu_change = cpu_change_milli(action, CPU_STEP_MILLI)
    memory_change = memory_change_bytes(action, MEMORY_STEP_BYTES)
    replica_change = replicas_change(action)
    if cpu_change == 0 and memory_change == 0 and replica_change == 0:
        return False
    for row in range(world.state[0]["num_timeline"]):
        arrival = world.timeline[row]
        if arrival["operation"] != Operation.APPLY_WORKLOAD or arrival["subject"] != workload:
            continue
        spec = world.specs[arrival["spec"]]
        if _may_edit_spec(spec, rules, replica_change):
            return False
        template = world.templates[spec["template"]]
        if _may_edit_template(template, rules, cpu_change, memory_change):
            return False
    return True


@inner
def apply_action(world: World, workload: int, rules: Row, action: int) -> bool:
    """Edit every event that applies the workload; return whether the action was blocked instead.

    Each event has its own values, and one in which the action would cross a limit keeps them.
    """
    if is_blocked(world, workload, rules, action):
        return True
    cpu_change = cpu_change_milli(action, CPU_STEP_MILLI)
    memory_change = memory_change_bytes(action, MEMORY_STEP_BYTES)
    replica_change = replicas_change(action)
    for row in range(world.state[0]["num_timeline"]):
        arrival = world.timeline[row]
        if arrival["operation"] != Operation.APPLY_WORKLOAD or arrival["subject"] != workload:
            continue
        spec_row = arrival["spec"]
        template_row = world.specs[spec_row]["template"]
        first_use = _first_use(world, workload, row, spec_row, template_row)
        if first_use & 1 and _may_edit_spec(world.specs[spec_row], rules, replica_change):
            world.specs[spec_row]["replicas"] += replica_change
        template = world.templates[template_row]
        if first_use & 2 and _may_edit_template(template, rules, cpu_change, memory_change):
            edit_template(template, cpu_change, memory_change)
    if cpu_change != 0 or memory_change != 0:
        _join_alike(world, workload)
    return False


@inner
def mask_edits(world: World, workload: int, rules: Row, episode: Row) -> None:
    """Write which actions the next step would take: 1, and 0 for those it would block."""
    mask = episode["action_mask"]
    mask[0] = 1
    for action in range(1, mask.shape[0]):
        mask[action] = 0 if is_blocked(world, workload, rules, action) else 1
