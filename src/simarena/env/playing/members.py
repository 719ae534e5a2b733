"""Environments of a batch addressed one by one, as Gymnasium's SyncVectorEnv has it."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

from simarena.errors import ConfigError, UnknownAttributeError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simarena.env.playing.base_vector_env import ArenaVectorEnv

METHODS: Final = ("action_masks", "render")
"""What every environment of a batch can be asked to do."""

_OF_SPACES: Final = {
    "action_space": "single_action_space",
    "observation_space": "single_observation_space",
}
_OF_ALL: Final = ("metadata", "options", "render_mode", "scenarios", "spec")
_FIXED: Final = frozenset({*METHODS, *_OF_SPACES, *_OF_ALL})


class Members:
    """The environments of a vector environment: what they have, and what users give them.

    They are rows of tables and no objects, so what decides how they play cannot be changed here.
    """

    def __init__(self) -> None:
        self._given: dict[str, list[Any]] = {}

    def call(
        self, envs: ArenaVectorEnv, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[Any, ...]:
        """Return what a method returns in each environment, or its attribute in each.

        Raises UnknownAttributeError if they have nothing of that name.
        """
        if name in METHODS:
            results = getattr(envs, name)(*args, **kwargs)
            return (None,) * envs.num_envs if results is None else tuple(results)
        if name in self._given:
            return tuple(self._given[name])
        if name not in _FIXED:
            kind = "attribute of these environments"
            raise UnknownAttributeError(kind, name, (*_FIXED, *self._given))
        return (getattr(envs, _OF_SPACES.get(name, name)),) * envs.num_envs

    def put(
        self, envs: ArenaVectorEnv, name: str, values: Iterable[Any], rows: Iterable[int]
    ) -> None:
        """Keep an attribute of the environments in `rows`, for who asks for it.

        Raises ConfigError for what is fixed when environments are made, or not as many values.
        """
        if name in _FIXED or name in {field.name for field in fields(envs.options)}:
            message = f"{name!r} is fixed when environments are made; make them with other options"
            raise ConfigError(message)
        values, rows = list(values), list(rows)
        if len(values) != len(rows):
            message = f"{len(rows)} environments need as many values, got {len(values)}"
            raise ConfigError(message)
        kept = self._given.setdefault(name, [None] * envs.num_envs)
        for row, value in zip(rows, values, strict=True):
            kept[row] = value
