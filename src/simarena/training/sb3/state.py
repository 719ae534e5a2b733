"""The state of a model of Stable-Baselines3 as plain arrays, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import torch

from simarena.errors import CheckpointError
from simarena.training.sb3.models import ReplayAlgorithm

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray
    from stable_baselines3.common.buffers import ReplayBuffer

    from simarena.training.checkpoint import Checkpoint, Counters
    from simarena.training.sb3.models import ArenaAlgorithm

Arrays = dict[str, "NDArray[Any]"]

_REPLAY: Final = ("observations", "next_observations", "actions", "rewards", "dones", "timeouts")
_MATRIX: Final = 2  # dimensions of a layer's weights


def weights_of(model: ArenaAlgorithm) -> Arrays:
    """Return the networks' arrays under the names they have in the policy."""
    return {name: tensor.numpy().copy() for name, tensor in model.policy.state_dict().items()}


def optimizer_of(model: ArenaAlgorithm) -> Arrays:
    """Return the optimizer's arrays as `<parameter>/<name>`."""
    state = model.policy.optimizer.state_dict()["state"]
    return {
        f"{index}/{name}": torch.as_tensor(value).numpy().copy()
        for index, values in state.items()
        for name, value in values.items()
    }


def replay_of(model: ArenaAlgorithm) -> Arrays:
    """Return the filled part of the replay buffer, as views, and where it goes on.

    Empty where the algorithm has none: it learns from a rollout and forgets it.
    """
    if not isinstance(model, ReplayAlgorithm):
        return {}
    buffer = _buffer(model)
    filled = buffer.buffer_size if buffer.full else buffer.pos
    arrays = {name: getattr(buffer, name)[:filled] for name in _REPLAY}
    return arrays | {"position": np.array([buffer.pos, buffer.full], dtype=np.int64)}


def load_weights(model: ArenaAlgorithm, weights: Mapping[str, NDArray[Any]], where: object) -> None:
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


def restore(model: ArenaAlgorithm, checkpoint: Checkpoint, steps: int) -> Counters:
    """Bring `model` to where `checkpoint` was written, and return how far that is of `steps`.

    Raises:
        CheckpointError: it is damaged, or of other networks.
    """
    load_weights(model, checkpoint.arrays("weights"), checkpoint.path)
    try:
        restore_optimizer(model, checkpoint.arrays("optimizer"))
        if isinstance(model, ReplayAlgorithm):
            restore_replay(model, checkpoint.arrays("replay"))
    except (KeyError, ValueError, IndexError, RuntimeError) as error:
        reason = " ".join(str(error).split())
        message = f"{checkpoint.path}: is damaged ({reason}); train again, or remove it"
        raise CheckpointError(message) from error
    model.take_up(checkpoint.counters, steps)
    return checkpoint.counters


def restore_optimizer(model: ArenaAlgorithm, arrays: Arrays) -> None:
    """Put what `optimizer_of` gave into the optimizer; nothing makes it as new."""
    state: dict[int, dict[str, torch.Tensor]] = {}
    for key, array in arrays.items():
        index, name = key.split("/")
        state.setdefault(int(index), {})[name] = torch.from_numpy(array.copy())
    groups = model.policy.optimizer.state_dict()["param_groups"]
    model.policy.optimizer.load_state_dict({"state": state, "param_groups": groups})


def restore_replay(model: ReplayAlgorithm, arrays: Arrays) -> None:
    """Put what `replay_of` gave into the replay buffer; its position may say that it is empty."""
    buffer = _buffer(model)
    position, full = (int(each) for each in arrays["position"])
    filled = buffer.buffer_size if full else position
    for name in _REPLAY:
        if filled:
            getattr(buffer, name)[:filled] = arrays[name]
    buffer.pos, buffer.full = position, bool(full)


def _buffer(model: ReplayAlgorithm) -> ReplayBuffer:
    buffer = model.replay_buffer
    assert buffer is not None  # noqa: S101 a model made with an environment has one
    return buffer


def _widths(shapes: Mapping[str, tuple[int, ...]]) -> str:
    """Return the widths of the network that acts, as 35-128-128-7."""
    layers = [
        shape
        for name, shape in shapes.items()
        if name.endswith(".weight")
        and len(shape) == _MATRIX
        and "target" not in name
        and "value" not in name
    ]
    return "-".join(str(width) for width in [*(s[1] for s in layers[:1]), *(s[0] for s in layers)])
