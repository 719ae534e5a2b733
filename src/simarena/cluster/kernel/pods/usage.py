"""What containers use of CPU and memory now, by the schedules of their template."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.cluster.codes import NONE, Containers, Phase
from simarena.jit.decorators import inner

if TYPE_CHECKING:
    from simarena.cluster.records import World

DEFAULT_CPU_MILLI = 1
DEFAULT_MEMORY_BYTES = 1024 * 1024
"""What a container uses, by KWOK's rule, whose pod has no annotation."""


@inner
def step_at(world: World, first: int, number: int, age_ms: int) -> int:
    """Return the row of usage that holds at an age; the schedule has at least one row."""
    row = first
    while row + 1 < first + number and world.usage[row + 1]["since_ms"] <= age_ms:
        row += 1
    return row


@inner
def _capped(value: int, limit: int, is_capped: int) -> int:
    if is_capped and limit > 0 and value > limit:
        return limit
    return value


@inner
def _runs(world: World, pod_row: int) -> bool:
    """Return whether the container that fails, if any does, runs; KWOK's never fail."""
    return bool(
        world.settings[0]["real_kubelet"] == 0
        or world.pods[pod_row]["containers"] == Containers.RUNNING
    )


@inner
def _special(world: World, pod_row: int) -> int:
    """Return the container that ended apart from the others, or NONE."""
    return int(world.pods[pod_row]["container"]) if world.settings[0]["real_kubelet"] else NONE


@inner
def _own_age_ms(world: World, pod_row: int) -> int:
    """Return the age of the container that fails, or of all; those of KWOK start when Ready."""
    pod = world.pods[pod_row]
    start_ms = pod["started_ms"] if world.settings[0]["real_kubelet"] else pod["ready_ms"]
    return int(world.state[0]["now_ms"] - start_ms)


@inner
def _age_ms(world: World, pod_row: int) -> int:
    """Return the age of the other containers."""
    pod = world.pods[pod_row]
    start_ms = pod["all_started_ms"] if world.settings[0]["real_kubelet"] else pod["ready_ms"]
    return int(world.state[0]["now_ms"] - start_ms)


@inner
def _num_sidecars(world: World, pod_row: int) -> int:
    """Return how many sidecars run beside a pod's containers; KWOK reports none of them."""
    if world.settings[0]["real_kubelet"] == 0:
        return 0
    return int(world.templates[world.pods[pod_row]["template"]]["num_sidecars"])


@inner
def memory_usage_bytes(world: World, pod_row: int) -> int:
    """Return what a pod uses of memory now. Containers that do not run use none."""
    pod = world.pods[pod_row]
    if pod["phase"] != Phase.RUNNING:
        return 0
    template = world.templates[pod["template"]]
    number = template["num_memory_usage"]
    first = template["memory_usage"]
    runs = _runs(world, pod_row)
    beside = _num_sidecars(world, pod_row)
    own = DEFAULT_MEMORY_BYTES
    each = DEFAULT_MEMORY_BYTES
    if number > 0:
        own = world.usage[step_at(world, first, number, _own_age_ms(world, pod_row))]["each"]
        each = world.usage[step_at(world, first, number, _age_ms(world, pod_row))]["each"]
    total = each * beside
    if runs or _special(world, pod_row) != NONE:
        total += each * (int(template["num_containers"]) - 1)
    if runs:
        total += own
    return total


@inner
def cpu_usage_milli(world: World, pod_row: int) -> int:
    """Return what a pod uses of CPU now, no container more than its limit."""
    pod = world.pods[pod_row]
    if pod["phase"] != Phase.RUNNING:
        return 0
    runs = _runs(world, pod_row)
    special = _special(world, pod_row)
    template = world.templates[pod["template"]]
    number = template["num_cpu_usage"]
    beside = _num_sidecars(world, pod_row)
    if number == 0:
        if not runs and special == NONE:
            return DEFAULT_CPU_MILLI * beside
        running = int(template["num_containers"]) if runs else int(template["num_containers"]) - 1
        return DEFAULT_CPU_MILLI * (running + beside)
    throttles = world.settings[0]["throttles"] != 0
    first = template["cpu_usage"]
    row = step_at(world, first, number, _age_ms(world, pod_row))
    own = world.usage[step_at(world, first, number, _own_age_ms(world, pod_row))]["each"]
    each = world.usage[row]["each"]
    if not runs and special == NONE:
        return each * beside
    others = each * (int(template["num_containers"]) - 1 + beside)
    if throttles:
        others = world.usage[row]["others"]
    limit = template["first_cpu_limit_milli"]
    if special <= 0:
        return others + (_capped(own, limit, throttles) if runs else 0)
    total = others + _capped(each, limit, throttles)
    limit = template["limited_cpu_milli"]
    total -= _capped(each, limit, throttles)
    if runs:
        total += _capped(own, limit, throttles)
    return total


@inner
def metric_milli(world: World, pod_row: int, first: int, number: int) -> int:
    """Return what a schedule of `number` rows of usage says of a running pod now."""
    return int(world.usage[step_at(world, first, number, _own_age_ms(world, pod_row))]["each"])


@inner
def _container_runs(world: World, pod_row: int, container: int) -> bool:
    """Return whether one of a running pod's containers runs."""
    pod = world.pods[pod_row]
    if world.settings[0]["real_kubelet"] == 0 or pod["containers"] == Containers.RUNNING:
        return True
    return bool(pod["container"] != NONE and pod["container"] != container)


@inner
def container_usage(world: World, pod_row: int, container: int, limit: int, memory: int) -> int:
    """Return what one container of a running pod uses, in bytes of memory (1) or millicores (0).

    NONE if it does not run. Sidecars count behind the containers; `limit` is of CPU.
    """
    pod = world.pods[pod_row]
    if pod["phase"] != Phase.RUNNING or not _container_runs(world, pod_row, container):
        return NONE
    age_ms = _age_ms(world, pod_row)
    special = _special(world, pod_row)
    if special == NONE or special == container:
        age_ms = _own_age_ms(world, pod_row)
    template = world.templates[pod["template"]]
    if memory:
        number = template["num_memory_usage"]
        if number == 0:
            return DEFAULT_MEMORY_BYTES
        return int(world.usage[step_at(world, template["memory_usage"], number, age_ms)]["each"])
    number = template["num_cpu_usage"]
    if number == 0:
        return DEFAULT_CPU_MILLI
    each = int(world.usage[step_at(world, template["cpu_usage"], number, age_ms)]["each"])
    return _capped(each, limit, int(world.settings[0]["throttles"] != 0))


@inner
def weakest_container(world: World, template_row: int) -> int:
    """Return which container of a pod runs out of memory first, or NONE if no limit is set.

    All of a pod use the same, so it is that with the smallest limit; of equal ones the first.
    """
    template = world.templates[template_row]
    first = template["first_memory_limit_bytes"]
    other = template["limited_memory_bytes"]
    if first > 0 and (other <= 0 or first <= other):
        return 0
    if other > 0:
        return int(template["limited_container"])
    return NONE


@inner
def out_of_memory_ms(world: World, template_row: int) -> int:
    """Return at what age the weakest container passes its memory limit; NONE: never."""
    container = weakest_container(world, template_row)
    if container == NONE or world.settings[0]["oom_kills"] == 0:
        return NONE
    template = world.templates[template_row]
    limit = template["first_memory_limit_bytes"]
    if container != 0:
        limit = template["limited_memory_bytes"]
    first = template["memory_usage"]
    for row in range(first, first + template["num_memory_usage"]):
        if world.usage[row]["each"] > limit:
            return world.usage[row]["since_ms"]
    return NONE
