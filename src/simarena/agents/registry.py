"""Agents by name, or by the import path of a class of one's own."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from simarena.agents.fixed import FixedAgent, RandomAgent, ReplicaScaler
from simarena.agents.greedy import GreedyAgent
from simarena.agents.oracle import OracleAgent
from simarena.agents.protocol import Agent, BatchAgent, TaskShape
from simarena.agents.rules import RulesAgent
from simarena.errors import ConfigError, UnknownNameError
from simarena.trace import Action

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from simarena.agents.protocol import Actions, Infos, Observations

_MAKERS: Final[dict[str, Callable[[TaskShape, int], BatchAgent]]] = {
    "random": RandomAgent,
    "greedy": GreedyAgent,
    "oracle": lambda shape, _seed: OracleAgent(shape),
    "rules": lambda shape, _seed: RulesAgent(shape),
    "noop": lambda _shape, _seed: FixedAgent("noop", Action.NOOP),
    "add-cpu": lambda _shape, _seed: FixedAgent("add-cpu", Action.INCREASE_CPU),
    "add-memory": lambda _shape, _seed: FixedAgent("add-memory", Action.INCREASE_MEMORY),
    "scale-replicas": lambda shape, _seed: ReplicaScaler(shape),
}

AGENTS: Final = tuple(_MAKERS)
"""Names of the agents that need no training."""

LEARNERS: Final = ("dqn", "greedy")
"""Names of the agents that `simarena train` trains."""


def make_agent(name: str, shape: TaskShape, *, seed: int = 0) -> BatchAgent:
    """Return the agent called `name`, or of the class at an import path `package.module:Class`.

    A class of one's own is made without arguments, once for each environment, and needs a `name`
    and `act(observation, info)`; if it has `reset(seed)`, that is called before each episode.

    Raises:
        ConfigError: it is one that must be trained first.
        UnknownNameError: nothing goes by that name.
    """
    if name in _MAKERS:
        return _MAKERS[name](shape, seed)
    if ":" in name:
        return OneByOne(_imported(name))
    if name in LEARNERS:
        message = f"agent {name!r} has to be trained; name the folder of a run that trained it"
        raise ConfigError(message)
    raise UnknownNameError("agent", name, [*AGENTS, *LEARNERS])  # noqa: EM101 a kind, not a message


class OneByOne(BatchAgent):
    """Agents that decide for one environment each, seen as one that decides for many."""

    def __init__(self, maker: Callable[[], Agent]) -> None:
        self._maker = maker
        self._agents: list[Agent] = []
        self._seed = 0
        self._episodes = 0
        self.name = str(getattr(maker, "name", getattr(maker, "__name__", "agent")))

    def begin(self, num_envs: int, seed: int) -> None:
        """Make one agent for each environment."""
        self._agents = [self._maker() for _ in range(num_envs)]
        self._seed = seed
        self._episodes = 0
        for agent in self._agents:
            self._reset(agent)

    def act_batch(self, observations: Observations, infos: Infos) -> Actions:
        """Return what each agent decides."""
        if len(self._agents) != len(observations):
            self.begin(len(observations), self._seed)
        return np.array(
            [
                agent.act(observation, {key: values[row] for key, values in infos.items()})
                for row, (agent, observation) in enumerate(
                    zip(self._agents, observations, strict=True)
                )
            ],
            dtype=np.int64,
        )

    def learn_batch(
        self,
        actions: Actions,
        rewards: NDArray[np.float64],
        *,
        playing: NDArray[np.bool_],
        finished: NDArray[np.bool_],
    ) -> None:
        """Reset the agents whose episodes are finished."""
        for row in np.flatnonzero(finished):
            self._reset(self._agents[row])

    def _reset(self, agent: Agent) -> None:
        reset: Any = getattr(agent, "reset", None)
        if reset is not None:
            reset(int(np.random.SeedSequence([self._seed, self._episodes]).generate_state(1)[0]))
        self._episodes += 1


def _imported(path: str) -> Callable[[], Agent]:
    module, _, attribute = path.partition(":")
    try:
        found: Any = getattr(import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise UnknownNameError("agent", path, AGENTS) from error  # noqa: EM101 a kind, not a message
    if not callable(found) or not hasattr(found, "act"):
        raise UnknownNameError("agent", path, AGENTS)  # noqa: EM101 a kind, not a message
    maker: Callable[[], Agent] = found
    return maker
