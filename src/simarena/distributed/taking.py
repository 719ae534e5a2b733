"""How a worker comes to a job: one that nobody is at, or whose owner is dead.

Workers begin to look at different places, so that they seldom want the same job at once. Where
there are many jobs they first try some, without a look at what becomes of all the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from zlib import crc32

from simarena.distributed import keys
from simarena.distributed import requests as ask
from simarena.distributed.claims import Claim, Ownership, claim, ownerships, store_time
from simarena.distributed.jobs import settle

if TYPE_CHECKING:
    from simarena.distributed.claims import Identity, Lease
    from simarena.distributed.requests import Steps

_MANY: Final = 64
_TRIED: Final = 32
_ENDED: Final = 4  # jobs found that have ended: whoever wrote their results is about to tidy up
_SPREAD_S: Final = 0.005  # for each member of a group
_LONGEST_S: Final = 30.0
_DIGITS: Final = 7


def take(
    identity: Identity,
    lease: Lease,
    skipped: frozenset[str] = frozenset(),
    *,
    is_thorough: bool = True,
) -> Steps[Claim | None]:
    """Own a job and return the claim; None if there is none to be had.

    One who is not thorough is content with having tried some, where there are many.
    """
    mine = yield from _take_member(identity, skipped)
    if mine is not None:
        return mine
    pending = yield from ask.entries(keys.PENDING)
    jobs = [job for each in pending if (job := keys.of_manifest(each.key)) and job not in skipped]
    if not jobs:
        return None
    if len(jobs) > _MANY:
        mine = yield from _take_any(identity, [jobs[at] for at in _places(identity, len(jobs))])
        if mine is not None or not is_thorough:
            return mine
    owned = ownerships((yield from ask.entries(keys.IN_PROGRESS)))
    free = [job for job in jobs if job not in owned]
    begin = crc32(identity.worker_id.encode()) % max(1, len(free))
    mine, ended = yield from _take_first(
        identity, [(job, 1) for job in free[begin:] + free[:begin]]
    )
    held = {job: owned[job] for job in jobs if job in owned}
    if mine is not None or not (held or ended):
        return mine
    now_ms = yield from store_time(identity)
    stale = [
        (job, owner.generation + 1) for job, owner in held.items() if owner.is_stale(now_ms, lease)
    ]
    mine, more = yield from _take_first(identity, stale)
    for job, ended_ms in (ended | more).items():
        if mine is None and Ownership(0, ended_ms).is_stale(now_ms, lease):
            yield from settle(job)  # whoever wrote the result has died before it could
    return mine


def _take_member(identity: Identity, skipped: frozenset[str]) -> Steps[Claim | None]:
    """Own some member of a large group, whose name follows from its number; no list is needed."""
    for entry in (yield from ask.entries(keys.GROUPS)):
        group = entry.key.removeprefix(keys.GROUPS)
        told = yield from ask.get(entry.key)
        size = int(told) if told is not None and told.isdigit() and len(told) < _DIGITS else 0
        if size <= _MANY or not keys.is_name(group):
            continue
        # Machines of a fleet start together, and a store answers only so many a second.
        yield from ask.pause(min(_SPREAD_S * size, _LONGEST_S), spread=True)
        members = [keys.member(group, at) for at in _places(identity, size)]
        mine = yield from _take_any(identity, [each for each in members if each not in skipped])
        if mine is not None:
            return mine
    return None


def _take_any(identity: Identity, jobs: list[str]) -> Steps[Claim | None]:
    """Own the first of these jobs that is open and that nobody has claimed."""
    num_ended = 0
    for job in jobs:
        claimed = yield from ask.head(keys.claim(job, 1))
        if claimed is not None or (yield from ask.head(keys.manifest(job))) is None:
            continue
        found = yield from _try(identity, job, 1)
        if isinstance(found, Claim):
            return found
        num_ended += found is not None
        if num_ended == _ENDED:
            break
    return None


def _take_first(
    identity: Identity, generations: list[tuple[str, int]]
) -> Steps[tuple[Claim | None, dict[str, int]]]:
    """Own the first of these jobs that can be had; return as well which have ended, and when."""
    ended: dict[str, int] = {}
    for job, generation in generations:
        found = yield from _try(identity, job, generation)
        if isinstance(found, Claim):
            return found, ended
        if found is not None:
            ended[job] = found
        if len(ended) == _ENDED:
            break
    return None, ended


def _try(identity: Identity, job: str, generation: int) -> Steps[Claim | int | None]:
    """Own a generation of a job, and return the claim; None if somebody else does.

    Of one that has ended it returns when, by the store's clock.
    """
    ended_ms = yield from ask.head(keys.result(job))
    if ended_ms is not None:
        return ended_ms
    mine = yield from claim(identity, job, generation)
    if mine is None and (yield from ask.head(keys.result(job))) is not None:
        yield from settle(job)  # it has ended just now, and there is a claim to be removed
    return mine


def _places(identity: Identity, num_places: int) -> list[int]:
    """Return where a worker looks first among so many; others look elsewhere."""
    name = identity.worker_id
    drawn = (crc32(f"{number} {name}".encode()) % num_places for number in range(_TRIED))
    return list(dict.fromkeys(drawn))
