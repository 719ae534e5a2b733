"""Stable-Baselines3's DQN as it is used here, and its state as plain arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import torch
from stable_baselines3 import DQN

from simarena.errors import CheckpointError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray
    from stable_baselines3.common.buffers import ReplayBuffer
    from stable_baselines3.common.vec_env import VecEnv

    from simarena.training.checkpoint import Checkpoint, Counters
    from simarena.training.settings import TrainSettings

Arrays = dict[str, "NDArray[Any]"]

_REPLAY: Final = ("observations", "next_observations", "actions", "rewards", "dones", "timeouts")
_FINAL_RATE: Final = 0.1  # of the learning rate at the start


class BatchDQN(DQN):
    """DQN whose parallel environments explore each for itself.

    The original draws once a step whether all of them act at random or none does. With a limit on
    episodes, the schedules follow episodes when those are further along than steps.
    """

    max_episodes: int | None = None

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
            num_actions = self.q_net.action_space.n
            drawn = np.random.randint(num_actions, size=actions.shape)  # noqa: NPY002
            actions = np.where(explores, drawn, actions)
        return actions, state

    def take_up(self, counters: Counters, steps: int) -> None:
        """Set all clocks and schedules to where `counters` say, of `steps` in all."""
        self.num_timesteps = counters.step
        self._episode_num = counters.episodes
        self._n_updates = counters.updates
        self._n_calls = counters.calls
        self._update_current_progress_remaining(counters.step, steps)
        self.exploration_rate = self.exploration_schedule(self._current_progress_remaining)

    def _update_current_progress_remaining(self, num_timesteps: int, total: int) -> None:
        super()._update_current_progress_remaining(num_timesteps, total)
        if self.max_episodes is not None:
            left = max(0.0, 1.0 - self._episode_num / self.max_episodes)
            self._current_progress_remaining = min(self._current_progress_remaining, left)


def build_model(settings: TrainSettings, env: VecEnv) -> BatchDQN:
    """Return a fresh model for `env`."""
    # Small tensors: a second thread burns a core and buys nothing.
    torch.set_num_threads(1)
    first = settings.learning_rate
    model = BatchDQN(
        "MlpPolicy",
        env,
        learning_rate=lambda left: first * (_FINAL_RATE + (1 - _FINAL_RATE) * left),
        buffer_size=max(settings.buffer_size, settings.num_envs),
        learning_starts=settings.learning_starts,
        batch_size=settings.batch_size,
        gamma=settings.gamma,
        train_freq=1,
        gradient_steps=settings.gradient_steps,
        target_update_interval=max(settings.target_update_interval, settings.num_envs),
        exploration_fraction=max(settings.exploration_fraction, 1e-9),
        exploration_initial_eps=settings.exploration_start,
        exploration_final_eps=settings.exploration_end,
        policy_kwargs={
            "net_arch": list(settings.net_arch),
            "optimizer_kwargs": {"fused": True},
        },
        seed=settings.seed % 2**32,
        device="cpu",
    )
    model.max_episodes = settings.episodes
    model.exploration_rate = settings.exploration_start
    return model


def weights_of(model: BatchDQN) -> Arrays:
    """Return the networks' arrays under the names they have in the policy."""
    return {name: tensor.numpy().copy() for name, tensor in model.policy.state_dict().items()}


def optimizer_of(model: BatchDQN) -> Arrays:
    """Return the optimizer's arrays as `<parameter>/<name>`."""
    state = model.policy.optimizer.state_dict()["state"]
    return {
        f"{index}/{name}": torch.as_tensor(value).numpy().copy()
        for index, values in state.items()
        for name, value in values.items()
    }


def replay_of(model: BatchDQN) -> Arrays:
    """Return the filled part of the replay buffer, as views, and where it goes on."""
    buffer = _buffer(model)
    filled = buffer.buffer_size if buffer.full else buffer.pos
    arrays = {name: getattr(buffer, name)[:filled] for name in _REPLAY}
    return arrays | {"position": np.array([buffer.pos, buffer.full], dtype=np.int64)}


def load_weights(model: BatchDQN, weights: Mapping[str, NDArray[Any]], where: object) -> None:
    """Put `weights` into the networks.

    Raises:
        CheckpointError: they are of other networks.
    """
    wanted = {name: tuple(each.shape) for name, each in model.policy.state_dict().items()}
    found = {name: each.shape for name, each in weights.items()}
    if wanted != found:
        message = (
            f"{where}: holds a network of {_widths(found)}, the settings ask for "
            f"{_widths(wanted)}; use the settings it was trained with"
        )
        raise CheckpointError(message)
    model.policy.load_state_dict({k: torch.from_numpy(v.copy()) for k, v in weights.items()})


def restore(model: BatchDQN, checkpoint: Checkpoint, steps: int) -> Counters:
    """Bring `model` to where `checkpoint` was written, and return how far that is of `steps`.

    Raises:
        CheckpointError: it is damaged, or of other networks.
    """
    load_weights(model, checkpoint.arrays("weights"), checkpoint.path)
    try:
        _restore_optimizer(model, checkpoint.arrays("optimizer"))
        _restore_replay(model, checkpoint.arrays("replay"))
    except (KeyError, ValueError, IndexError, RuntimeError) as error:
        reason = " ".join(str(error).split())
        message = f"{checkpoint.path}: is damaged ({reason}); train again, or remove it"
        raise CheckpointError(message) from error
    model.take_up(checkpoint.counters, steps)
    return checkpoint.counters


def _restore_optimizer(model: BatchDQN, arrays: Arrays) -> None:
    state: dict[int, dict[str, torch.Tensor]] = {}
    for key, array in arrays.items():
        index, name = key.split("/")
        state.setdefault(int(index), {})[name] = torch.from_numpy(array.copy())
    groups = model.policy.optimizer.state_dict()["param_groups"]
    model.policy.optimizer.load_state_dict({"state": state, "param_groups": groups})


def _restore_replay(model: BatchDQN, arrays: Arrays) -> None:
    buffer = _buffer(model)
    position, full = (int(each) for each in arrays["position"])
    filled = buffer.buffer_size if full else position
    for name in _REPLAY:
        getattr(buffer, name)[:filled] = arrays[name]
    buffer.pos, buffer.full = position, bool(full)


def _buffer(model: BatchDQN) -> ReplayBuffer:
    buffer = model.replay_buffer
    assert buffer is not None  # noqa: S101 a model made with an environment has one
    return buffer


def _widths(shapes: Mapping[str, tuple[int, ...]]) -> str:
    layers = [
        shape
        for name, shape in shapes.items()
        if name.startswith("q_net.") and name.endswith(".weight") and len(shape) == 2  # noqa: PLR2004
    ]
    return "-".join(str(width) for width in [*(s[1] for s in layers[:1]), *(s[0] for s in layers)])
