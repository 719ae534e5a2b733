"""Requests that follow usage, as the VerticalPodAutoscaler sets them; for `SimArena/Online-v0`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from simarena.agents.protocol import BatchAgent
from simarena.trace import MEMORY_STEP_BYTES, Action

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simarena.agents.protocol import Actions, Infos, Observations

_CPU_PERCENTILE: Final = 90
_MARGIN: Final = 1.15
"""The recommender's defaults: 90th percentile of CPU, highest memory, 15 % on top of both."""


class RightSizingAgent(BatchAgent):
    """Moves a pod's requests towards what a pod was seen to use, and leaves the replicas alone.

    The recommendation is the 90th percentile of CPU usage, and the highest memory usage, of the
    last `window` observations, each with 15 % added. The real recommender weighs a day's histogram
    by age; here a window takes its place. An action is taken where a request is at least a whole
    step of the environment's away from it; memory comes first when there is too little of it.
    Nothing is done before the window is half full.
    """

    name = "right-sizing"

    def __init__(
        self,
        *,
        cpu_step_milli: int = 250,
        memory_step_bytes: int = MEMORY_STEP_BYTES // 2,
        window: int = 60,
    ) -> None:
        self._cpu_step_milli = cpu_step_milli
        self._memory_step_bytes = memory_step_bytes
        self._window = window
        self._cpu: NDArray[np.float64] = np.zeros((0, window))
        self._memory: NDArray[np.float64] = np.zeros((0, window))

    def begin(self, num_envs: int, seed: int) -> None:
        """Forget what was seen."""
        self._cpu = np.full((num_envs, self._window), np.nan)
        self._memory = np.full((num_envs, self._window), np.nan)

    def act_batch(self, observations: Observations, infos: Infos) -> Actions:
        """Return a step towards the recommendation for each environment."""
        if len(self._cpu) != len(observations):
            self.begin(len(observations), 0)
        steps = np.asarray(infos["step"])
        rows = np.arange(len(steps))
        fresh = steps == 0
        self._cpu[fresh] = np.nan
        self._memory[fresh] = np.nan
        self._cpu[rows, steps % self._window] = infos["cpu_used_milli"]
        self._memory[rows, steps % self._window] = infos["memory_used_bytes"]
        cpu = _MARGIN * np.nanpercentile(self._cpu, _CPU_PERCENTILE, axis=1)
        memory = _MARGIN * np.nanmax(self._memory, axis=1)
        cpu_off = (cpu - infos["cpu_milli"]) / self._cpu_step_milli
        memory_off = (memory - infos["memory_bytes"]) / self._memory_step_bytes
        # A request of which not even a whole step remains cannot shrink.
        can_shrink_cpu = np.asarray(infos["cpu_milli"]) > self._cpu_step_milli
        can_shrink_memory = np.asarray(infos["memory_bytes"]) > self._memory_step_bytes
        knows = steps >= self._window // 2
        rules = (
            (knows & (memory_off > 0), Action.INCREASE_MEMORY),
            (knows & (cpu_off > 0), Action.INCREASE_CPU),
            (knows & (cpu_off <= -1) & can_shrink_cpu, Action.DECREASE_CPU),
            (knows & (memory_off <= -1) & can_shrink_memory, Action.DECREASE_MEMORY),
        )
        return np.select(
            [holds for holds, _ in rules],
            [np.int64(action) for _, action in rules],
            default=np.int64(Action.NOOP),
        )
