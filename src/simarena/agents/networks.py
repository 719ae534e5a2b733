"""Trained networks, for acting: plain arrays and NumPy, so that no PyTorch need be loaded.

Training is Stable-Baselines3's (`simarena.training.sb3.training`); these read the weights of its
policies under the names they have there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np

from simarena.agents.protocol import BatchAgent
from simarena.errors import CheckpointError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from simarena.agents.protocol import Actions, Infos, Observations, TaskShape

Layer = tuple["NDArray[np.float32]", "NDArray[np.float32]"]  # weight (inputs, outputs), bias

MASKS: Final = "action_masks"
"""Key under which an agent that needs masks finds them in the infos: (num_envs, num_actions)."""


class NetworkAgent(BatchAgent):
    """Takes the action that its network scores highest; ties go to the lower action."""

    prefixes: ClassVar[tuple[str, ...]]
    """What the names of the network's arrays begin with, from the observation on."""

    kind: ClassVar[str]
    """What the network is called in errors."""

    def __init__(self, shape: TaskShape, weights: Mapping[str, NDArray[Any]]) -> None:
        """Take the `<prefix><layer>.weight` and `.bias` arrays; others are ignored.

        Raises:
            CheckpointError: there are none, or they are of another task.
        """
        self._num_actions = shape.num_actions
        self._layers = [layer for prefix in self.prefixes for layer in _layers(weights, prefix)]
        if not self._layers:
            message = f"the checkpoint holds no {self.kind}; was it written by another agent?"
            raise CheckpointError(message)
        found = self._layers[0][0].shape[0], self._num_scored(self._layers[-1][0].shape[1])
        wanted = shape.observation_size, shape.num_actions
        if found != wanted:
            message = (
                f"the network takes {found[0]} numbers and values {found[1]} actions, but "
                f"observation {shape.observation!r} has {wanted[0]} and there are {wanted[1]} "
                "actions; use the settings it was trained with"
            )
            raise CheckpointError(message)

    def scores(self, observations: Observations) -> NDArray[np.float32]:
        """Return what the network gives each action, (num_envs, num_actions)."""
        values = np.asarray(observations, dtype=np.float32)
        last = len(self._layers) - 1
        for index, (weight, bias) in enumerate(self._layers):
            values = values @ weight + bias
            if index < last:
                values = self._activated(values)
        return self._scored(values)

    def act_batch(self, observations: Observations, infos: Infos) -> Actions:
        """Return the best action for each environment."""
        actions: Actions = self.scores(observations).argmax(axis=1).astype(np.int64)
        return actions

    def _num_scored(self, outputs: int) -> int:
        return outputs

    def _scored(self, outputs: NDArray[np.float32]) -> NDArray[np.float32]:
        return outputs

    def _activated(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.maximum(values, np.float32(0))


class DqnAgent(NetworkAgent):
    """Takes the action that its Q-network values most."""

    name = "dqn"
    kind = "Q-network"
    prefixes = ("q_net.q_net.",)


class QrDqnAgent(NetworkAgent):
    """Takes the action whose quantiles of the return have the highest mean."""

    name = "qrdqn"
    kind = "quantile network"
    prefixes = ("quantile_net.quantile_net.",)

    def _num_scored(self, outputs: int) -> int:
        return self._num_actions if outputs % self._num_actions == 0 else outputs

    def _scored(self, outputs: NDArray[np.float32]) -> NDArray[np.float32]:
        quantiles = outputs.reshape(len(outputs), -1, self._num_actions)
        means: NDArray[np.float32] = quantiles.mean(axis=1)
        return means


class PpoAgent(NetworkAgent):
    """Takes the action that its policy gives the highest probability."""

    name = "ppo"
    kind = "policy network"
    prefixes = ("mlp_extractor.policy_net.", "action_net.")

    def _activated(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.tanh(values)


class MaskablePpoAgent(PpoAgent):
    """Takes, of the actions that no limit would block, the one of highest probability."""

    name = "maskable-ppo"
    needs_masks = True

    def act_batch(self, observations: Observations, infos: Infos) -> Actions:
        """Return the best action that is allowed; without masks in `infos` all of them are."""
        scores = self.scores(observations)
        if MASKS in infos:
            scores = np.where(infos[MASKS], scores, -np.inf)
        actions: Actions = scores.argmax(axis=1).astype(np.int64)
        return actions


NETWORKS: Final[Mapping[str, type[NetworkAgent]]] = {
    agent.name: agent for agent in (DqnAgent, QrDqnAgent, PpoAgent, MaskablePpoAgent)
}
"""Agents that act by a network, by name."""


def _layers(weights: Mapping[str, NDArray[Any]], prefix: str) -> list[Layer]:
    """Return the layers under `prefix`: numbered ones in order, or the only one."""
    names = [key for key in weights if key.startswith(prefix) and key.endswith(".weight")]
    if not names and f"{prefix}weight" in weights:
        names = [f"{prefix}weight"]
    middles = [key.removeprefix(prefix).removesuffix("weight").rstrip(".") for key in names]
    numbers = sorted(middles, key=lambda middle: int(middle) if middle.isdigit() else -1)
    stems = [f"{prefix}{number}." if number else prefix for number in numbers]
    return [
        (
            np.ascontiguousarray(weights[f"{stem}weight"].T, dtype=np.float32),
            np.ascontiguousarray(weights[f"{stem}bias"], dtype=np.float32),
        )
        for stem in stems
    ]
