"""The agent that has tried everything before: the yardstick of all others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simarena.agents.protocol import BatchAgent
from simarena.env import shortest_solution
from simarena.errors import ConfigError
from simarena.trace import Action

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simarena.agents.protocol import Actions, Infos, Observations, TaskShape
    from simarena.env import Scenario


class OracleAgent(BatchAgent):
    """Takes the shortest way to the goal, which it has searched for in the simulator.

    It does not look at observations: it is shown the scenarios beforehand (`study`). Where no
    sequence of actions reaches the goal, it does nothing.
    """

    name = "oracle"

    def __init__(self, shape: TaskShape) -> None:
        self._num_actions = shape.num_actions
        self._scenarios: Sequence[Scenario] = ()
        self._ways: dict[int, tuple[Action, ...]] = {}

    def study(self, scenarios: Sequence[Scenario]) -> None:
        """Take note of what will be played; ways are searched for when they are needed."""
        if scenarios is not self._scenarios:
            self._scenarios = scenarios
            self._ways = {}

    def act_batch(self, observations: Observations, infos: Infos) -> Actions:
        """Return the next action of each environment's way; ConfigError before `study`."""
        if not self._scenarios:
            message = "the oracle has to see the scenarios first; call study with them"
            raise ConfigError(message)
        rows, steps = np.asarray(infos["scenario"]), np.asarray(infos["step"])
        return np.array(
            [
                self._action(row, step)
                for row, step in zip(rows.tolist(), steps.tolist(), strict=True)
            ],
            dtype=np.int64,
        )

    def _action(self, row: int, step: int) -> int:
        if row not in self._ways:
            found = shortest_solution(self._scenarios[row], num_actions=self._num_actions)
            self._ways[row] = found or ()
        way = self._ways[row]
        return int(way[step]) if step < len(way) else int(Action.NOOP)
