"""Agents by name, or by the import path of a class of one's own."""

from __future__ import annotations

import inspect
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from simarena.agents.fixed import BlindAgent, FixedAgent, RandomAgent, ReplicaScaler
from simarena.agents.greedy import GreedyAgent
from simarena.agents.networks import NETWORKS
from simarena.agents.oracle import OracleAgent
from simarena.agents.protocol import Agent, BatchAgent, TaskShape
from simarena.agents.rules import RulesAgent
from simarena.errors import ConfigError, UnknownNameError, shown
from simarena.trace import Action

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from numpy.typing import NDArray

    from simarena.agents.protocol import Actions, Infos, Observations

_MAKERS: Final[dict[str, Callable[[TaskShape, int], BatchAgent]]] = {
    "random": RandomAgent,
    "greedy": GreedyAgent,
    "oracle": lambda shape, _seed: OracleAgent(shape),
    "rules": lambda shape, _seed: RulesAgent(shape),
    "blind": lambda shape, _seed: BlindAgent(shape),
    "noop": lambda _shape, _seed: FixedAgent("noop", Action.NOOP),
    "add-cpu": lambda _shape, _seed: FixedAgent("add-cpu", Action.INCREASE_CPU),
    "add-memory": lambda _shape, _seed: FixedAgent("add-memory", Action.INCREASE_MEMORY),
    "scale-replicas": lambda shape, _seed: ReplicaScaler(shape),
}

_MOST: Final = 2**31  # beyond any number of actions
_SHOWN: Final = 40  # letters of an action in a message

AGENTS: Final = tuple(_MAKERS)
"""Names of the agents that need no training."""

LEARNERS: Final = (*NETWORKS, "greedy")
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


def _class_name(maker: Callable[[], Agent]) -> str:
    """Return what an agent is called whose class gives it no name."""
    return str(getattr(maker, "__name__", "agent"))


class OneByOne(BatchAgent):
    """Agents that decide for one environment each, seen as one that decides for many."""

    def __init__(self, maker: Callable[[], Agent]) -> None:
        self._maker = maker
        self._agents: list[Agent] = []
        self._seed = 0
        self._episodes = 0
        name = getattr(maker, "name", None)  # a property is no name of the class
        self.name = name if isinstance(name, str) and name else _class_name(maker)
        self.needs_masks = bool(getattr(maker, "needs_masks", False))

    def begin(self, num_envs: int, seed: int) -> None:
        """Make one agent for each environment."""
        self._agents = [self._made() for _ in range(num_envs)]
        self._seed = seed
        self._episodes = 0
        for agent in self._agents:
            self._reset(agent)

    def act_batch(self, observations: Observations, infos: Infos) -> Actions:
        """Return what each agent decides."""
        if len(self._agents) != len(observations):
            self.begin(len(observations), self._seed)
        decided = [
            agent.act(observation, {key: values[row] for key, values in infos.items()})
            for row, (agent, observation) in enumerate(zip(self._agents, observations, strict=True))
        ]
        for action in decided:
            is_number = isinstance(action, (int, np.integer)) and not isinstance(action, bool)
            if not is_number or abs(int(action)) > _MOST:
                message = (
                    f"agent {self.name!r}: act(observation, info) must return the number of an "
                    f"action, got {str(action)[:_SHOWN]!r} of type {type(action).__name__}"
                )
                raise ConfigError(message)
        return np.array(decided, dtype=np.int64)

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

    def _made(self) -> Agent:
        _require_call(self._maker, (), f"agent {self.name!r}: it is made without arguments")
        agent = self._maker()
        _require_call(agent.act, (0, 0), f"agent {self.name!r}: write act(self, observation, info)")
        return agent

    def _reset(self, agent: Agent) -> None:
        reset: Any = getattr(agent, "reset", None)
        if reset is not None:
            _require_call(reset, (0,), f"agent {self.name!r}: write reset(self, seed)")
            reset(int(np.random.SeedSequence([self._seed, self._episodes]).generate_state(1)[0]))
        self._episodes += 1


def _require_call(function: Callable[..., Any], arguments: tuple[int, ...], mend: str) -> None:
    """Raise ConfigError for a function that cannot be called with so many arguments."""
    try:
        inspect.signature(function).bind(*arguments)
    except TypeError as error:
        message = f"{mend}; as it is, it cannot be called: {error}"
        raise ConfigError(message) from error
    except ValueError:  # one that Python knows no signature of
        return


def _imported(path: str) -> Callable[[], Agent]:
    """Return the class at `package.module:Class`; modules of the current folder are found, too."""
    name, _, attribute = path.partition(":")
    module = _module(name, path)
    found: Any = getattr(module, attribute, None)
    if not _is_maker(found):
        known = sorted(key for key, value in vars(module).items() if _is_maker(value))
        if known:
            kind = f"agent in module {name!r}"
            raise UnknownNameError(kind, attribute, known)
        message = (
            f"agent {path!r}: module {name!r} has no class {shown(attribute)} with a method act, "
            "nor any other; name it as package.module:Class"
        )
        raise ConfigError(message)
    maker: Callable[[], Agent] = found
    return maker


def _module(name: str, path: str) -> ModuleType:
    here = str(Path.cwd())
    sys.path.insert(0, here)
    try:
        return import_module(name)
    except (ModuleNotFoundError, ValueError, TypeError) as error:
        if isinstance(error, ModuleNotFoundError) and not name.startswith(error.name or ""):
            raise _unusable(path, error) from error
        message = (
            f"agent {path!r}: there is no module {name!r} in this folder or among what is "
            "installed; correct it, or go to its folder"
        )
        raise ConfigError(message) from error
    except (Exception, SystemExit) as error:
        raise _unusable(path, error) from error
    finally:
        sys.path.remove(here)


def _unusable(path: str, error: BaseException) -> ConfigError:
    reason = " ".join(str(error).split())
    return ConfigError(f"agent {path!r} cannot be imported: {type(error).__name__}: {reason}")


def _is_maker(found: object) -> bool:
    return isinstance(found, type) and callable(getattr(found, "act", None))
