"""The algorithms of Stable-Baselines3 and sb3-contrib as they are used here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import torch
from sb3_contrib import QRDQN, MaskablePPO
from stable_baselines3 import DQN, PPO
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.off_policy_algorithm import OffPolicyAlgorithm

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from stable_baselines3.common.vec_env import VecEnv

    from simarena.training.checkpoint import Counters
    from simarena.training.settings import TrainSettings

_FINAL_RATE: Final = 0.1  # of the learning rate at the start


class ArenaAlgorithm(BaseAlgorithm):
    """What is added to every algorithm: it can be taken up where another process left it.

    With a limit on episodes, the schedules follow episodes when those are further along than steps.
    """

    schedule_steps: int | None = None
    """Steps over which schedules run, where one call of `learn` is only a part of them."""

    max_episodes: int | None = None
    num_episodes: int = 0
    """Episodes finished, as whoever counts them says."""

    def take_up(self, counters: Counters, steps: int) -> None:
        """Set all clocks and schedules to where `counters` say, of `steps` in all."""
        self.num_timesteps = counters.step
        self.num_episodes = counters.episodes
        self._n_updates = counters.updates
        self._update_current_progress_remaining(counters.step, steps)

    def _update_current_progress_remaining(self, num_timesteps: int, total_timesteps: int) -> None:
        if self.schedule_steps is not None:
            total_timesteps = self.schedule_steps
            num_timesteps = min(num_timesteps, total_timesteps)  # rollouts may go beyond
        super()._update_current_progress_remaining(num_timesteps, total_timesteps)
        if self.max_episodes is not None:
            left = max(0.0, 1.0 - self.num_episodes / self.max_episodes)
            self._current_progress_remaining = min(self._current_progress_remaining, left)


class ReplayAlgorithm(ArenaAlgorithm, OffPolicyAlgorithm):
    """An algorithm with a replay buffer whose parallel environments explore each for itself.

    The originals draw once a step whether all of them act at random or none does.
    """

    exploration_rate: float
    exploration_schedule: Callable[[float], float]
    _n_calls: int

    def predict(
        self,
        observation: NDArray[Any] | dict[str, NDArray[Any]],
        state: tuple[NDArray[Any], ...] | None = None,
        episode_start: NDArray[np.bool_] | None = None,
        deterministic: bool = False,  # noqa: FBT001, FBT002 the base class has it so
    ) -> tuple[NDArray[Any], tuple[NDArray[Any], ...] | None]:
        """Return actions, each random with the probability of the exploration schedule."""
        actions, state = super().predict(observation, state, episode_start, deterministic=True)
        if not deterministic:
            explores = np.random.random(actions.shape) < self.exploration_rate  # noqa: NPY002
            num_actions = self.action_space.n  # type: ignore[attr-defined]
            drawn = np.random.randint(num_actions, size=actions.shape)  # noqa: NPY002
            actions = np.where(explores, drawn, actions)
        return actions, state

    def take_up(self, counters: Counters, steps: int) -> None:
        """Set all clocks and schedules to where `counters` say, of `steps` in all."""
        super().take_up(counters, steps)
        self._n_calls = counters.calls
        self.exploration_rate = self.exploration_schedule(self._current_progress_remaining)


class ArenaDQN(ReplayAlgorithm, DQN):
    """DQN with what is added here."""


class ArenaQRDQN(ReplayAlgorithm, QRDQN):
    """QR-DQN with what is added here."""


class ArenaPPO(ArenaAlgorithm, PPO):
    """PPO with what is added here."""


class ArenaMaskablePPO(ArenaAlgorithm, MaskablePPO):
    """MaskablePPO with what is added here."""


def build_model(settings: TrainSettings, env: VecEnv) -> ArenaAlgorithm:
    """Return a fresh model for `env`, of the algorithm that the settings name."""
    # Small tensors: a second thread burns a core and buys nothing.
    torch.set_num_threads(1)
    first = settings.learning_rate
    shared: dict[str, Any] = {
        "learning_rate": lambda left: first * (_FINAL_RATE + (1 - _FINAL_RATE) * left),
        "gamma": settings.gamma,
        "seed": settings.seed % 2**32,
        "device": "cpu",
    }
    model = _BUILDERS[settings.agent](settings, env, shared)
    model.max_episodes = settings.episodes
    return model


def _replay_model(
    kind: type[ArenaDQN | ArenaQRDQN],
    settings: TrainSettings,
    env: VecEnv,
    shared: dict[str, Any],
    **policy: object,
) -> ArenaAlgorithm:
    model = kind(
        "MlpPolicy",
        env,
        buffer_size=max(settings.buffer_size, settings.num_envs),
        learning_starts=settings.learning_starts,
        batch_size=settings.batch_size,
        train_freq=1,
        gradient_steps=settings.gradient_steps,
        target_update_interval=max(settings.target_update_interval, settings.num_envs),
        exploration_fraction=max(settings.exploration_fraction, 1e-9),
        exploration_initial_eps=settings.exploration_start,
        exploration_final_eps=settings.exploration_end,
        policy_kwargs={
            "net_arch": list(settings.net_arch),
            "optimizer_class": torch.optim.Adam,
            "optimizer_kwargs": {"fused": True},
            **policy,
        },
        **shared,
    )
    model.exploration_rate = settings.exploration_start
    return model


def _dqn(settings: TrainSettings, env: VecEnv, shared: dict[str, Any]) -> ArenaAlgorithm:
    return _replay_model(ArenaDQN, settings, env, shared)


def _qrdqn(settings: TrainSettings, env: VecEnv, shared: dict[str, Any]) -> ArenaAlgorithm:
    return _replay_model(ArenaQRDQN, settings, env, shared, n_quantiles=settings.num_quantiles)


def _rollout_options(settings: TrainSettings) -> dict[str, Any]:
    """Return what both kinds of PPO are told."""
    return {
        "n_steps": settings.rollout_steps,
        "n_epochs": settings.num_epochs,
        "batch_size": settings.rollout_batch_size,
        "gae_lambda": settings.gae_lambda,
        "clip_range": settings.clip_range,
        "ent_coef": settings.entropy_coef,
        "policy_kwargs": {
            "net_arch": list(settings.net_arch),
            "optimizer_kwargs": {"fused": True, "eps": 1e-5},
        },
    }


def _ppo(settings: TrainSettings, env: VecEnv, shared: dict[str, Any]) -> ArenaAlgorithm:
    return ArenaPPO("MlpPolicy", env, **_rollout_options(settings), **shared)


def _maskable_ppo(settings: TrainSettings, env: VecEnv, shared: dict[str, Any]) -> ArenaAlgorithm:
    return ArenaMaskablePPO("MlpPolicy", env, **_rollout_options(settings), **shared)


_BUILDERS: Final[dict[str, Callable[[TrainSettings, VecEnv, dict[str, Any]], ArenaAlgorithm]]] = {
    "dqn": _dqn,
    "qrdqn": _qrdqn,
    "ppo": _ppo,
    "maskable-ppo": _maskable_ppo,
}
