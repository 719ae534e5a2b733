"""Our vector environments as Stable-Baselines3 wants its environments."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium.vector import AutoresetMode
from stable_baselines3.common.vec_env import VecEnv

from simarena.checks.bounds import check_kind
from simarena.env.playing.base_vector_env import ArenaVectorEnv
from simarena.env.playing.members import METHODS
from simarena.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import gymnasium
    from numpy.typing import NDArray

    Indices = int | Iterable[int] | None

_TOLD = ("scenario", "step", "solved", "truncated", "episode_return")


class Sb3VecEnv(VecEnv):
    """A Stable-Baselines3 `VecEnv` over environments with autoreset mode SAME_STEP.

    Nothing is done per environment and step, but for environments whose episode ended: their info
    holds `terminal_observation`, `TimeLimit.truncated`, `is_success` and, as Monitor writes it,
    `episode` (return `r`, length `l`, seconds since the start `t`), so that no Monitor is needed,
    and `scenario`. Infos of the others are empty. Action masks, where there are any, are found as
    sb3-contrib's MaskablePPO looks for them. Raises ConfigError for another autoreset mode, or for
    what is no vector environment of SimArena.
    """

    def __init__(self, vector_env: ArenaVectorEnv) -> None:
        words = "a vector environment of SimArena"
        check_kind("vector_env", vector_env, ArenaVectorEnv, words)
        if vector_env.autoreset_mode is not AutoresetMode.SAME_STEP:
            message = (
                "Stable-Baselines3 needs autoreset_mode='SameStep', "
                f"got {vector_env.autoreset_mode.value!r}"
            )
            raise ConfigError(message)
        self.vector_env = vector_env
        self._begin_s = time.monotonic()
        names = vector_env.batch.episodes.dtype.names or ()
        self._columns = tuple(names.index(name) for name in _TOLD)
        self._empty: list[dict[str, Any]] = [{} for _ in range(vector_env.num_envs)]
        super().__init__(
            vector_env.num_envs,
            vector_env.single_observation_space,
            vector_env.single_action_space,
        )

    def reset(self) -> Any:  # noqa: ANN401 - as the space says
        """Begin new episodes; seeds and options set before are used once."""
        seeds = None if all(seed is None for seed in self._seeds) else list(self._seeds)
        scenarios = [options.get("scenario") for options in self._options]
        chosen = None not in scenarios
        observations, _ = self.vector_env.reset(
            seed=seeds, options={"scenario": scenarios} if chosen else None
        )
        self._reset_seeds()
        self._reset_options()
        return observations

    def step_async(self, actions: NDArray[np.int64]) -> None:
        """Take note of the actions."""
        self._actions = actions

    def step_wait(
        self,
    ) -> tuple[Any, NDArray[np.float32], NDArray[np.bool_], list[dict[str, Any]]]:
        """Take the actions noted; return observations, rewards, whether episodes ended, infos."""
        told = self.vector_env.advance(self._actions)
        batch = self.vector_env.batch
        seat = batch.seat
        dones = told.terminated | told.truncated
        infos = self._empty
        if dones.any():
            infos = infos.copy()
            terminal = seat.final_observations.copy()
            now_s = round(time.monotonic() - self._begin_s, 6)
            for row in np.flatnonzero(dones).tolist():
                final = seat.finals.item(row)
                scenario, step, solved, truncated, total = (final[i] for i in self._columns)
                infos[row] = {
                    "terminal_observation": batch.shown(terminal[row]),
                    "TimeLimit.truncated": truncated,
                    "is_success": solved,
                    "scenario": scenario,
                    "episode": {"r": total, "l": step, "t": now_s},
                }
        observations = batch.shown(told.observations)
        return observations, told.rewards.astype(np.float32), dones, infos

    def close(self) -> None:
        """Close the environments."""
        self.vector_env.close()

    def get_attr(self, attr_name: str, indices: Indices = None) -> list[Any]:
        """Return an attribute of each of the environments asked for; of methods, what to call.

        Raises UnknownAttributeError, also an AttributeError, if they have none of that name.
        """
        rows = self._get_indices(indices)
        if attr_name in METHODS:
            return [partial(self._call_one, attr_name, row) for row in rows]
        values = self.vector_env.get_attr(attr_name)
        return [values[row] for row in rows]

    def set_attr(self, attr_name: str, value: object, indices: Indices = None) -> None:
        """Give environments an attribute; ConfigError for what is fixed when they are made."""
        rows = list(self._get_indices(indices))
        self.vector_env.put_attr(attr_name, [value] * len(rows), rows)

    def env_method(
        self,
        method_name: str,
        *args: object,
        indices: Indices = None,
        **kwargs: object,
    ) -> list[Any]:
        """Return what a method gives in each of the environments asked for.

        Raises UnknownAttributeError, also an AttributeError, if they have none of that name.
        """
        results = self.vector_env.call(method_name, *args, **kwargs)
        return [results[row] for row in self._get_indices(indices)]

    def get_images(self) -> Sequence[NDArray[np.uint8] | None]:
        """Return a picture of each environment if the render mode is "rgb_array"."""
        return self.env_method("render")

    def _call_one(self, method_name: str, row: int) -> Any:  # noqa: ANN401 - what it returns
        return self.env_method(method_name, indices=row)[0]

    def env_is_wrapped(
        self,
        wrapper_class: type[gymnasium.Wrapper[Any, Any, Any, Any]],  # noqa: ARG002
        indices: Indices = None,
    ) -> list[bool]:
        """Return False for each: no wrapper stands between."""
        return [False for _ in self._get_indices(indices)]
