"""Where environments stand, saved so that they can go on from there as often as wanted."""

from __future__ import annotations

import copy
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

from simarena.errors import ConfigError

if TYPE_CHECKING:
    from gymnasium import Env
    from gymnasium.vector import VectorEnv
    from numpy.typing import NDArray


class SavedTable(NamedTuple):
    """The bytes of an array, which nobody can change."""

    shape: tuple[int, ...]
    data: bytes


@dataclass(frozen=True, slots=True)
class BatchState:
    """All that actions and time have made of the environments of a batch."""

    played: str
    """Stands for what is played, and by which rules: only where it is the same can this go on."""

    clusters: tuple[SavedTable, ...]
    """In the order of Batch."""

    seat: tuple[SavedTable, ...]
    """Of the tables of a seat that a call changes, in its order."""


@dataclass(frozen=True, slots=True)
class VectorEnvState:
    """What `save_state` of a vector environment returns, and `restore_state` takes."""

    batch: BatchState
    seeded: SavedTable
    begun: SavedTable
    chance: Chance


@dataclass(frozen=True, slots=True)
class EnvState:
    """What `save_state` of an environment returns, and `restore_state` takes."""

    members: VectorEnvState
    is_playing: bool
    chance: Chance


class Chance(NamedTuple):
    """Where an environment's own generator of random numbers stands; it draws seeds."""

    kind: type[np.random.BitGenerator] | None
    """None: it has no generator yet."""

    state: Any
    """Of the bit generator, as NumPy gives it."""

    seed: int | None


Environment: TypeAlias = "Env[Any, Any] | VectorEnv[Any, Any, Any]"


def require_state(state: object, kind: type) -> None:
    """Raise ConfigError unless a state is of the kind that `save_state` returns."""
    if not isinstance(state, kind):
        message = f"a state is what save_state returned, got {type(state).__name__}"
        raise ConfigError(message)


def saved_table(table: NDArray[Any]) -> SavedTable:
    """Return what is in an array now."""
    return SavedTable(table.shape, table.tobytes())


def fill(table: NDArray[Any], saved: SavedTable) -> None:
    """Write into an array of the same shape what was in it."""
    # Bytewise: NumPy copies records field by field.
    table.reshape(-1).view(np.uint8)[:] = np.frombuffer(saved.data, np.uint8)


def owned(table: NDArray[Any]) -> NDArray[Any]:
    """Return an array that can be written to: this one, unless its memory is another's.

    So it may be after unpickling, where frameworks keep arrays in memory that processes share.
    """
    return np.require(table, requirements=["C", "A", "W"])


def table_of(saved: SavedTable, dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return a new array with what was saved."""
    return np.frombuffer(saved.data, dtype).reshape(saved.shape).copy()


def digest_of(table: NDArray[Any]) -> bytes:
    """Return a hash of what is in an array; bytes between the fields of records do not count."""
    told = hashlib.blake2b(digest_size=16)
    _add(told, table)
    return told.digest()


def _add(told: hashlib.blake2b, table: NDArray[Any]) -> None:
    if table.dtype.names is None:
        told.update(f"{table.dtype.str} {table.shape}".encode())
        told.update(table.tobytes())
        return
    for name in table.dtype.names:
        told.update(name.encode())
        _add(told, table[name])


def chance_of(env: Environment) -> Chance:
    """Return where the generator of an environment stands, if it has one already."""
    generator = env._np_random  # noqa: SLF001 - by its public name it would be made now
    if generator is None:
        return Chance(None, None, env._np_random_seed)  # noqa: SLF001
    bits = generator.bit_generator
    return Chance(type(bits), copy.deepcopy(bits.state), env._np_random_seed)  # noqa: SLF001


def put_chance(env: Environment, chance: Chance) -> None:
    """Let the generator of an environment go on from where it stood."""
    env._np_random = None  # noqa: SLF001
    env._np_random_seed = chance.seed  # noqa: SLF001
    if chance.kind is not None:
        bits = chance.kind()
        bits.state = chance.state
        env._np_random = np.random.Generator(bits)  # noqa: SLF001
