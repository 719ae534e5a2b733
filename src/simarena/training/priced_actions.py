"""A price on acting, so that a trained agent leaves alone what is healthy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from stable_baselines3.common.vec_env import VecEnvWrapper

from simarena.trace import Action

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from stable_baselines3.common.vec_env import VecEnv


class PricedActions(VecEnvWrapper):
    """Takes `price` off the reward of every action but "nothing"; all else is as it was.

    Rewards look at the state that an action led to, so that in a healthy one an action which does
    no harm earns as much as none.
    """

    def __init__(self, venv: VecEnv, price: float) -> None:
        super().__init__(venv)
        self._price = np.float32(price)
        self._prices: NDArray[np.float32] = np.zeros(venv.num_envs, dtype=np.float32)

    def reset(self) -> Any:  # noqa: ANN401 - as the space says
        """Begin new episodes."""
        return self.venv.reset()

    def step_async(self, actions: NDArray[np.int64]) -> None:
        """Take note of the actions and what they cost."""
        self._prices = np.where(actions == Action.NOOP, np.float32(0), self._price)
        self.venv.step_async(actions)

    def step_wait(self) -> tuple[Any, NDArray[Any], NDArray[Any], list[dict[str, Any]]]:
        """Take the actions noted; return observations, rewards less prices, ends, infos."""
        observations, rewards, dones, infos = self.venv.step_wait()
        return observations, rewards - self._prices, dones, infos
