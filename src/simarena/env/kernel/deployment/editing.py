"""What an action does to a workload's templates and specs.

The same as editing the trace and compiling it afresh, without either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.cluster.codes import NONE, Operation
from simarena.jit.decorators import inner
from simarena.trace import CPU_STEP_MILLI, MEMORY_STEP_BYTES, Action
from simarena.trace import scaled_limit as plain_scaled_limit

if TYPE_CHECKING:
    from simarena.cluster.records import World
    from simarena.env.records.replaying import Row

scaled_limit = inner(plain_scaled_limit)

# The first float above the largest limit that `apply_action` of a trace writes.
_TOO_LARGE = float((2**63 - 1) // 1000 + 1)
_DEFAULT_CPU_MILLI = 100
_DEFAULT_MEMORY_BYTES = 200 * 1024**2


@inner
def _total(init: int, first: int, others: int, overhead: int) -> int:
    return max(init, first + others) + overhead


@inner
def derive_totals(template: Row) -> None:
    """Write a template's totals anew after a change of its first container."""
    cpu_milli = template["first_cpu_milli"]
    memory_bytes = template["first_memory_bytes"]
    template["cpu_milli"] = _total(
        template["init_cpu_milli"],
        max(cpu_milli, 0),
        template["others_cpu_milli"],
        template["overhead_cpu_milli"],
    )
    template["memory_bytes"] = _total(
        template["init_memory_bytes"],
        max(memory_bytes, 0),
        template["others_memory_bytes"],
        template["overhead_memory_bytes"],
    )
    template["cpu_nonzero_milli"] = _total(
        template["init_cpu_nonzero_milli"],
        _DEFAULT_CPU_MILLI if cpu_milli == NONE else cpu_milli,
        template["others_cpu_nonzero_milli"],
        template["overhead_cpu_milli"],
    )
    template["memory_nonzero_bytes"] = _total(
        template["init_memory_nonzero_bytes"],
        _DEFAULT_MEMORY_BYTES if memory_bytes == NONE else memory_bytes,
        template["others_memory_nonzero_bytes"],
        template["overhead_memory_bytes"],
    )


@inner
def cpu_change_milli(action: int) -> int:
    """Return what an action adds to the CPU request."""
    if action == Action.INCREASE_CPU:
        return CPU_STEP_MILLI
    if action == Action.DECREASE_CPU:
        return -CPU_STEP_MILLI
    return 0


@inner
def memory_change_bytes(action: int) -> int:
    """Return what an action adds to the memory request."""
    if action == Action.INCREASE_MEMORY:
        return MEMORY_STEP_BYTES
    if action == Action.DECREASE_MEMORY:
        return -MEMORY_STEP_BYTES
    return 0


@inner
def replicas_change(action: int) -> int:
    """Return what an action adds to the replicas."""
    if action == Action.INCREASE_REPLICAS:
        return 1
    if action == Action.DECREASE_REPLICAS:
        return -1
    return 0


@inner
def outgrows(limit: int, old: int, new: int) -> bool:
    """Return whether `scaled_limit` would be more than a trace can hold."""
    if limit == NONE or new == old:
        return False
    if old > 0:
        return limit * (new / old) >= _TOO_LARGE
    return False


@inner
def crosses(value: int, change: int, minimum: int, maximum: int) -> bool:
    """Return whether a change leads out of the limits, or further out."""
    return (change > 0 and value + change > maximum) or (change < 0 and value + change < minimum)


@inner
def _may_edit_spec(spec: Row, rules: Row, replica_change: int) -> bool:
    """Return whether an event's replicas may change so."""
    return replica_change != 0 and not crosses(
        spec["replicas"], replica_change, rules["min_replicas"], rules["max_replicas"]
    )


@inner
def _may_edit_template(template: Row, rules: Row, cpu_change: int, memory_change: int) -> bool:
    """Return whether an event's requests, and the limits scaled along, may change so."""
    if cpu_change == 0 and memory_change == 0:
        return False
    cpu_milli = max(template["first_cpu_milli"], 0)
    memory_bytes = max(template["first_memory_bytes"], 0)
    return not (
        crosses(cpu_milli, cpu_change, rules["min_cpu_milli"], rules["max_cpu_milli"])
        or crosses(
            memory_bytes, memory_change, rules["min_memory_bytes"], rules["max_memory_bytes"]
        )
        or outgrows(template["first_cpu_limit_milli"], cpu_milli, cpu_milli + cpu_change)
        or outgrows(
            template["first_memory_limit_bytes"], memory_bytes, memory_bytes + memory_change
        )
    )


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
def edit_template(template: Row, cpu_change: int, memory_change: int) -> None:
    """Add to the first container's requests; its limits keep their ratio to them."""
    if cpu_change != 0:
        old = max(template["first_cpu_milli"], 0)
        new = old + cpu_change
        template["first_cpu_milli"] = new
        if template["first_cpu_limit_milli"] != NONE:
            template["first_cpu_limit_milli"] = scaled_limit(
                template["first_cpu_limit_milli"], old, new
            )
    if memory_change != 0:
        old = max(template["first_memory_bytes"], 0)
        new = old + memory_change
        template["first_memory_bytes"] = new
        if template["first_memory_limit_bytes"] != NONE:
            template["first_memory_limit_bytes"] = scaled_limit(
                template["first_memory_limit_bytes"], old, new
            )
    derive_totals(template)


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
    cpu_change = cpu_change_milli(action)
    memory_change = memory_change_bytes(action)
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
    cpu_change = cpu_change_milli(action)
    memory_change = memory_change_bytes(action)
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
