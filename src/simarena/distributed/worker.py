"""What a worker does: takes a job, has it done, shows that it is alive, hands in how it ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from simarena.distributed import jobs, keys
from simarena.distributed import requests as ask
from simarena.distributed.claims import Lease, Standing, beat
from simarena.distributed.manifests import (
    COLLECTION,
    FAILED,
    SUCCESS,
    TIMEOUT,
    Manifest,
    Quota,
    Result,
    timestamp,
)
from simarena.distributed.taking import take
from simarena.distributed.work import Look, Order, WorkEnd
from simarena.errors import JobError, NotFoundError, SimArenaError

if TYPE_CHECKING:
    from collections.abc import Callable

    from simarena.distributed.claims import Claim, Identity
    from simarena.distributed.requests import Steps
    from simarena.distributed.work import Work

_CHECKPOINTS_KEPT: Final = 2
_SHORTEST_LOOK_S: Final = 0.01
_SHARE: Final = 0.1  # of how long a piece has taken, which looks may come late by
_LONGEST_IDLE_FACTOR: Final = 8
_EAGER_FACTOR: Final = 2

DATASET: Final = "dataset/"
"""What the names of a collection's files begin with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSettings:
    """How a worker goes about it."""

    lease: Lease = field(default_factory=Lease)
    quota: Quota = field(default_factory=Quota)
    look_s: float = 0.2
    """Most seconds between two looks at the work."""
    idle_s: float = 2.0
    """Seconds between two looks for jobs, at first; up to eight times as long where none come."""
    once: bool = False
    """End after one job, or at once if there is none."""
    max_idle_s: float | None = None
    """End when no job has come for so long."""


class Employment(NamedTuple):
    """A worker: who it is, how it goes about it, and who does the work."""

    identity: Identity
    settings: WorkerSettings
    work: Work


RunMember: TypeAlias = "Callable[[Employment, Claim, Manifest], Steps[None]]"
"""What is done with a job whose weights are handed over while it runs."""


def serve(employment: Employment, run_member: RunMember | None = None) -> Steps[int]:
    """Do jobs until told otherwise by the settings, and return how many."""
    identity, settings, _ = employment
    done = 0
    too_large = frozenset[str]()
    idle_since = yield from ask.elapsed_ms()
    wait = settings.idle_s
    while True:
        # Where many end at the same time, those who look at once would all look at all of them.
        is_thorough = settings.once or wait > _EAGER_FACTOR * settings.idle_s
        mine = yield from take(identity, settings.lease, too_large, is_thorough=is_thorough)
        if mine is None:
            now = yield from ask.elapsed_ms()
            is_enough = settings.max_idle_s is not None and (
                now - idle_since >= settings.max_idle_s * 1000
            )
            if settings.once or is_enough:
                return done
            yield from ask.pause(wait, spread=True)
            wait = min(2 * wait, _LONGEST_IDLE_FACTOR * settings.idle_s)
            continue
        manifest = yield from _read(mine, settings.quota)
        if manifest is None:
            too_large |= {mine.job_id}
        else:
            yield from ask.tell(f"{mine.job_id}: begun (owner {mine.generation})")
            if manifest.is_member and run_member is not None:
                yield from run_member(employment, mine, manifest)
            else:
                yield from _run(employment, mine, manifest)
            done += 1
        if settings.once:
            return done
        idle_since = yield from ask.elapsed_ms()
        wait = settings.idle_s


def _read(mine: Claim, quota: Quota) -> Steps[Manifest | None]:
    """Return the manifest of a job that was taken; None if this worker can do nothing with it.

    One that is wrong ends as failed, so that whoever submitted it is told. One that asks for more
    than this worker allows is given back.
    """
    job = mine.job_id
    try:
        manifest = yield from jobs.read_manifest(job)
    except NotFoundError:
        yield from jobs.settle(job)
        return None
    except JobError as error:
        yield from ask.tell(f"{job}: {error}")
        yield from jobs.end(_failed(mine, str(error)))
        return None
    try:
        quota.require(manifest)
    except JobError as error:
        yield from ask.tell(f"{error}; left to another worker")
        yield from ask.delete([keys.claim(job, mine.generation), keys.claimed_by(job)])
        return None
    return manifest


