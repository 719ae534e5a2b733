"""Rounds of a group over a bucket: members hand in, and a coordinator closes.

The coordinator writes the weights of the next round where nothing is; of two coordinators the first
decides, and one that comes back goes on from what is there. Members hand in under names made of
what they hand in, so what is late, done twice or damaged changes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from simarena.distributed import keys
from simarena.distributed import requests as ask
from simarena.distributed.claims import store_time
from simarena.distributed.groups import DROP, GroupSettings, handed_in, newest_round, read_group
from simarena.errors import JobError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simarena.distributed.claims import Identity
    from simarena.distributed.requests import Steps


_MEMBERS_IN_A_LOOK: Final = 20
"""A look of a coordinator is at all members, and costs so many times less than each of theirs."""


class Late(NamedTuple):
    """What those handed in who missed the round before."""

    weights: bytes
    """The weights which that round began with."""
    updates: Mapping[str, bytes]


class Reducer(Protocol):
    """Makes the weights of the next round; knows what the bytes mean, as the protocol does not."""

    def initial(self) -> bytes:
        """Return the weights of the first round."""

    def check(self, weights: bytes, member: str, update: bytes) -> str | None:
        """Return what is wrong with an update to these weights; None if nothing is."""

    def missing(self, weights: bytes) -> list[str]:
        """Return who was missing in the round that these weights were made in."""

    def reduce(
        self,
        weights: bytes,
        number: int,
        updates: Mapping[str, bytes],
        missing: list[str],
        late: Late | None = None,
    ) -> bytes:
        """Return the weights of round `number` + 1."""


class OnRound(Protocol):
    """Told of each round that is closed, in order, whoever has closed it."""

    def __call__(self, number: int, weights: bytes) -> None:
        """Take the weights that round `number` begins with."""


def coordinate(
    identity: Identity, group: str, reducer: Reducer, on_round: OnRound | None = None
) -> Steps[bytes]:
    """Close a group's rounds one after the other, and return the weights after the last.

    It may be killed and started anew at any time, and run twice.
    """
    settings = yield from read_group(group)
    number, told = (yield from newest_round(settings)), 1
    if number == 0:
        yield from ask.put_new(settings.begins(1), reducer.initial())
        number = 1
    while True:
        while on_round is not None and told < number:
            told += 1
            weights = yield from ask.get(settings.begins(told), ask.MAX_ARRAYS_BYTES)
            if weights is not None:
                on_round(told, weights)
        if number > settings.num_rounds:
            break
        number = yield from _close(identity, settings, number, reducer)
    yield from ask.delete([f"{keys.GROUPS}{group}"])
    final = yield from ask.get(settings.begins(settings.num_rounds + 1), ask.MAX_ARRAYS_BYTES)
    if final is None:
        message = f"group {group}: its last weights are gone; coordinate it again"
        raise JobError(message)
    return final


def _close(
    identity: Identity, settings: GroupSettings, number: int, reducer: Reducer
) -> Steps[int]:
    """Wait for a round's hand-ins and close it; return the number of the next."""
    group, members = settings.group, settings.members()
    key = settings.begins(number)
    weights = yield from ask.get(key, ask.MAX_ARRAYS_BYTES)
    opened_ms = yield from ask.head(key)
    if weights is None or opened_ms is None:
        message = f"{key}: is gone; the group cannot go on"
        raise JobError(message)
    began_ms = yield from ask.elapsed_ms()
    awaited = frozenset(members)
    valid: dict[str, bytes] = {}
    seen: dict[str, int] = {}
    while len(valid) < len(members):
        yield from _look(settings, number, weights, reducer, awaited, valid, seen)
        if len(valid) == len(members):
            break
        if len(valid) >= settings.quorum:
            now_ms = yield from store_time(identity)
            if now_ms - opened_ms > settings.limit_s * 1000:
                break
        newest = yield from newest_round(settings, number)
        if newest > number:  # another coordinator has closed it
            return newest
        waited_ms = (yield from ask.elapsed_ms()) - began_ms
        wait_s = settings.wait_s(waited_ms / 1000, len(members) // _MEMBERS_IN_A_LOOK)
        yield from ask.pause(wait_s, spread=True)
    missing = [each for each in members if each not in valid]
    late = yield from _late(settings, number, weights, reducer)
    made = reducer.reduce(weights, number, valid, missing, late)
    yield from ask.put_new(settings.begins(number + 1), made)
    said = f"; missing: {', '.join(missing)}" if missing else ""
    yield from ask.tell(f"{group}: round {number} of {settings.num_rounds} closed{said}")
    return number + 1


def _late(
    settings: GroupSettings, number: int, weights: bytes, reducer: Reducer
) -> Steps[Late | None]:
    """Return what those have handed in meanwhile who were missing in the round before."""
    awaited = set() if settings.stragglers == DROP or number == 1 else set(reducer.missing(weights))
    if not awaited:
        return None
    before = yield from ask.get(settings.begins(number - 1), ask.MAX_ARRAYS_BYTES)
    if before is None:
        return None
    members = sorted(awaited.intersection(settings.members()))
    handed = yield from handed_in(settings, number - 1, members)
    found = {
        member: data
        for member, data in handed.items()
        if isinstance(data, bytes) and reducer.check(before, member, data) is None
    }
    return Late(before, found) if found else None


def _look(
    settings: GroupSettings,
    number: int,
    weights: bytes,
    reducer: Reducer,
    members: frozenset[str],
    valid: dict[str, bytes],
    seen: dict[str, int],
) -> Steps[None]:
    """Take in the hand-ins that are new; what is wrong with one is told, and it counts as none."""
    folder = settings.hand_ins(number)
    own = f"{folder}done.json" if settings.is_alone else None
    new = []
    for key, time_ms, _ in (yield from ask.entries(folder)):
        if seen.get(key) == time_ms:
            continue
        seen[key] = time_ms
        member = settings.group if key == own else keys.of_done(key)
        if member in members and member not in valid:
            new.append(str(member))
    found = yield from handed_in(settings, number, new)
    for member, data in found.items():
        wrong = data if isinstance(data, str) else reducer.check(weights, member, data)
        if wrong is None and isinstance(data, bytes):
            valid[member] = data
            continue
        yield from ask.tell(f"{settings.group}: round {number}: refused {member}: {wrong}")
