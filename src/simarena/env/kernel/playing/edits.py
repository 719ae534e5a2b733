"""What an action changes in a template, and whether the limits let it: one rule for all.

The same as editing the trace does, whose functions are compiled here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.cluster.codes import NONE
from simarena.jit.decorators import inner
from simarena.trace import Action
from simarena.trace import limits as plain

if TYPE_CHECKING:
    from simarena.env.records.episode import Row

crosses = inner(plain.crosses)
outgrows = inner(plain.outgrows)
scaled_limit = inner(plain.scaled_limit)

_DEFAULT_CPU_MILLI = 100
_DEFAULT_MEMORY_BYTES = 200 * 1024**2


@inner
def _direction(action: int, up: int, down: int) -> int:
    if action == up:
        return 1
    if action == down:
        return -1
    return 0


@inner
def cpu_change_milli(action: int, step_milli: int) -> int:
    """Return what an action adds to the CPU request."""
    return int(_direction(action, Action.INCREASE_CPU, Action.DECREASE_CPU) * step_milli)


@inner
def memory_change_bytes(action: int, step_bytes: int) -> int:
    """Return what an action adds to the memory request."""
    return int(_direction(action, Action.INCREASE_MEMORY, Action.DECREASE_MEMORY) * step_bytes)


@inner
def replicas_change(action: int) -> int:
    """Return what an action adds to the replicas."""
    return _direction(action, Action.INCREASE_REPLICAS, Action.DECREASE_REPLICAS)


@inner
def may_scale(replicas: int, rules: Row, change: int) -> bool:
    """Return whether the limits let a number of replicas change so; they do where nothing does."""
    return not crosses(replicas, change, rules["min_replicas"], rules["max_replicas"])


@inner
def may_resize(template: Row, rules: Row, cpu_change: int, memory_change: int) -> bool:
    """Return whether the limits let requests change so, and the container's limits along."""
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
    template["cpu_scored_milli"] = _total(
        template["init_cpu_scored_milli"],
        _DEFAULT_CPU_MILLI if cpu_milli == NONE else cpu_milli,
        template["others_cpu_scored_milli"],
        template["overhead_cpu_milli"],
    )
    template["memory_scored_bytes"] = _total(
        template["init_memory_scored_bytes"],
        _DEFAULT_MEMORY_BYTES if memory_bytes == NONE else memory_bytes,
        template["others_memory_scored_bytes"],
        template["overhead_memory_bytes"],
    )


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