def _run(employment: Employment, mine: Claim, manifest: Manifest) -> Steps[None]:
    started = timestamp()
    began_ms = yield from ask.elapsed_ms()
    try:
        files = yield from inputs_of(manifest)
    except JobError as error:
        yield from jobs.end(_failed(mine, str(error)))
        return
    end: WorkEnd | None = None
    while end is None or end.is_checkpoint_bad:
        newest = yield from _newest_checkpoint(mine.job_id)
        if newest is not None:
            if end is not None:  # the one that was bad is the newest one still
                yield from ask.tell(f"{mine.job_id}: {end.error}; gone back to the one before")
                yield from ask.delete([newest[0]])
                end = None
                continue
            files = {**files, "checkpoint": newest[1]}
        else:
            files.pop("checkpoint", None)
        order = Order(kind=manifest.job_type, manifest=manifest, files=files)
        ended = yield from carry_out(employment, mine, order, began_ms)
        if isinstance(ended, Standing):
            yield from leave(mine, ended)
            return
        end = ended
    yield from hand_in(mine, manifest, end, started, began_ms)


def carry_out(
    employment: Employment, mine: Claim, order: Order, began_ms: int
) -> Steps[WorkEnd | Standing]:
    """Have a piece of work done while showing that its owner is alive; return how it ended.

    If the job is not this owner's any more the work is given up, and that is returned.
    """
    _, settings, work = employment
    limit_ms = began_ms + order.manifest.timeout_seconds * 1000
    work.begin(order)
    try:
        first_ms = beaten_ms = yield from ask.elapsed_ms()
        kept: list[str] = []
        while True:
            look = work.look()
            if look.checkpoint is not None:
                yield from _keep_checkpoint(mine, look, kept)
            if look.end is not None:
                return look.end
            now_ms = yield from ask.elapsed_ms()
            if now_ms > limit_ms:
                return WorkEnd(error=TIMEOUT)
            if now_ms - beaten_ms >= settings.lease.beat_s * 1000:
                standing = yield from beat(mine)
                if standing is not Standing.OWNER:
                    return standing
                beaten_ms = now_ms
            beat_s = beaten_ms / 1000 + settings.lease.beat_s - now_ms / 1000
            again_s = min(
                settings.look_s, max(_SHORTEST_LOOK_S, _SHARE * (now_ms - first_ms) / 1000)
            )
            if look.again_s is not None:
                again_s = look.again_s
            yield from ask.pause(min(again_s, beat_s))
    finally:
        work.stop()


def hand_in(
    mine: Claim, manifest: Manifest, end: WorkEnd, started: str, began_ms: int
) -> Steps[bool]:
    """Write what a job made and then how it ended; return whether this is how."""
    job = mine.job_id
    # Names of its own, so that one who is too late does not write over what the result names.
    made = {name: keys.result(job, _own_name(name, mine)) for name in end.files}
    for name, data in end.files.items():
        yield from ask.put(made[name], data)
    elapsed = (yield from ask.elapsed_ms()) - began_ms
    figures = dict(end.figures)
    status = SUCCESS if end.error is None else FAILED
    if end.error == TIMEOUT:
        status = TIMEOUT
    error = end.error
    if status == TIMEOUT:
        error = f"took longer than timeout_seconds={manifest.timeout_seconds}"

    is_collected = manifest.job_type == COLLECTION and error is None
    won = yield from jobs.end(
        Result(
            job_id=job,
            worker_id=mine.worker_id,
            status=status,
            started=started,
            finished=timestamp(),
            elapsed_seconds=elapsed / 1000,
            episodes_completed=int(figures.pop("episodes", 0)),
            total_reward=figures.pop("total_reward", None),
            final_reward=figures.pop("final_reward", None),
            error=error,
            checkpoint_uri=made.get("checkpoint_final.npz"),
            log_uri=made.get("train.log"),
            transitions_uri=keys.result(job, _own_name(DATASET, mine)) if is_collected else None,
            generation=mine.generation,
            nonce=mine.nonce,
            figures=figures,
        )
    )
    if not won:
        yield from ask.delete(list(made.values()))
    said = f"{status}" if error is None else f"{status}: {error}"
    yield from ask.tell(f"{job}: {said}" if won else f"{job}: has ended otherwise already")
    return won


