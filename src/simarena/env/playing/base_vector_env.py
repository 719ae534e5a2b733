"""What the vector environments have in common: seeds, masks, episodes, infos."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from simarena.checks.bounds import check_kind
from simarena.env.codes import Autoreset
from simarena.env.playing.members import Members
from simarena.env.playing.state import (
    VectorEnvState,
    chance_of,
    fill,
    owned,
    put_chance,
    require_state,
    saved_table,
)
from simarena.errors import ConfigError, EpisodeError, NotFoundError, UnknownNameError, shown

if TYPE_CHECKING:
    from typing import Self

    from numpy.typing import NDArray

    from simarena.cluster.records import Rows
    from simarena.env.playing.batch import EnvironmentBatch
    from simarena.env.records.bank import Told

Actions = np.ndarray[Any, np.dtype[np.int64]]

_AUTORESET: Final = {
    AutoresetMode.NEXT_STEP: Autoreset.NEXT_STEP,
    AutoresetMode.SAME_STEP: Autoreset.SAME_STEP,
    AutoresetMode.DISABLED: Autoreset.DISABLED,
}
_KNOWN_MODES: Final = tuple(mode.value for mode in AutoresetMode)
_RESET_OPTIONS: Final = frozenset({"reset_mask", "scenario"})


def autoreset_of(mode: AutoresetMode | str) -> tuple[AutoresetMode, Autoreset]:
    """Return Gymnasium's mode and ours; UnknownNameError if there is none of that name."""
    try:
        found = AutoresetMode(mode)
    except ValueError:
        kind = "autoreset mode"
        raise UnknownNameError(kind, str(mode), _KNOWN_MODES) from None
    return found, _AUTORESET[found]


