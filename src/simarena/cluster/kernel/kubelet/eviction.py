"""The kubelet's eviction manager: pods that must go when a node is low on memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.cluster.codes import NONE, Containers, Event, Exit, Failure, LogKind, Phase
from simarena.cluster.kernel.ground.events import log, schedule_event
from simarena.cluster.kernel.nodes import node_changed
from simarena.cluster.kernel.pods.life import finish_pod
from simarena.cluster.kernel.pods.losses import count_loss
from simarena.cluster.kernel.pods.occupancy import forget_node
from simarena.cluster.kernel.pods.usage import memory_usage_bytes
from simarena.jit.decorators import inner

if TYPE_CHECKING:
    from simarena.cluster.records import World

_CRITICAL_PRIORITY = 2_000_000_000
_CLEANUP_MS = 1_000
"""After an eviction the manager looks again so soon."""


@inner
def _goes_before(world: World, first: int, second: int) -> bool:
    """Return whether the pod in row `first` is evicted before that in row `second`.

    Those that use more than they request go first, then those of lower priority, then those that
    use most above their request; of equal ones the older.
    """
    a = world.pods[first]
    b = world.pods[second]
    over_a = memory_usage_bytes(world, first) - world.templates[a["template"]]["memory_bytes"]
    over_b = memory_usage_bytes(world, second) - world.templates[b["template"]]["memory_bytes"]
    if (over_a > 0) != (over_b > 0):
        return bool(over_a > 0)
    if a["priority"] != b["priority"]:
        return bool(a["priority"] < b["priority"])
    if over_a != over_b:
        return bool(over_a > over_b)
    return bool(a["uid"] < b["uid"])


@inner
def _first_to_go(world: World, node_row: int) -> int:
    """Return the pod that is evicted from a node first, or NONE: critical ones never are."""
    victim = NONE
    pod_row = world.nodes[node_row]["first_pod"]
    while pod_row != NONE:
        pod = world.pods[pod_row]
        if (
            pod["phase"] == Phase.RUNNING
            and pod["deleting"] == 0
            and pod["priority"] < _CRITICAL_PRIORITY
            and (victim == NONE or _goes_before(world, pod_row, victim))
        ):
            victim = pod_row
        pod_row = pod["next_on_node"]
    return victim


@inner
def _evict(world: World, pod_row: int, available_bytes: int) -> None:
    pod = world.pods[pod_row]
    if pod["containers"] == Containers.RUNNING:
        pod["containers"] = Containers.ENDED
        pod["exit"] = Exit.KILLED
    pod["failure"] = Failure.EVICTED
    pod["figure"] = available_bytes
    count_loss(world, pod_row)
    finish_pod(world, pod_row, Phase.FAILED)


@inner
def _set_pressure(world: World, node_row: int, is_low: int) -> None:
    world.nodes[node_row]["memory_pressure"] = is_low
    world.state[0]["epoch"] += 1
    forget_node(world, node_row)
    log(world, LogKind.NODE_PRESSURE, node_row, NONE, NONE, node_row, is_low, NONE)
    if is_low == 0:
        node_changed(world, node_row)


@inner
def check_pressure(world: World, node_row: int) -> None:
    """Look at a node's memory: note pressure or its end, evict one pod if there is any.

    Memory is low when less of the capacity is available than the threshold, or when the pods use
    more than is allocatable.
    """
    settings = world.settings[0]
    node = world.nodes[node_row]
    now_ms = world.state[0]["now_ms"]
    used = 0
    is_watched = False
    pod_row = node["first_pod"]
    while pod_row != NONE:
        used += memory_usage_bytes(world, pod_row)
        if world.templates[world.pods[pod_row]["template"]]["num_memory_usage"] > 0:
            is_watched = True
        pod_row = world.pods[pod_row]["next_on_node"]
    threshold = settings["eviction_memory_bytes"]
    available = node["memory_capacity_bytes"] - used
    if available >= threshold:
        available = node["memory_bytes"] + threshold - used
    next_ms = now_ms + settings["eviction_check_ms"]
    if available < threshold:
        node["pressure_ms"] = now_ms
        if node["memory_pressure"] == 0:
            _set_pressure(world, node_row, 1)
        victim = _first_to_go(world, node_row)
        if victim != NONE:
            _evict(world, victim, available)
            next_ms = now_ms + _CLEANUP_MS
    elif (
        node["memory_pressure"]
        and now_ms - node["pressure_ms"] >= settings["pressure_transition_ms"]
    ):
        _set_pressure(world, node_row, 0)
    if is_watched or node["memory_pressure"]:
        schedule_event(world, next_ms, Event.CHECK_PRESSURE, node_row)
    else:
        node["watched"] = 0
