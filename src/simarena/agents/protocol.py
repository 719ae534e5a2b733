"""What an agent is: something that looks at an environment and names an action."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, runtime_checkable

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from simarena.env import Scenario

Observations: TypeAlias = "NDArray[np.float32]"  # (num_envs, observation_size)
Infos: TypeAlias = "Mapping[str, Any]"  # name -> (num_envs, ...)
Actions: TypeAlias = "NDArray[np.int64]"  # (num_envs,)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskShape:
    """What an agent is shown and what it may do; an agent fits one shape only."""

    observation: str
    """Name of the observation vector, such as `full`."""

    observation_size: int
    """Components of that vector."""

    num_actions: int
    """Actions to choose from: the first so many of the environment's list."""


@runtime_checkable
class Agent(Protocol):
    """All that evaluation asks of an agent: everyone's own agents need no more."""

    name: str

    def act(self, observation: Observations, info: Infos) -> int:
        """Return the action for one environment's observation (observation_size,)."""
        ...


class BatchAgent(ABC):
    """An agent that decides for many environments in one call.

    `begin` comes first, then `act_batch` and `learn_batch` in turn. Rows are environments. An agent
    that remembers anything keeps it by row, and forgets a row when its episode is finished.
    """

    name: str

    needs_masks: bool = False
    """Whether it is to find `action_masks` in its infos: which actions no limit would block."""

    def begin(self, num_envs: int, seed: int) -> None:  # noqa: B027 most agents have nothing to do
        """Forget all episodes, make room for `num_envs` of them, and start chance from `seed`."""

    def study(self, scenarios: Sequence[Scenario]) -> None:  # noqa: B027 most agents just play
        """Take a look at what will be played; `infos["scenario"]` are rows of this."""

    @abstractmethod
    def act_batch(self, observations: Observations, infos: Infos) -> Actions:
        """Return one action for each environment."""

    def learn_batch(  # noqa: B027 most agents have nothing to do
        self,
        actions: Actions,
        rewards: NDArray[np.float64],
        *,
        playing: NDArray[np.bool_],
        finished: NDArray[np.bool_],
    ) -> None:
        """Take note of what the last actions earned where an episode was `playing`.

        `finished` says which episodes these actions ended.
        """

    def act(self, observation: Observations, info: Infos) -> int:
        """Return the action for one environment: a batch of one."""
        infos = {key: np.asarray(value)[np.newaxis] for key, value in info.items()}
        return int(self.act_batch(np.asarray(observation)[np.newaxis], infos)[0])