class ArenaVectorEnv(VectorEnv[Any, Actions, np.ndarray[Any, Any]]):
    """Environments stepped by one call of compiled code; what they play, their batch knows.

    Subclasses make the batch; everything Gymnasium and users see of a vector environment is here.
    """

    options: Any
    """What it was made with, a dataclass."""

    metadata: dict[str, Any] = {  # noqa: RUF012 - as Gymnasium declares it
        "render_modes": ["ansi", "rgb_array"],
        "render_fps": 4,
        "autoreset_mode": AutoresetMode.NEXT_STEP,
    }
    closed = True  # Gymnasium closes what is not, also what was refused before it was made

    def __init__(
        self, batch: EnvironmentBatch, autoreset_mode: AutoresetMode, render_mode: str | None
    ) -> None:
        if render_mode not in {None, "ansi", "rgb_array"}:
            message = f"render_mode must be None, 'ansi' or 'rgb_array', got {render_mode!r}"
            raise ConfigError(message)
        num_envs = batch.num_envs
        self.autoreset_mode = autoreset_mode
        self.batch = batch
        self.closed = False
        self.num_envs = num_envs
        self.render_mode = render_mode
        self.metadata = {**self.metadata, "autoreset_mode": autoreset_mode}
        self.single_action_space = spaces.Discrete(batch.num_actions)
        self.action_space = batch_space(self.single_action_space, num_envs)
        self.single_observation_space = batch.observation_space
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self._everyone = np.ones(num_envs, np.bool_)
        self._seeded = np.zeros(num_envs, np.bool_)
        self._begun = np.zeros(num_envs, np.bool_)
        self._have_begun = False
        self._num_actions = np.uint64(batch.num_actions)
        self._members = Members()

    @property
    def scenarios(self) -> Sequence[Any]:
        """What is played; `infos["scenario"]` are rows of this."""
        return self.batch.scenarios

    @property
    def is_seeded(self) -> bool:
        """Whether every environment has had a seed, given or drawn."""
        return bool(self._seeded.all())

    def action_masks(self) -> NDArray[np.bool_]:
        """Return which actions the next step would not block: (num_envs, num_actions).

        `infos["action_mask"]` says the same. Raises EpisodeError before the first reset.
        """
        if not self._begun.any():
            message = "environments must be reset before they have masks"
            raise EpisodeError(message)
        return self.batch.action_masks()

    def call(self, name: str, *args: Any, **kwargs: Any) -> tuple[Any, ...]:  # noqa: ANN401 - as Gymnasium has it
        """Return what a method or attribute of each environment gives, as SyncVectorEnv does.

        Raises UnknownAttributeError, also an AttributeError, if there is none of that name.
        """
        return self._members.call(self, name, args, kwargs)

    def get_attr(self, name: str) -> tuple[Any, ...]:
        """Return an attribute of each environment, as SyncVectorEnv does."""
        return self.call(name)

    def set_attr(self, name: str, values: Any) -> None:  # noqa: ANN401
        """Give the environments an attribute: a list or tuple has one value for each.

        Raises ConfigError for what is fixed when they are made.
        """
        listed = values if isinstance(values, (list, tuple)) else [values] * self.num_envs
        self.put_attr(name, listed, range(self.num_envs))

    def put_attr(self, name: str, values: Sequence[Any], rows: Sequence[int]) -> None:
        """Give the environments in `rows` an attribute, a value for each.

        Raises ConfigError for what is fixed when they are made.
        """
        self._members.put(self, name, values, rows)

    def save_state(self) -> VectorEnvState:
        """Return where all environments stand, for `restore_state`; they can be pickled, too.

        Action spaces, and what wrappers know, are no part of it.
        """
        return VectorEnvState(
            self.batch.save(),
            saved_table(self._seeded),
            saved_table(self._begun),
            chance_of(self),
        )

    def restore_state(self, state: VectorEnvState) -> None:
        """Go back to a state; equal actions then have equal outcomes, bit by bit.

        The state may come from another vector environment made with the same options. Raises
        ConfigError if those differ; nothing has changed then.
        """
        require_state(state, VectorEnvState)
        self.batch.restore(state.batch)
        fill(self._seeded, state.seeded)
        fill(self._begun, state.begun)
        self._have_begun = bool(self._begun.all())
        put_chance(self, state.chance)

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._seeded = owned(self._seeded)
        self._begun = owned(self._begun)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Return environments that go on apart; scenarios and options are shared."""
        memo.update((id(one), one) for one in (self.spec, vars(self).get("options")))
        copied = type(self).__new__(type(self))
        memo[id(self)] = copied
        vars(copied).update(copy.deepcopy(vars(self), memo))
        return copied

    def __copy__(self) -> Self:
        """Return what `copy.deepcopy` returns: two that share a cluster would be of no use."""
        return copy.deepcopy(self)

    def reset(
        self,
        *,
        seed: int | Sequence[int | None] | None = None,
        options: dict[str, Any] | None = None,
    ) -> tuple[Any, dict[str, Any]]:
        """Begin new episodes; return the first observations and infos.

        Raises ConfigError for options, a mask or seeds that do not fit, NotFoundError for a
        scenario that is not played here.
        """
        options = {} if options is None else options
        check_kind("options of reset", options, dict, "a dictionary or None")
        for name in options:
            if name not in _RESET_OPTIONS:
                kind = "option of reset"
                raise UnknownNameError(kind, str(name), _RESET_OPTIONS)
        mask = self._mask(options.get("reset_mask"))
        wanted = options.get("scenario")
        rows = None if wanted is None else self._scenario_rows(wanted)
        self._seed(seed, mask)
        if rows is not None:
            self.batch.episodes["forced_scenario"][mask] = rows[mask]
        told = self.batch.to_tell()
        self.batch.reset(mask, told)
        self._begun |= mask
        self._have_begun = bool(self._begun.all())
        return self.batch.shown(told.observations), self._columns(told.episodes, told.observations)

    def step(
        self, actions: Actions
    ) -> tuple[
        Any,
        NDArray[np.float64],
        NDArray[np.bool_],
        NDArray[np.bool_],
        dict[str, Any],
    ]:
        """Take one action in each environment.

        Raises EpisodeError, before anything changes, for actions that are none or too few, or when
        an environment has not been reset.
        """
        told = self.advance(actions)
        infos = self._columns(told.episodes, told.observations)
        if self.autoreset_mode is AutoresetMode.SAME_STEP:
            ended = told.terminated | told.truncated
            if ended.any():
                self._add_finals(infos, ended)
        observations = self.batch.shown(told.observations)
        return observations, told.rewards, told.terminated, told.truncated, infos

    def advance(self, actions: Actions) -> Told:
        """Take one action in each environment; return what came of it, which nobody else holds.

        `batch.seat` holds the same, and the ends of episodes, until the next call. Raises what
        `step` raises.
        """
        taken = np.asarray(actions)
        if taken.shape != (self.num_envs,) or taken.dtype.kind not in "iu":
            message = (
                f"actions must be {self.num_envs} whole numbers, "
                f"got an array of {taken.dtype} and shape {taken.shape}"
            )
            raise EpisodeError(message)
        batch = self.batch
        # Seen as unsigned, negative numbers are large.
        taken = taken.astype(np.int64, copy=False)
        if taken.view(np.uint64).max() >= self._num_actions:
            message = f"actions must be from 0 to {batch.num_actions - 1}, got {taken}"
            raise EpisodeError(message)
        if not self._have_begun:
            message = "environments must be reset before their first step"
            raise EpisodeError(message)
        if self.autoreset_mode is AutoresetMode.DISABLED and batch.episodes["finished"].any():
            rows = np.flatnonzero(batch.episodes["finished"]).tolist()
            message = f"the episodes of environments {rows} are over; reset them with reset_mask"
            raise EpisodeError(message)
        batch.actions[:] = taken
        told = batch.to_tell()
        batch.step(told)
        return told

    def render(self) -> tuple[Any, ...] | None:
        """Return a line about each environment, or a picture, as the render mode says; or None.

        Pictures are arrays of uint8, (height, width, 3). Raises ConfigError for them where
        matplotlib is not installed.
        """
        if self.render_mode is None:
            return None
        show = self.batch.line if self.render_mode == "ansi" else self.batch.picture
        return tuple(show(env) for env in range(self.num_envs))

    def close_extras(self, **_: object) -> None:
        """End the threads."""
        self.batch.close()

    def _add_finals(self, infos: dict[str, Any], ended: NDArray[np.bool_]) -> None:
        """Add the ends of episodes whose environment is already in the next one."""
        seat = self.batch.seat
        final_obs = np.full(self.num_envs, None, object)
        copied = seat.final_observations.copy()
        for row in np.flatnonzero(ended).tolist():
            final_obs[row] = self.batch.shown(copied[row])
        final_info = self._columns(self.batch.copy_of(seat.finals), copied)
        final_info.update({f"_{key}": ended for key in tuple(final_info)})
        infos["final_obs"] = final_obs
        infos["_final_obs"] = ended
        infos["final_info"] = final_info
        infos["_final_info"] = ended

    def _mask(self, mask: object) -> NDArray[np.bool_]:
        if mask is None:
            return self._everyone
        if (
            not isinstance(mask, np.ndarray)
            or mask.dtype != np.bool_
            or mask.shape != (self.num_envs,)
            or not mask.any()
        ):
            message = (
                f"reset_mask must be a boolean array of shape ({self.num_envs},) "
                "with at least one True"
            )
            raise ConfigError(message)
        return mask

    def _seed(self, seed: int | Sequence[int | None] | None, mask: NDArray[np.bool_]) -> None:
        """Seed the environments in `mask` that are given a seed or have none yet."""
        given: list[int | None]
        if seed is None:
            given = [None] * self.num_envs
        elif isinstance(seed, (int, np.integer)):
            given = [int(seed) + env for env in range(self.num_envs)]
        else:
            given = [None if one is None else int(one) for one in seed]
            if len(given) != self.num_envs:
                message = f"{self.num_envs} environments need as many seeds, got {len(given)}"
                raise ConfigError(message)
        seeds = np.zeros(self.num_envs, np.uint64)
        chosen = np.zeros(self.num_envs, np.bool_)
        for env, one in enumerate(given):
            if one is not None:
                if one < 0:
                    message = f"a seed must be at least 0, got {one}"
                    raise ConfigError(message)
                seeds[env] = one % 2**64
                chosen[env] = True
            elif not self._seeded[env]:
                seeds[env] = self.np_random.integers(2**63)
                chosen[env] = True
        if isinstance(seed, (int, np.integer)):
            super().reset(seed=int(seed))
        chosen &= mask
        self.batch.seed(seeds, chosen)
        self._seeded |= chosen

    def _scenario_rows(self, wanted: object) -> NDArray[np.int32]:
        """Return the scenario of each environment, given one for all or one for each."""
        if isinstance(wanted, np.ndarray):
            wanted = wanted.tolist()
        kinds = (str, int, np.integer, Sequence)
        check_kind("scenario", wanted, kinds, "a name or a row, or one for each environment")
        one = isinstance(wanted, (str, int, np.integer))
        listed = [wanted] * self.num_envs if one else list(wanted)  # type: ignore[call-overload]
        if len(listed) != self.num_envs:
            message = f"{self.num_envs} environments need as many scenarios, got {len(listed)}"
            raise ConfigError(message)
        known: dict[object, int] = {}
        for name in listed:
            if not isinstance(name, (str, int, np.integer)) or name not in known:
                row = self._scenario_row(name)
                known[name] = row
        return np.array([known[name] for name in listed], np.int32)

    def _scenario_row(self, wanted: object) -> int:
        if isinstance(wanted, str):
            row = self.batch.scenario_row(wanted)
            if row is None:
                names = [scenario.name for scenario in self.scenarios]
                kind = "scenario"
                raise UnknownNameError(kind, wanted, names)
            return row
        if (
            isinstance(wanted, (int, np.integer))
            and not isinstance(wanted, bool)
            and 0 <= wanted < len(self.scenarios)
        ):
            return int(wanted)
        message = (
            f"there is no scenario {shown(wanted)}; rows go from 0 to {len(self.scenarios) - 1}"
        )
        raise NotFoundError(message)

    def _columns(self, episodes: Rows, vectors: NDArray[np.float32]) -> dict[str, Any]:
        infos: dict[str, Any] = {key: episodes[key] for key in self.batch.info_keys}
        infos["action_mask"] = self.batch.masks_of(episodes, vectors).astype(np.int8, copy=False)
        return infos
