"""The jobs of a bucket: submitted, listed, ended exactly once, cancelled, tried again.

A job that is open has a manifest under `jobs/pending/`; one that has ended has a result and none.
What workers and lists read is what is open, so nothing grows with what was done before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from simarena.distributed import keys
from simarena.distributed import requests as ask
from simarena.distributed.claims import ownerships, store_time
from simarena.distributed.manifests import (
    CANCELLED,
    FAILED,
    SUCCESS,
    Manifest,
    Result,
    again,
    timestamp,
)
from simarena.errors import JobError, NotFoundError

if TYPE_CHECKING:
    from simarena.distributed.claims import Identity, Lease
    from simarena.distributed.requests import Steps


class JobState(NamedTuple):
    """A job as a list shows it."""

    job_id: str
    state: str
    """`pending`, `running`, `silent` (its owner may be dead), or the status of its result."""
    time_ms: int
    """When it was submitted, last showed that it is alive, or ended; by the store's clock."""
    generation: int
    """How many owners it has had; 0 if nobody has begun, or it has ended."""


def submit(manifest: Manifest) -> Steps[None]:
    """Make a job known to workers. Its inputs must be there already.

    Raises:
        JobError: a job of that name exists, or has existed.
    """
    job = manifest.job_id
    found = yield from ask.head(keys.result(job))
    made = found is None and (yield from ask.create(keys.manifest(job), manifest.to_bytes()))
    if not made:
        message = f"job {job}: exists already; choose another name"
        raise JobError(message)


def open_jobs(identity: Identity, lease: Lease) -> Steps[list[JobState]]:
    """Return the jobs that have not ended, in the order of their names."""
    pending = yield from ask.entries(keys.PENDING)
    owned = ownerships((yield from ask.entries(keys.IN_PROGRESS)))
    now_ms = (yield from store_time(identity)) if owned else 0
    found = []
    for entry in pending:
        job = keys.of_manifest(entry.key)
        if job is None:
            continue
        owner = owned.get(job)
        if owner is None:
            found.append(JobState(job, "pending", entry.time_ms, 0))
        else:
            state = "silent" if owner.is_stale(now_ms, lease) else "running"
            found.append(JobState(job, state, owner.seen_ms, owner.generation))
    return found


def finished_jobs() -> Steps[list[JobState]]:
    """Return the jobs that have ended, in the order of their names."""
    entries = yield from ask.entries(keys.FINISHED)
    found = []
    for entry in entries:
        named = keys.of_finished(entry.key)
        if named is not None:
            found.append(JobState(named[0], named[1], entry.time_ms, 0))
    return found


def end(result: Result) -> Steps[bool]:
    """Write how a job ended, and return whether this is how: the first who writes it decides."""
    won = yield from ask.create(keys.result(result.job_id), result.to_bytes())
    yield from settle(result.job_id)
    return won


def settle(job: str) -> Steps[None]:
    """Tidy up after a job that has a result; leave one that has none as it is.

    Whoever comes across such a job does so: the one that wrote the result may be dead.
    """
    data = yield from ask.get(keys.result(job))
    if data is None:
        return
    try:
        status = Result.from_bytes(data, keys.result(job)).status
    except JobError:
        status = FAILED
    manifest = yield from ask.get(keys.manifest(job))
    if manifest is not None:
        yield from ask.put(keys.result(job, "manifest.json"), manifest)
    yield from ask.put(keys.finished(job, status), b"")
    # The manifest goes last: while it is there, somebody will come by and see to the rest.
    left = yield from ask.entries(keys.in_progress(job))
    yield from ask.delete([each.key for each in left])
    yield from ask.delete([keys.manifest(job)])


def read_manifest(job: str) -> Steps[Manifest]:
    """Return a job's manifest, whether it has ended or not.

    Raises:
        NotFoundError: there is no such job.
        JobError: it is damaged, or names what no job may.
    """
    for key in (keys.manifest(job), keys.result(job, "manifest.json")):
        data = yield from ask.get(key)
        if data is not None:
            return Manifest.from_bytes(data, key, job)
    message = f"there is no job {job!r}; see 'simarena jobs list'"
    raise NotFoundError(message)


def read_result(job: str) -> Steps[Result | None]:
    """Return how a job ended; None if it has not.

    Raises:
        JobError: its result is damaged.
    """
    key = keys.result(job)
    data = yield from ask.get(key)
    return None if data is None else Result.from_bytes(data, key)


def cancel(job: str, nonce: str) -> Steps[Result]:
    """Let a job end as cancelled, unless it has ended already; return how it ended.

    Raises:
        NotFoundError: there is no such job.
    """
    found = yield from ask.head(keys.manifest(job))
    ended = yield from read_result(job)
    if found is None and ended is None:
        message = f"there is no job {job!r}; see 'simarena jobs list'"
        raise NotFoundError(message)
    if ended is None:
        now = timestamp()
        yield from end(
            Result(
                job_id=job,
                worker_id="",
                status=CANCELLED,
                started=now,
                finished=now,
                error="cancelled",
                nonce=nonce,
            )
        )
        ended = yield from read_result(job)
    if ended is None:
        message = f"job {job}: its result was removed meanwhile; list the jobs again"
        raise JobError(message)
    return ended


def requeue(job: str) -> Steps[str]:
    """Submit a job that did not succeed once more, under a name of its own, and return that.

    Results stay, as there is one for each job. The new job begins with what the old one began with.

    Raises:
        NotFoundError: there is no such job.
        JobError: it has not ended, or succeeded.
    """
    manifest = yield from read_manifest(job)
    result = yield from read_result(job)
    if result is None:
        message = f"job {job}: has not ended; a dead worker's job is taken over by itself"
        raise JobError(message)
    if result.status == SUCCESS:
        message = f"job {job}: has succeeded; submit another for more"
        raise JobError(message)
    stem = (manifest.retry_of or job).rpartition("-retry-")[0] or manifest.retry_of or job
    number = 1
    while True:
        name = f"{stem}-retry-{number}"
        known = yield from ask.head(keys.result(name))
        pending = yield from ask.head(keys.manifest(name))
        if known is None and pending is None:
            break
        number += 1
    yield from submit(again(manifest, keys.check_name("job", name), None))
    return name
