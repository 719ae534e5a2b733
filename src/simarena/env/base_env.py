"""What the single environments have in common: each is a vector environment of one."""

from __future__ import annotations

import sys
from operator import index
from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium import Env, spaces

from simarena.errors import ConfigError, EpisodeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simarena.env.base_vector_env import ArenaVectorEnv


def check_render_mode(render_mode: str | None) -> None:
    """Raise ConfigError for a render mode that there is not."""
    if render_mode not in {None, "ansi", "human"}:
        message = f"render_mode must be None, 'ansi' or 'human', got {render_mode!r}"
        raise ConfigError(message)


class ArenaEnv(Env[Any, np.int64]):
    """One member of a vector environment, as Gymnasium wants a single environment."""

    metadata: dict[str, Any] = {  # noqa: RUF012 - as Gymnasium declares it
        "render_modes": ["ansi", "human"],
        "render_fps": 4,
    }

    def __init__(self, members: ArenaVectorEnv, render_mode: str | None) -> None:
        self.render_mode = render_mode
        self._members = members
        self._batch = members.batch
        self._actions = self._batch.actions
        self._episodes = self._batch.episodes
        self._observation = self._batch.seat.observations[0]
        self._num_actions = self._batch.num_actions
        names = self._episodes.dtype.names or ()
        self._info_keys = self._batch.info_keys
        self._first = names.index(self._info_keys[0])
        self._last = names.index(self._info_keys[-1]) + 1
        self._reward = names.index("reward")
        self._terminated = names.index("terminated")
        self._truncated = names.index("truncated")
        self._is_playing = False
        self.action_space = spaces.Discrete(self._num_actions)
        self.observation_space = self._batch.observation_space

    @property
    def scenarios(self) -> Sequence[Any]:
        """What is played; `info["scenario"]` is a row of this."""
        return self._batch.scenarios

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Begin a new episode; return its first observation and info.

        Raises UnknownNameError or NotFoundError if `options["scenario"]` is not played here.
        """
        super().reset(seed=seed)
        if seed is None and not self._members.is_seeded:
            seed = int(self.np_random.integers(2**63))
        self._members.reset(seed=seed, options=options)
        self._is_playing = True
        row: Any = self._episodes.item(0)
        if self.render_mode == "human":
            self._print()
        info = dict(zip(self._info_keys, row[self._first : self._last], strict=True))
        return self._batch.shown(self._observation.copy()), info

    def step(self, action: np.int64 | int) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Take an action; return observation, reward, terminated, truncated, info.

        Raises EpisodeError for an action that is none, or when no episode is under way.
        """
        try:
            number = index(action)
        except TypeError:
            number = -1
        if not 0 <= number < self._num_actions:
            most = self._num_actions - 1
            message = f"an action is a whole number from 0 to {most}, got {action!r}"
            raise EpisodeError(message)
        if not self._is_playing:
            message = "there is no episode under way; call reset first"
            raise EpisodeError(message)
        self._actions[0] = number
        self._batch.step()
        row: Any = self._episodes.item(0)
        terminated = row[self._terminated]
        truncated = row[self._truncated]
        if terminated or truncated:
            self._is_playing = False
        if self.render_mode == "human":
            self._print()
        return (
            self._batch.shown(self._observation.copy()),
            row[self._reward],
            terminated,
            truncated,
            dict(zip(self._info_keys, row[self._first : self._last], strict=True)),
        )

    def render(self) -> str | None:
        """Return a line about the last step if the render mode is "ansi"."""
        if self.render_mode == "ansi":
            return self._batch.line(self._episodes[0], int(self._actions[0]))
        return None

    def close(self) -> None:
        """Nothing to release; here because Gymnasium has it."""
        self._members.close()

    def _print(self) -> None:
        sys.stdout.write(self._batch.line(self._episodes[0], int(self._actions[0])) + "\n")
        sys.stdout.flush()
