"""What an agent sees of the end of a replay. Components are declared in `components.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simarena.cluster.codes import NONE
from simarena.env.codes import ObservationKind
from simarena.env.kernel.deployment.components import CountComponent as Counts
from simarena.env.kernel.deployment.components import DeploymentComponent as Seen
from simarena.env.kernel.playing.sampling import gaussian
from simarena.env.kernel.playing.scales import capped, ratio, squashed
from simarena.jit.decorators import inner
from simarena.trace import CPU_STEP_MILLI, MEMORY_STEP_BYTES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simarena.env.records.episode import Row

_MI = 1024**2
_TWO_CORES_MILLI = 2_000.0
_TWO_GI = 2.0 * 1024**3


@inner
def _seen(count: float, episode: Row, rules: Row) -> float:
    """Return a count as the agent sees it: noisy, and never outside of what the space allows."""
    value = np.float64(count)
    if rules["noise"] > 0.0:
        value += rules["noise"] * gaussian(episode)
    return min(max(value, 0.0), np.float64(rules["max_pods"]))


@inner
def shows_rooms(rules: Row) -> int:
    """Return 1 if observations have the components that `observe_rooms` writes, else 0."""
    return int(rules["observation"] >= ObservationKind.FULL)


@inner
def _observe_full(episode: Row, rules: Row, vector: NDArray[np.float32]) -> None:
    ready = _seen(episode["ready"], episode, rules)
    pending = _seen(episode["pending"], episode, rules)
    total = _seen(episode["total"], episode, rules)
    target = episode["target"]
    cpu_milli = episode["cpu_milli"]
    memory_bytes = episode["memory_bytes"]
    replicas = episode["replicas"]
    waiting = episode["waiting"]
    starting = episode["pending"] - waiting
    vector[Seen.READY] = capped(ready / target, 2.0)
    vector[Seen.PENDING] = capped(pending / target, 2.0)
    vector[Seen.TOTAL] = capped(total / target, 2.0)
    vector[Seen.WAITING] = capped(waiting / target, 2.0)
    vector[Seen.STARTING] = capped(starting / target, 2.0)
    vector[Seen.REPLICAS_MISSING] = squashed(target - replicas)
    vector[Seen.PODS_MISSING] = squashed(target - total)
    vector[Seen.TARGET] = squashed(target / 8.0)
    vector[Seen.CPU] = squashed(cpu_milli / _TWO_CORES_MILLI)
    vector[Seen.MEMORY] = squashed(memory_bytes / _TWO_GI)
    vector[Seen.WAITING_SHORT_OF_CPU] = ratio(episode["short_cpu"], waiting)
    vector[Seen.WAITING_SHORT_OF_MEMORY] = ratio(episode["short_memory"], waiting)
    vector[Seen.NODES_SHORT_OF_CPU] = ratio(episode["short_cpu_nodes"], episode["seen_nodes"])
    vector[Seen.NODES_SHORT_OF_MEMORY] = ratio(episode["short_memory_nodes"], episode["seen_nodes"])
    vector[Seen.NODES_REFUSING] = ratio(episode["other_nodes"], episode["seen_nodes"])
    vector[Seen.STEPS_LEFT] = (episode["max_steps"] - episode["step"]) / episode["max_steps"]
    vector[Seen.BLOCKED] = 1.0 if episode["blocked"] else 0.0
    # Whether each action would stay within the limits.
    vector[Seen.CAN_INCREASE_CPU] = (
        1.0 if cpu_milli + CPU_STEP_MILLI <= rules["max_cpu_milli"] else 0.0
    )
    vector[Seen.CAN_INCREASE_MEMORY] = (
        1.0 if memory_bytes + MEMORY_STEP_BYTES <= rules["max_memory_bytes"] else 0.0
    )
    vector[Seen.CAN_INCREASE_REPLICAS] = 1.0 if replicas + 1 <= rules["max_replicas"] else 0.0
    vector[Seen.CAN_DECREASE_CPU] = (
        1.0 if cpu_milli - CPU_STEP_MILLI >= rules["min_cpu_milli"] else 0.0
    )
    vector[Seen.CAN_DECREASE_MEMORY] = (
        1.0 if memory_bytes - MEMORY_STEP_BYTES >= rules["min_memory_bytes"] else 0.0
    )
    vector[Seen.CAN_DECREASE_REPLICAS] = 1.0 if replicas - 1 >= rules["min_replicas"] else 0.0


@inner
def _steps_over(value: float, bound: float, step: float) -> float:
    return squashed((value - bound) / step)


@inner
def _observe_wellbeing(task: Row, episode: Row, vector: NDArray[np.float32]) -> None:
    """Write the components that tell how containers fare and what they use."""
    target = episode["target"]
    cpu_milli = episode["cpu_milli"]
    memory_bytes = episode["memory_bytes"]
    cpu_used = episode["cpu_used_milli"]
    memory_used = episode["memory_used_bytes"]
    limit = episode["memory_limit_bytes"]
    max_waste = task["max_waste"]
    vector[Seen.FAILURES] = squashed(episode["failures"] / target)
    vector[Seen.OOM_KILLED] = capped(episode["oom_killed"] / target, 2.0)
    vector[Seen.EVICTED] = squashed(episode["evicted"] / target)
    vector[Seen.WASTE_CEILING] = 0.0 if max_waste == 0.0 else 1.0 / max_waste
    vector[Seen.CPU_OVER_USAGE] = (
        0.0 if cpu_used == NONE else _steps_over(cpu_milli, cpu_used, CPU_STEP_MILLI)
    )
    vector[Seen.MEMORY_OVER_USAGE] = 0.0
    vector[Seen.MEMORY_LIMIT_OVER_USAGE] = 1.0
    vector[Seen.CPU_OVER_CEILING] = -1.0
    vector[Seen.MEMORY_OVER_CEILING] = -1.0
    if memory_used != NONE:
        vector[Seen.MEMORY_OVER_USAGE] = _steps_over(memory_bytes, memory_used, MEMORY_STEP_BYTES)
        if limit != NONE:
            # A step of the request moves the limit by as much as their ratio makes of it.
            step = MEMORY_STEP_BYTES * (limit / max(memory_bytes, 1))
            vector[Seen.MEMORY_LIMIT_OVER_USAGE] = _steps_over(limit, memory_used, max(step, 1.0))
    if max_waste > 0.0:
        vector[Seen.CPU_OVER_CEILING] = _steps_over(cpu_milli, max_waste * cpu_used, CPU_STEP_MILLI)
        vector[Seen.MEMORY_OVER_CEILING] = _steps_over(
            memory_bytes, max_waste * memory_used, MEMORY_STEP_BYTES
        )
    vector[Seen.USAGE_KNOWN] = 1.0 if cpu_used != NONE and memory_used != NONE else 0.0


@inner
def _observe_neighbours(task: Row, episode: Row, vector: NDArray[np.float32]) -> None:
    """Write the components that tell whether others pay for what was done."""
    vector[Seen.OTHERS_SPARED] = 1.0 if task["harmless"] else 0.0
    vector[Seen.OTHERS_HARMED] = squashed(episode["harmed"])


@inner
def _observe_counts(
    episode: Row, rules: Row, vector: NDArray[np.float32], pods_unit: float, replicas_unit: float
) -> None:
    # Ready is not shown, but its noise is drawn, so that all kinds step the stream alike.
    _seen(episode["ready"], episode, rules)
    pending = _seen(episode["pending"], episode, rules)
    total = _seen(episode["total"], episode, rules)
    vector[Counts.CPU] = episode["cpu_milli"] / 4000.0
    vector[Counts.MEMORY] = episode["memory_bytes"] / _MI / 4096.0
    vector[Counts.PENDING] = pending / pods_unit
    vector[Counts.MISSING] = (episode["target"] - total) / pods_unit
    vector[Counts.REPLICAS] = min(1.0, episode["replicas"] / replicas_unit)


@inner
def observe(task: Row, episode: Row, rules: Row, vector: NDArray[np.float32]) -> None:
    """Write the observation of an environment whose replay has ended and been counted.

    What `observe_rooms` writes is there already.
    """
    if shows_rooms(rules):
        _observe_full(episode, rules, vector)
        if rules["observation"] >= ObservationKind.DIAGNOSTIC:
            _observe_wellbeing(task, episode, vector)
        if rules["observation"] >= ObservationKind.NEIGHBOURS:
            _observe_neighbours(task, episode, vector)
    elif rules["observation"] == ObservationKind.SCALE:
        _observe_counts(episode, rules, vector, 15.0, 15.0)
    else:
        _observe_counts(episode, rules, vector, 5.0, 8.0)
