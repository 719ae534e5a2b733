"""A hand-written policy: what an operator would do who reads what the scheduler says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from simarena.agents.protocol import BatchAgent
from simarena.env.codes import ObservationKind
from simarena.env.deployment.spaces import components
from simarena.trace import CPU_STEP_MILLI, MEMORY_STEP_BYTES, Action, Limits

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simarena.agents.protocol import Actions, Infos, Observations, TaskShape

_COMPONENTS: Final = components(ObservationKind.NEIGHBOURS)
_ENOUGH: Final = 0.5
"""What the observation says of slots when there are just as many as pods wanted."""


class RulesAgent(BatchAgent):
    """Sets the replicas to the target, gives memory to who lacks it, then shrinks what is too much.

    It does not go round in circles: replicas only move towards the target, memory only grows while
    containers are killed or pods evicted for want of it, be they others', and what has grown is not
    shrunk again.
    From the observations `full` and `diagnostic` it knows whether the nodes' CPU, or their memory,
    holds as many pods as wanted; otherwise it goes by what the waiting pods are short of. Where
    either may help, it shrinks them in turns: no node may lack as little of the one as another
    lacks of the other. From `diagnostic` it also knows by how much a request is above the ceiling
    on waste. It does nothing at the goal, while pods only start, and where no action it may take
    helps.
    """

    name = "rules"

    def __init__(self, shape: TaskShape, limits: Limits | None = None) -> None:
        self._num_actions = shape.num_actions
        self._limits = limits or Limits()
        self._sees_slots = shape.observation in _names_from(ObservationKind.FULL)
        self._sees_waste = shape.observation in _names_from(ObservationKind.DIAGNOSTIC)
        self._refused: NDArray[np.bool_] = np.zeros((0, len(Action)), dtype=np.bool_)
        self._starved: NDArray[np.bool_] = np.zeros(0, dtype=np.bool_)
        self._last: NDArray[np.int64] = np.zeros(0, dtype=np.int64)

    def begin(self, num_envs: int, seed: int) -> None:
        """Make room for what was refused in each environment."""
        self._refused = np.zeros((num_envs, len(Action)), dtype=np.bool_)
        self._refused[:, self._num_actions :] = True
        self._starved = np.zeros(num_envs, dtype=np.bool_)
        self._last = np.zeros(num_envs, dtype=np.int64)

    def act_batch(self, observations: Observations, infos: Infos) -> Actions:
        """Return the action of the first rule that holds, for each environment."""
        if len(self._last) != len(observations):
            self.begin(len(observations), 0)
        self._remember(infos)
        replicas, target = np.asarray(infos["replicas"]), np.asarray(infos["target"])
        decrease_cpu, decrease_memory = self._shrinkable(infos)
        lacks_cpu, lacks_memory = self._lacking(observations)
        short_cpu, short_memory = np.asarray(infos["short_cpu"]), np.asarray(infos["short_memory"])
        may = ~self._refused.T
        prefers_memory = (np.asarray(infos["step"]) % 2 == 0) | (short_cpu == 0)
        starved = (
            (np.asarray(infos["oom_killed"]) > 0)
            | (np.asarray(infos["evicted"]) > 0)
            | (np.asarray(infos.get("harmed", 0)) > 0)
        )
        self._starved |= starved
        can_cpu = may[Action.DECREASE_CPU] & (decrease_cpu > 0)
        can_memory = may[Action.DECREASE_MEMORY] & (decrease_memory > 0) & ~self._starved
        wastes_cpu, wastes_memory = self._wasting(observations)
        rules = (
            (may[Action.DECREASE_REPLICAS] & (replicas > target), Action.DECREASE_REPLICAS),
            (may[Action.INCREASE_REPLICAS] & (replicas < target), Action.INCREASE_REPLICAS),
            (may[Action.INCREASE_MEMORY] & starved, Action.INCREASE_MEMORY),
            (can_cpu & lacks_cpu, Action.DECREASE_CPU),
            (can_memory & lacks_memory, Action.DECREASE_MEMORY),
            (can_memory & (short_memory > 0) & prefers_memory, Action.DECREASE_MEMORY),
            (can_cpu & (short_cpu > 0), Action.DECREASE_CPU),
            (can_memory & (short_memory > 0), Action.DECREASE_MEMORY),
            (can_cpu & wastes_cpu, Action.DECREASE_CPU),
            (can_memory & wastes_memory, Action.DECREASE_MEMORY),
        )
        self._last = np.select(
            [holds for holds, _ in rules],
            [np.int64(action) for _, action in rules],
            default=np.int64(Action.NOOP),
        )
        return self._last

    def _remember(self, infos: Infos) -> None:
        """Note which actions a limit made void in this episode; they stay void."""
        rows = np.arange(len(self._last))
        self._refused[rows, self._last] |= np.asarray(infos["blocked"])
        fresh = np.asarray(infos["step"]) == 0
        self._refused[fresh, : self._num_actions] = False
        self._starved[fresh] = False

    def _shrinkable(self, infos: Infos) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return by how many steps CPU and memory may fall."""
        limits = self._limits
        cpu_milli, memory_bytes = np.asarray(infos["cpu_milli"]), np.asarray(infos["memory_bytes"])
        return (
            (cpu_milli - limits.min_cpu_milli) // CPU_STEP_MILLI,
            (memory_bytes - limits.min_memory_bytes) // MEMORY_STEP_BYTES,
        )

    def _lacking(self, observations: Observations) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return whether the nodes' CPU, and their memory, hold too few pods by themselves."""
        if not self._sees_slots:
            never = np.zeros(len(observations), dtype=np.bool_)
            return never, never
        by_cpu, by_memory = _seen(observations, "slots_by_cpu", "slots_by_memory")
        return by_cpu < _ENOUGH, by_memory < _ENOUGH

    def _wasting(self, observations: Observations) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return whether CPU, and memory, are requested beyond the ceiling on waste."""
        if not self._sees_waste:
            never = np.zeros(len(observations), dtype=np.bool_)
            return never, never
        cpu, memory = _seen(observations, "cpu_over_ceiling", "memory_over_ceiling")
        return cpu > 0, memory > 0


def _seen(observations: Observations, *names: str) -> list[NDArray[np.float32]]:
    return [observations[:, _COMPONENTS.index(name)] for name in names]


def _names_from(least: ObservationKind) -> set[str]:
    """Return the observations that have all components of this one."""
    return {kind.name.lower() for kind in ObservationKind if kind >= least}
