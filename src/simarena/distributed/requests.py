"""What the protocol asks of the world: an object store, a clock, and time to pass.

The protocol is written as generators that yield one request after the other and are sent the
answers (`Steps`). They do no I/O, read no clock and draw nothing at random, so that the same code
runs over a real bucket (`driving.py`), is interleaved, cut and lied to by tests, and runs as a
fleet of thousands in virtual time (`simulated.py`).

An answer may be lost: StoreBusyError is thrown at the `yield`, and what was asked for may or may
not have happened. The functions here ask again until there is an answer; whoever drives them gives
up by throwing something else.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias, TypeVar

from simarena.errors import StoreBusyError

if TYPE_CHECKING:
    from collections.abc import Sequence

Answer = TypeVar("Answer")
Steps: TypeAlias = Generator["Request", Any, Answer]

MAX_JSON_BYTES: Final = 4 << 20
"""Largest manifest, claim or result that is read."""

MAX_ARRAYS_BYTES: Final = 2 << 30
"""Largest checkpoint that is read."""

MAX_LOG_BYTES: Final = 1 << 24
"""Largest log, or file of metrics, that is read."""

SIDE_BY_SIDE: Final = 32
"""Keys that are read at once."""

_FIRST_WAIT_S: Final = 0.1
_LONGEST_WAIT_S: Final = 10.0


class Get(NamedTuple):
    """Asks for the bytes under a key: None where there is nothing."""

    key: str
    max_bytes: int


class GetMany(NamedTuple):
    """Asks for the bytes under each of a few keys, all at once."""

    keys: tuple[str, ...]
    max_bytes: int


class Put(NamedTuple):
    """Asks to write, over whatever is there."""

    key: str
    data: bytes


class PutNew(NamedTuple):
    """Asks to write where nothing is: answers whether it did."""

    key: str
    data: bytes


class Head(NamedTuple):
    """Asks when a key was written, in milliseconds of the store's clock: None where nothing is."""

    key: str


class List(NamedTuple):
    """Asks for all entries whose keys begin with a prefix, which ends in a slash."""

    prefix: str


class Delete(NamedTuple):
    """Asks to remove keys; those that are not there are no fault."""

    keys: tuple[str, ...]


class Pause(NamedTuple):
    """Asks for time to pass; a spread pause takes from half as long to as long, at random."""

    seconds: float
    spread: bool = False


class Elapsed(NamedTuple):
    """Asks for this machine's own time in milliseconds, from any start, going steadily."""


class Tell(NamedTuple):
    """Asks that a line be told to whoever watches."""

    line: str


_ELAPSED: Final = Elapsed()

Request: TypeAlias = Get | GetMany | Put | PutNew | Head | List | Delete | Pause | Elapsed | Tell


class Entry(NamedTuple):
    """One object of a list."""

    key: str
    time_ms: int
    """When it was written, by the store's clock."""

    num_bytes: int


def _insist(request: Request) -> Steps[Any]:
    """Ask until there is an answer."""
    wait = _FIRST_WAIT_S
    while True:
        try:
            return (yield request)
        except StoreBusyError:
            yield Pause(wait, spread=True)
            wait = min(2 * wait, _LONGEST_WAIT_S)


def get(key: str, max_bytes: int = MAX_JSON_BYTES) -> Steps[bytes | None]:
    """Return the bytes under a key; None where there is nothing."""
    return _insist(Get(key, max_bytes))


def get_many(keys: Sequence[str], max_bytes: int = MAX_JSON_BYTES) -> Steps[list[bytes | None]]:
    """Return the bytes under each key, in their order; None where there is nothing."""
    found: list[bytes | None] = []
    for first in range(0, len(keys), SIDE_BY_SIDE):
        some = tuple(keys[first : first + SIDE_BY_SIDE])
        found += yield from _insist(GetMany(some, max_bytes))
    return found


def put(key: str, data: bytes) -> Steps[None]:
    """Write under a key, over whatever is there."""
    return _insist(Put(key, data))


def put_new(key: str, data: bytes) -> Steps[bool]:
    """Write where nothing is, and return whether the store says so; see `create`."""
    return _insist(PutNew(key, data))


def create(key: str, data: bytes) -> Steps[bool]:
    """Write where nothing is, and return whether what is there now is `data`.

    Others must never write the same bytes. A write that succeeded though its answer was lost, or
    was asked for twice on the way, is found by reading back; a store that reports a conflict is
    asked again as long as nothing is there.
    """
    wait = _FIRST_WAIT_S
    while True:
        made = yield from put_new(key, data)
        if made:
            return True
        found = yield from get(key, max(MAX_JSON_BYTES, len(data)))
        if found is not None:
            return found == data
        yield Pause(wait, spread=True)
        wait = min(2 * wait, _LONGEST_WAIT_S)


def head(key: str) -> Steps[int | None]:
    """Return when a key was written, by the store's clock; None where there is nothing."""
    return _insist(Head(key))


def entries(prefix: str) -> Steps[list[Entry]]:
    """Return all entries whose keys begin with a prefix, in the order of their keys."""
    return _insist(List(prefix))


def delete(keys: Sequence[str]) -> Steps[None]:
    """Remove keys; those that are not there are no fault."""
    if keys:
        yield from _insist(Delete(tuple(keys)))


def pause(seconds: float, *, spread: bool = False) -> Steps[None]:
    """Let time pass."""
    yield Pause(seconds, spread)


def elapsed_ms() -> Steps[int]:
    """Return this machine's own time, from any start, going steadily."""
    time_ms: int = yield _ELAPSED
    return time_ms


def tell(line: str) -> Steps[None]:
    """Tell a line to whoever watches."""
    yield Tell(line)
