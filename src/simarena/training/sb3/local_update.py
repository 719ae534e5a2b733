"""A piece of training as a function: weights in, weights out, and nothing else remembered.

What a learner keeps for itself between two pieces (its optimizer, its replay buffer, its counters)
comes in and goes out as arrays as well. So a piece can be done again anywhere, with equal results.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from gymnasium.vector import AutoresetMode
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import Logger

from simarena.env import DeploymentVectorEnv
from simarena.env.playing.sb3 import Sb3VecEnv
from simarena.errors import CheckpointError
from simarena.training.checkpoint import Counters
from simarena.training.priced_actions import PricedActions
from simarena.training.sb3.models import ReplayAlgorithm, build_model
from simarena.training.sb3.state import (
    load_weights,
    optimizer_of,
    replay_of,
    restore_optimizer,
    restore_replay,
    weights_of,
)
from simarena.training.sb3.training import begin_segment
from simarena.training.scenarios import training_scenarios
from simarena.training.settings import env_options
from simarena.training.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from simarena.training.sb3.state import Arrays
    from simarena.training.settings import TrainSettings

_COUNTERS: Final = "counters"


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Which piece of whose training."""

    member: int
    """Number of the learner; its seeds follow from it."""
    round: int
    """Number of the piece, from 1 on."""
    num_rounds: int
    local_steps: int
    """Steps of the environment at least; they end with a step of all parallel environments, or with
    a rollout."""


class LocalUpdate(NamedTuple):
    """What comes of a piece of training."""

    weights: Arrays
    state: Arrays
    """What the same learner is given with its next piece."""
    metrics: dict[str, Any]
    samples: int


class Learner:
    """Does pieces of training with the same settings; it remembers nothing from one to the next."""

    def __init__(self, settings: TrainSettings) -> None:
        env = DeploymentVectorEnv(
            settings.num_envs,
            scenarios=training_scenarios(settings),
            autoreset_mode=AutoresetMode.SAME_STEP,
            min_return=settings.min_return,
            **env_options(settings),
        )
        self._settings = settings
        self._env = PricedActions(Sb3VecEnv(env), settings.action_price)
        self._model = build_model(settings, self._env)
        self._model.set_logger(Logger(folder=None, output_formats=[]))
        self._fresh = weights_of(self._model)

    def initial_weights(self) -> Arrays:
        """Return the weights that a training with these settings begins with."""
        return {name: each.copy() for name, each in self._fresh.items()}

    def update(
        self, weights: Mapping[str, NDArray[Any]], piece: Piece, state: Arrays | None = None
    ) -> LocalUpdate:
        """Train from `weights` on and return what came of it.

        Raises:
            CheckpointError: the weights, or the state, are of something else.
        """
        model = self._model
        load_weights(model, weights, "the weights of the round")
        counters = self._take_over(state or {})
        model.schedule_steps = piece.num_rounds * piece.local_steps
        model.take_up(counters, model.schedule_steps)
        seed = np.random.SeedSequence([self._settings.seed, piece.member, piece.round])
        counting = _Counting(self._settings.num_envs, int(seed.generate_state(1)[0]))
        model.learn(
            piece.local_steps,
            callback=counting,
            log_interval=sys.maxsize,
            reset_num_timesteps=False,
        )
        found = weights_of(model)
        if not all(np.isfinite(each).all() for each in found.values()):
            message = "the training diverged, its weights are no numbers; lower learning_rate"
            raise CheckpointError(message)
        return LocalUpdate(
            weights=found,
            state=self._state(counters.episodes + counting.tally.episodes),
            metrics=counting.tally.take(),
            samples=model.num_timesteps - counters.step,
        )

    def _state(self, episodes: int) -> Arrays:
        model = self._model
        numbers = [
            model.num_timesteps,
            episodes,
            model._n_updates,  # noqa: SLF001 the library has no public way
            getattr(model, "_n_calls", 0),
        ]
        return {
            _COUNTERS: np.array(numbers, dtype=np.int64),
            **{f"optimizer/{name}": each for name, each in optimizer_of(model).items()},
            **{f"replay/{name}": each.copy() for name, each in replay_of(model).items()},
        }

    def _take_over(self, state: Arrays) -> Counters:
        """Set optimizer and replay buffer to what `state` holds; without one they are as new."""

        def part(name: str) -> Arrays:
            prefix = f"{name}/"
            return {k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)}

        try:
            restore_optimizer(self._model, part("optimizer"))
            if isinstance(self._model, ReplayAlgorithm):
                empty = {"position": np.zeros(2, dtype=np.int64)}
                restore_replay(self._model, part("replay") or empty)
            step, episodes, updates, calls = (
                int(each) for each in state.get(_COUNTERS, np.zeros(4, dtype=np.int64))
            )
        except (KeyError, ValueError, IndexError, RuntimeError) as error:
            reason = " ".join(str(error).split())
            message = f"the learner's state is damaged ({reason}); begin the round without it"
            raise CheckpointError(message) from error
        return Counters(step=step, episodes=episodes, updates=updates, calls=calls)


class _Counting(BaseCallback):
    """Seeds the piece and counts its episodes."""

    def __init__(self, num_envs: int, seed: int) -> None:
        super().__init__()
        self.tally = Tally(num_envs)
        self._seed = seed

    def _on_training_start(self) -> None:
        begin_segment(self.model, self.training_env, self._seed)  # type: ignore[arg-type] # ours

    def _on_step(self) -> bool:
        dones, infos = self.locals["dones"], self.locals["infos"]
        cut = np.zeros(len(dones), dtype=np.bool_)
        for index in np.flatnonzero(dones):
            cut[index] = infos[index].get("TimeLimit.truncated", False)
        self.tally.add(self.locals["rewards"], dones, cut)
        return True
