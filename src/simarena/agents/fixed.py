"""Baselines that hardly look: they show what an environment gives away for free."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simarena.agents.protocol import BatchAgent
from simarena.trace import Action

if TYPE_CHECKING:
    from simarena.agents.protocol import Actions, Infos, Observations, TaskShape


class FixedAgent(BatchAgent):
    """Does the same thing at every step."""

    def __init__(self, name: str, action: Action) -> None:
        self.name = name
        self._action = action

    def act_batch(self, observations: Observations, infos: Infos) -> Actions:
        """Return the one action for each environment."""
        return np.full(len(observations), self._action, dtype=np.int64)


class RandomAgent(BatchAgent):
    """Takes any action, all equally likely."""

    name = "random"

    def __init__(self, shape: TaskShape, seed: int = 0) -> None:
        self._num_actions = shape.num_actions
        self._random = np.random.default_rng(seed)

    def begin(self, num_envs: int, seed: int) -> None:
        """Start chance from `seed`."""
        self._random = np.random.default_rng([seed, num_envs])

    def act_batch(self, observations: Observations, infos: Infos) -> Actions:
        """Return one drawn action for each environment."""
        return self._random.integers(self._num_actions, size=len(observations), dtype=np.int64)


class ReplicaScaler(BatchAgent):
    """Counts pods and nothing else: one replica more or less until there are as many as wanted."""

    name = "scale-replicas"

    def __init__(self, shape: TaskShape) -> None:
        self._num_actions = shape.num_actions

    def act_batch(self, observations: Observations, infos: Infos) -> Actions:
        """Return a step of replicas towards the target, or noop."""
        missing = np.asarray(infos["target"]) - np.asarray(infos["total"])
        actions = np.where(missing > 0, Action.INCREASE_REPLICAS, Action.NOOP)
        actions = np.where(missing < 0, Action.DECREASE_REPLICAS, actions).astype(np.int64)
        return np.where(actions < self._num_actions, actions, Action.NOOP)


class BlindAgent(BatchAgent):
    """Reads the goal's numbers and nothing that tells the cause, as whoever tries without looking.

    It brings the replicas to the target, then gives memory while there are restarts or evictions,
    and otherwise takes from the requests, of CPU and of memory in turn. What it solves, a scenario
    gives away without being understood.
    """

    name = "blind"

    def __init__(self, shape: TaskShape) -> None:
        self._num_actions = shape.num_actions

    def act_batch(self, observations: Observations, infos: Infos) -> Actions:
        """Return the first of the three that there is reason for, noop where it may not."""
        missing = np.asarray(infos["target"]) - np.asarray(infos["replicas"])
        failures = np.asarray(infos["failures"]) + np.asarray(infos["evicted"])
        is_even = np.asarray(infos["step"]) % 2 == 0
        actions = np.select(
            [missing > 0, missing < 0, failures > 0, is_even],
            [
                np.int64(Action.INCREASE_REPLICAS),
                np.int64(Action.DECREASE_REPLICAS),
                np.int64(Action.INCREASE_MEMORY),
                np.int64(Action.DECREASE_CPU),
            ],
            default=np.int64(Action.DECREASE_MEMORY),
        )
        return np.where(actions < self._num_actions, actions, Action.NOOP)
