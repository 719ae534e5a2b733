"""ε-greedy over what each action earned on average: the simplest thing that learns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from simarena.agents.protocol import BatchAgent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from simarena.agents.protocol import Actions, Infos, Observations, TaskShape

EPSILON: Final = 0.1


class GreedyAgent(BatchAgent):
    """Takes the action with the best average reward so far, and now and then any other.

    It is blind to the observation. All environments of a batch feed the same averages, and it goes
    on learning whenever it acts; `begin` keeps what it knows. An action not yet tried counts as 0.
    """

    name = "greedy"

    def __init__(self, shape: TaskShape, seed: int = 0, epsilon: float = EPSILON) -> None:
        self.counts: NDArray[np.int64] = np.zeros(shape.num_actions, dtype=np.int64)
        self.averages: NDArray[np.float64] = np.zeros(shape.num_actions)
        self._epsilon = epsilon
        self._random = np.random.default_rng(seed)

    def begin(self, num_envs: int, seed: int) -> None:
        """Start chance from `seed`."""
        self._random = np.random.default_rng([seed, num_envs])

    def act_batch(self, observations: Observations, infos: Infos) -> Actions:
        """Return one action for each environment. Ties of averages are broken by chance."""
        num_envs, num_actions = len(observations), len(self.averages)
        best = np.flatnonzero(self.averages == self.averages.max())
        greedy = best[self._random.integers(len(best), size=num_envs)]
        explored = self._random.integers(num_actions, size=num_envs)
        explores = self._random.random(num_envs) < self._epsilon
        return np.where(explores, explored, greedy).astype(np.int64)

    def learn_batch(
        self,
        actions: Actions,
        rewards: NDArray[np.float64],
        *,
        playing: NDArray[np.bool_],
        finished: NDArray[np.bool_],
    ) -> None:
        """Move the averages by these rewards."""
        num_actions = len(self.averages)
        taken = actions[playing]
        counts = np.bincount(taken, minlength=num_actions)
        sums = np.bincount(taken, weights=rewards[playing], minlength=num_actions)
        self.averages = (self.averages * self.counts + sums) / np.maximum(self.counts + counts, 1)
        self.counts = self.counts + counts

    def weights(self) -> dict[str, NDArray[np.float64] | NDArray[np.int64]]:
        """Return what it has learned, as arrays."""
        return {"averages": self.averages.copy(), "counts": self.counts.copy()}

    def restore(self, weights: Mapping[str, NDArray[np.float64] | NDArray[np.int64]]) -> None:
        """Take over what `weights` returned."""
        self.averages = np.array(weights["averages"], dtype=np.float64)
        self.counts = np.array(weights["counts"], dtype=np.int64)
