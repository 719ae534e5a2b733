"""A trained Q-network, for acting: plain arrays and NumPy, so that no PyTorch need be loaded.

Training is Stable-Baselines3's (`simarena.training.dqn_training`); this reads the weights of its
policy under the names they have there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from simarena.agents.protocol import BatchAgent
from simarena.errors import CheckpointError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from simarena.agents.protocol import Actions, Infos, Observations, TaskShape

_PREFIX: Final = "q_net.q_net."


class DqnAgent(BatchAgent):
    """Takes the action that its network values most; ties go to the lower action."""

    name = "dqn"

    def __init__(self, shape: TaskShape, weights: Mapping[str, NDArray[Any]]) -> None:
        """Take the `q_net.q_net.<layer>.weight` and `.bias` arrays; others are ignored."""
        numbers = sorted(
            int(key.removeprefix(_PREFIX).removesuffix(".weight"))
            for key in weights
            if key.startswith(_PREFIX) and key.endswith(".weight")
        )
        if not numbers:
            message = "the checkpoint holds no Q-network; was it written by another agent?"
            raise CheckpointError(message)
        self._layers = [
            (
                np.ascontiguousarray(weights[f"{_PREFIX}{number}.weight"].T, dtype=np.float32),
                np.ascontiguousarray(weights[f"{_PREFIX}{number}.bias"], dtype=np.float32),
            )
            for number in numbers
        ]
        found = self._layers[0][0].shape[0], self._layers[-1][0].shape[1]
        wanted = shape.observation_size, shape.num_actions
        if found != wanted:
            message = (
                f"the network takes {found[0]} numbers and values {found[1]} actions, but "
                f"observation {shape.observation!r} has {wanted[0]} and there are {wanted[1]} "
                "actions; use the settings it was trained with"
            )
            raise CheckpointError(message)

    def q_values(self, observations: Observations) -> NDArray[np.float32]:
        """Return the value of each action, (num_envs, num_actions)."""
        values = np.asarray(observations, dtype=np.float32)
        last = len(self._layers) - 1
        for index, (weight, bias) in enumerate(self._layers):
            values = values @ weight + bias
            if index < last:
                values = np.maximum(values, np.float32(0))
        return values

    def act_batch(self, observations: Observations, infos: Infos) -> Actions:
        """Return the most valued action for each environment."""
        actions: Actions = self.q_values(observations).argmax(axis=1).astype(np.int64)
        return actions
