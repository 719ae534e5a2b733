"""Who works on a job: claims by numbered generations, kept alive by heartbeats, taken over.

A worker owns a job by creating the key of the next generation; a store lets only one do so. It
shows that it is alive by writing its generation's heartbeat now and then. Once the newest claim
and its heartbeat are older than the lease, by the store's own clock, whoever creates the next
generation takes over. That two may work on one job for a while cannot be prevented, as one that was
paused does not know how late it is; so what counts is the result, and of that there is one: the
first that is written. A job is cancelled by writing its result.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple

from simarena.distributed import keys
from simarena.distributed import requests as ask
from simarena.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simarena.distributed.requests import Entry, Steps

_CLOCK_STEP_MS: Final = 1_000  # object stores tell times in whole seconds
_BEATS_IN_LEASE: Final = 3
_encoded: Final = json.JSONEncoder(sort_keys=True).encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """How long silence may last."""

    lease_s: float = 60.0
    """Seconds after its last sign of life from which on an owner counts as dead."""

    beat_s: float = 15.0
    """Seconds between signs of life."""

    def __post_init__(self) -> None:
        """Refuse leases that an owner could not keep."""
        if not 0.0 < self.beat_s * _BEATS_IN_LEASE <= self.lease_s <= 1e6:  # noqa: PLR2004 days
            message = (
                f"a lease of {self.lease_s:g} s needs heartbeats at least every "
                f"{self.lease_s / _BEATS_IN_LEASE:g} s, got {self.beat_s:g}"
            )
            raise ConfigError(message)


class Identity(NamedTuple):
    """Who asks: a worker's name, and texts that nobody else will ever write."""

    worker_id: str
    nonces: Iterator[str]


class Claim(NamedTuple):
    """A job that is owned, until somebody owns a later generation of it."""

    job_id: str
    generation: int
    worker_id: str
    nonce: str


class Standing(Enum):
    """What an owner finds when it shows that it is alive."""

    OWNER = "owner"
    OVERTAKEN = "overtaken"
    """Somebody owns a later generation."""
    DECIDED = "decided"
    """There is a result: somebody else's, or that the job is cancelled."""


class Ownership(NamedTuple):
    """The newest generation of a job, and when it last showed that it is alive."""

    generation: int
    seen_ms: int

    def is_stale(self, now_ms: int, lease: Lease) -> bool:
        """Return whether the owner counts as dead at `now_ms` of the store's clock."""
        return now_ms - self.seen_ms > lease.lease_s * 1000 + _CLOCK_STEP_MS


def ownerships(entries: list[Entry]) -> dict[str, Ownership]:
    """Return the newest generation of each job that entries under `jobs/in_progress/` tell of."""
    found: dict[str, Ownership] = {}
    for entry in entries:
        named = keys.of_claim(entry.key)
        if named is None:
            continue
        job, generation = named
        before = found.get(job)
        if before is None or generation > before.generation:
            found[job] = Ownership(generation, entry.time_ms)
        elif generation == before.generation:
            found[job] = Ownership(generation, max(entry.time_ms, before.seen_ms))
    return found


def store_time(identity: Identity) -> Steps[int]:
    """Return the time by the store's clock. It is read off this worker's own sign of life."""
    key = keys.worker(identity.worker_id)
    while True:
        yield from ask.put(key, _json({"worker_id": identity.worker_id}))
        time_ms = yield from ask.head(key)
        if time_ms is not None:
            return time_ms


def claim(identity: Identity, job: str, generation: int) -> Steps[Claim | None]:
    """Try to own a generation of a job, and return the claim; None if it is another's.

    None as well if the job has a result already: what was listed may be old.
    """
    nonce = next(identity.nonces)
    body = {"worker_id": identity.worker_id, "generation": generation, "nonce": nonce}
    won = yield from ask.create(keys.claim(job, generation), _json(body))
    if not won:
        return None
    mine = Claim(job, generation, identity.worker_id, nonce)
    standing = yield from stand(mine)
    if standing is not Standing.OWNER:
        return None
    yield from ask.put(keys.claimed_by(job), f"{identity.worker_id}\n".encode())
    return mine


def beat(mine: Claim) -> Steps[Standing]:
    """Show that the owner of a claim is alive, and return how it stands."""
    yield from ask.put(
        keys.heartbeat(mine.job_id, mine.generation), _json({"worker_id": mine.worker_id})
    )
    return (yield from stand(mine))


def stand(mine: Claim) -> Steps[Standing]:
    """Return how the owner of a claim stands."""
    decided = yield from ask.head(keys.result(mine.job_id))
    if decided is not None:
        return Standing.DECIDED
    # Whoever takes over creates the next generation, and none is left out.
    overtaken = yield from ask.head(keys.claim(mine.job_id, mine.generation + 1))
    return Standing.OWNER if overtaken is None else Standing.OVERTAKEN


def _json(value: dict[str, object]) -> bytes:
    return _encoded(value).encode()