def _own_name(name: str, mine: Claim) -> str:
    """Return the name of a file as one owner alone writes it: `train.1f2e3d4c.log`."""
    stem, dot, rest = name.partition(".")
    if name.startswith(DATASET):
        stem, dot, rest = DATASET.rstrip("/"), "", name.removeprefix(DATASET)
        return f"{stem}.{mine.nonce[:8]}/{rest}"
    return f"{stem}.{mine.nonce[:8]}{dot}{rest}"


def files_of_result(result: Result) -> Steps[dict[str, bytes]]:
    """Return what a job made, by the names that it was handed in under; not its `result.json`.

    Names are plain ones, or plain ones within `dataset/`; others are left out.
    """
    mark = f".{result.nonce[:8]}" if result.nonce else ""
    found = {}
    for entry in (yield from ask.entries(keys.result(result.job_id, ""))):
        own = entry.key.removeprefix(keys.result(result.job_id, ""))
        name = own.replace(mark, "", 1)
        if mark not in own or not all(keys.is_name(part) for part in name.split("/")):
            continue
        data = yield from ask.get(entry.key, ask.MAX_ARRAYS_BYTES)
        if data is not None:
            found[name] = data
    return found


def inputs_of(manifest: Manifest) -> Steps[dict[str, bytes]]:
    """Return what a job begins with, by name.

    Raises:
        JobError: it is not there.
    """
    files = {}
    for name, key in (("trace", manifest.trace_uri), ("weights", manifest.weights_uri)):
        if key is None:
            continue
        try:
            data = yield from ask.get(key, ask.MAX_ARRAYS_BYTES)
        except SimArenaError as error:
            raise JobError(str(error)) from error
        if data is None:
            message = f"{key}: is not in the bucket; submit the job again with its {name}"
            raise JobError(message)
        files[name] = data
    return files


def leave(mine: Claim, standing: Standing) -> Steps[None]:
    """Give up a job that is not this owner's any more."""
    if standing is Standing.DECIDED:
        yield from jobs.settle(mine.job_id)
    yield from ask.tell(f"{mine.job_id}: given up, {standing.value}")


def _newest_checkpoint(job: str) -> Steps[tuple[str, bytes] | None]:
    entries = yield from ask.entries(keys.checkpoints(job))
    for entry in reversed([each for each in entries if keys.of_checkpoint(each.key)]):
        data = yield from ask.get(entry.key, ask.MAX_ARRAYS_BYTES)
        if data is not None:
            return entry.key, data
    return None


def _keep_checkpoint(mine: Claim, look: Look, kept: list[str]) -> Steps[None]:
    """Write a checkpoint, what belongs to it, and remove this owner's older ones."""
    assert look.checkpoint is not None  # noqa: S101 whoever calls has looked
    key = keys.checkpoint(mine.job_id, look.checkpoint_number, mine.generation)
    yield from ask.put(key, look.checkpoint)
    for name, data in look.files.items():
        yield from ask.put(keys.in_progress(mine.job_id) + name, data)
    kept.append(key)
    if len(kept) > _CHECKPOINTS_KEPT:
        yield from ask.delete([kept.pop(0)])


def _failed(mine: Claim, error: str) -> Result:
    now = timestamp()
    return Result(
        job_id=mine.job_id,
        worker_id=mine.worker_id,
        status=FAILED,
        started=now,
        finished=now,
        error=error,
        generation=mine.generation,
        nonce=mine.nonce,
    )
