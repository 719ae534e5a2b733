"""What the single environments have in common: each is a vector environment of one."""

from __future__ import annotations

import copy
import sys
from operator import index
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from gymnasium import Env, spaces

from simarena.env.playing.state import EnvState, chance_of, put_chance, require_state
from simarena.errors import ConfigError, EpisodeError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Self

    from numpy.typing import NDArray

    from simarena.env.playing.base_vector_env import ArenaVectorEnv


_VIEWS: Final = (
    "_batch",
    "_actions",
    "_episodes",
    "_observation",
    "_mask",
    "_told",
)


def _dtype_of(dtype: np.dtype[Any], names: tuple[str, ...]) -> np.dtype[Any]:
    """Return a dtype of the same rows that has these fields only."""
    fields: Mapping[str, Any] = dtype.fields or {}
    return np.dtype(
        {
            "names": list(names),
            "formats": [fields[name][0] for name in names],
            "offsets": [fields[name][1] for name in names],
            "itemsize": dtype.itemsize,
        }
    )


def check_render_mode(render_mode: str | None) -> None:
    """Raise ConfigError for a render mode that there is not."""
    if render_mode not in {None, "ansi", "human", "rgb_array"}:
        message = f"render_mode must be None, 'ansi', 'human' or 'rgb_array', got {render_mode!r}"
        raise ConfigError(message)


def action_number(action: object, num_actions: int) -> int:
    """Return an action as a plain number. Raises EpisodeError for one that is none."""
    try:
        number = index(action)  # type: ignore[arg-type] # that is what is found out here
    except TypeError:
        number = -1
    if not 0 <= number < num_actions:
        message = f"an action is a whole number from 0 to {num_actions - 1}, got {action!r}"
        raise EpisodeError(message)
    return number


class ArenaEnv(Env[Any, np.int64]):
    """One member of a vector environment, as Gymnasium wants a single environment."""

    metadata: dict[str, Any] = {  # noqa: RUF012 - as Gymnasium declares it
        "render_modes": ["ansi", "human", "rgb_array"],
        "render_fps": 4,
    }

    def __init__(self, members: ArenaVectorEnv, render_mode: str | None) -> None:
        self.render_mode = render_mode
        self._members = members
        self._num_actions = members.batch.num_actions
        self._info_keys = members.batch.info_keys
        self._is_playing = False
        self.action_space = spaces.Discrete(self._num_actions)
        self.observation_space = members.batch.observation_space
        self._take_views()

    def _take_views(self) -> None:
        """Look at the tables of the batch, in which every step writes."""
        self._batch = self._members.batch
        self._actions = self._batch.actions
        self._episodes = self._batch.episodes
        vectors = self._batch.seat.observations
        self._observation = vectors[0]
        self._mask = self._batch.masks_of(self._episodes, vectors)[0]
        # What a step tells and nothing else: to read all fields takes longer.
        self._told = self._episodes.view(
            _dtype_of(self._episodes.dtype, (*self._info_keys, "reward", "terminated", "truncated"))
        )

    def __getstate__(self) -> dict[str, Any]:
        """Return all there is but views, which a copy takes of its own tables."""
        return {name: value for name, value in vars(self).items() if name not in _VIEWS}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._take_views()

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Return an environment that goes on apart; scenarios and options are shared."""
        memo.update((id(one), one) for one in (self.spec, vars(self).get("options")))
        copied = type(self).__new__(type(self))
        memo[id(self)] = copied
        copied.__setstate__(copy.deepcopy(self.__getstate__(), memo))
        return copied

    def __copy__(self) -> Self:
        """Return what `copy.deepcopy` returns: two that share a cluster would be of no use."""
        return copy.deepcopy(self)

    def save_state(self) -> EnvState:
        """Return where the environment stands, for `restore_state`; it can be pickled, too.

        The action space, and what wrappers know, are no part of it.
        """
        return EnvState(self._members.save_state(), self._is_playing, chance_of(self))

    def restore_state(self, state: EnvState) -> None:
        """Go back to a state; equal actions then have equal outcomes, bit by bit.

        The state may come from another environment made with the same options. Raises ConfigError
        if those differ; nothing has changed then.
        """
        require_state(state, EnvState)
        self._members.restore_state(state.members)
        self._is_playing = state.is_playing
        put_chance(self, state.chance)

    def action_masks(self) -> NDArray[np.bool_]:
        """Return which actions the next step would not block: (num_actions,).

        `info["action_mask"]` says the same. Raises EpisodeError before the first reset.
        """
        mask: NDArray[np.bool_] = self._members.action_masks()[0]
        return mask

    @property
    def scenarios(self) -> Sequence[Any]:
        """What is played; `info["scenario"]` is a row of this."""
        return self._batch.scenarios

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Begin a new episode; return its first observation and info.

        Raises ConfigError for options that are no dictionary, UnknownNameError or NotFoundError if
        `options["scenario"]` is not played here.
        """
        super().reset(seed=seed)
        if seed is None and not self._members.is_seeded:
            seed = int(self.np_random.integers(2**63))
        self._members.reset(seed=seed, options=options)
        self._is_playing = True
        row: Any = self._told.item(0)
        if self.render_mode == "human":
            self._print()
        return self._batch.shown(self._observation.copy()), self._info(row)

    def step(self, action: np.int64 | int) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Take an action; return observation, reward, terminated, truncated, info.

        Raises EpisodeError for an action that is none, or when no episode is under way.
        """
        number = action_number(action, self._num_actions)
        if not self._is_playing:
            message = "there is no episode under way; call reset first"
            raise EpisodeError(message)
        self._actions[0] = number
        self._batch.step()
        row: Any = self._told.item(0)
        reward, terminated, truncated = row[-3:]
        if terminated or truncated:
            self._is_playing = False
        if self.render_mode == "human":
            self._print()
        return (
            self._batch.shown(self._observation.copy()),
            reward,
            terminated,
            truncated,
            self._info(row),
        )

    def _info(self, row: Any) -> dict[str, Any]:  # noqa: ANN401 - the values of a record
        info = dict(zip(self._info_keys, row, strict=False))  # what is told besides comes last
        info["action_mask"] = self._mask.astype(np.int8)
        return info

    def render(self) -> str | NDArray[np.uint8] | None:
        """Return a line about the last step ("ansi"), a picture ("rgb_array"), or None.

        A picture is an array of uint8, (height, width, 3). Raises ConfigError for one where
        matplotlib is not installed.
        """
        if self.render_mode == "ansi":
            return self._batch.line(0)
        if self.render_mode == "rgb_array":
            return self._batch.picture(0)
        return None

    def close(self) -> None:
        """Nothing to release; here because Gymnasium has it."""
        self._members.close()

    def _print(self) -> None:
        sys.stdout.write(self._batch.line(0) + "\n")
        sys.stdout.flush()
