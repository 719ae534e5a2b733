"""What a step is worth. Each formula is documented on `DeploymentEnv`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.env.codes import RewardKind
from simarena.env.kernel.deployment.goal import steps_in_sight
from simarena.jit.decorators import inner

if TYPE_CHECKING:
    from simarena.env.records.episode import Row

_MI = 1024**2
_GI = 1024**3
_MAX_CPU_MILLI = 16_000
_MAX_MEMORY_BYTES = 32 * _GI
_MAX_REPLICAS = 100
_CHEAP_CPU_MILLI = 500
_CHEAP_MEMORY_BYTES = 256 * _MI


@inner
def _clamped(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)


@inner
def shaped_reward(solved: bool, ready: int, pending: int, total: int, target: int) -> float:  # noqa: FBT001
    """Return 1 at the goal, else how far away it is, from -1."""
    if solved:
        return 1.0
    value = -0.1 * abs(ready - target) - 0.05 * pending
    if total > target:
        value -= 0.15 * (total - target)
    elif total < target:
        value -= 0.08 * (target - total)
    return _clamped(value, -1.0, 1.0)


@inner
def scale_reward(solved: bool, pending: int, total: int, target: int) -> float:  # noqa: FBT001
    """Return 1 at the goal, else how far away it is relative to the target, from -1."""
    if solved:
        return 1.0
    value = -0.02 * pending / target
    if total > target:
        value -= 0.07 * (total - target)
    elif total < target:
        value -= 0.03 * (target - total) / target
    return _clamped(value, -1.0, 1.0)


@inner
def max_punish_reward(
    solved: bool,  # noqa: FBT001
    cpu_milli: int,
    memory_bytes: int,
    replicas: int,
) -> float:
    """Return 1 at the goal, else 0, less 0.5 for each excess of CPU, memory and replicas."""
    value = 1.0 if solved else 0.0
    if cpu_milli > _MAX_CPU_MILLI:
        value -= 0.5
    if memory_bytes > _MAX_MEMORY_BYTES:
        value -= 0.5
    if replicas > _MAX_REPLICAS:
        value -= 0.5
    return value


@inner
def cost_aware_reward(
    solved: bool,  # noqa: FBT001
    ready: int,
    pending: int,
    total: int,
    target: int,
    cpu_milli: int,
    memory_bytes: int,
    blocked: bool,  # noqa: FBT001
    step_penalty: float,
) -> float:
    """Return 0 at the goal, else health less cost, from -1."""
    ready_share = _clamped(ready / target, 0.0, 1.0)
    pending_share = _clamped(pending / target, 0.0, 1.0)
    dear_cpu_milli = max(_CHEAP_CPU_MILLI + 1.0, _MAX_CPU_MILLI / target)
    dear_memory_bytes = max(_CHEAP_MEMORY_BYTES + 1.0, _MAX_MEMORY_BYTES / target)
    cpu_cost = min(
        1.0, max(0.0, (cpu_milli - _CHEAP_CPU_MILLI) / (dear_cpu_milli - _CHEAP_CPU_MILLI))
    )
    memory_cost = min(
        1.0,
        max(0.0, (memory_bytes - _CHEAP_MEMORY_BYTES) / (dear_memory_bytes - _CHEAP_MEMORY_BYTES)),
    )
    excess = min(1.0, max(0, total - target) / target)
    cost = 0.45 * cpu_cost + 0.45 * memory_cost + 0.60 * excess
    health = (
        ready_share * ready_share - 0.85 * pending_share - 0.75 * (max(0, target - total) / target)
    )
    if solved:
        value = 0.0
    elif ready >= target and pending == 0:
        value = 0.9 - 0.6 * cost - 1.0
    elif pending > 0:
        value = health - 0.08 * cost - 1.0
    else:
        value = health - 0.12 * cost - 1.0
    value = _clamped(value, -1.0, 0.0) - step_penalty
    if blocked:
        value -= 0.12
    return _clamped(value, -1.0, 0.0)


@inner
def guided_reward(solved: bool, ready: int, target: int, num_steps: int) -> float:  # noqa: FBT001
    """Return 1 at the goal, else what a step costs, more the more is missing, from -0.75."""
    if solved:
        return 1.0
    unready_share = 1.0 - _clamped(ready / target, 0.0, 1.0)
    return -0.1 - 0.2 * unready_share - 0.03 * min(num_steps, 15)


@inner
def reward_of(task: Row, episode: Row, rules: Row) -> float:
    """Return the reward of the state that a step has led to; `solved` is known by now."""
    kind = rules["reward"]
    solved = episode["solved"]
    ready = episode["ready"]
    pending = episode["pending"]
    total = episode["total"]
    target = episode["target"]
    if kind == RewardKind.SHAPED:
        return shaped_reward(solved, ready, pending, total, target)
    if kind == RewardKind.GUIDED:
        return guided_reward(solved, ready, target, steps_in_sight(task, episode))
    if kind == RewardKind.SCALE:
        return scale_reward(solved, pending, total, target)
    if kind == RewardKind.MAX_PUNISH:
        return max_punish_reward(
            solved, episode["cpu_milli"], episode["memory_bytes"], episode["replicas"]
        )
    if kind == RewardKind.COST_AWARE_V2:
        return cost_aware_reward(
            solved,
            ready,
            pending,
            total,
            target,
            episode["cpu_milli"],
            episode["memory_bytes"],
            episode["blocked"],
            rules["step_penalty"],
        )
    return 1.0 if solved else 0.0
