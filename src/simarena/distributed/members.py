"""What a member of a group does: pieces of training, each from the weights of its round.

A member is a job. One that dies is taken over as any other, with what it kept after its last piece.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Final

from simarena.distributed import keys
from simarena.distributed import requests as ask
from simarena.distributed.claims import Standing, beat
from simarena.distributed.groups import GroupSettings, has_handed_in, newest_round, read_group
from simarena.distributed.manifests import Manifest, timestamp
from simarena.distributed.work import ROUND, Order, WorkEnd
from simarena.distributed.worker import carry_out, hand_in, inputs_of, leave
from simarena.errors import JobError, NotFoundError

if TYPE_CHECKING:
    from simarena.distributed.claims import Claim
    from simarena.distributed.requests import Steps
    from simarena.distributed.worker import Employment

_STATES_KEPT: Final = 2
_END_S: Final = 0.01  # for each member of a group


def run_member(employment: Employment, mine: Claim, manifest: Manifest) -> Steps[None]:
    """Do a member's part of its group's rounds, from where it, or a dead one before it, was."""
    started = timestamp()
    began_ms = yield from ask.elapsed_ms()
    end = yield from _member(employment, mine, manifest)
    if isinstance(end, Standing):
        yield from leave(mine, end)
        return
    yield from hand_in(mine, manifest, end, started, began_ms)


def _member(employment: Employment, mine: Claim, manifest: Manifest) -> Steps[WorkEnd | Standing]:
    group = manifest.federation_group_id or mine.job_id
    try:
        settings = yield from read_group(group)
        files = yield from inputs_of(manifest)
        member = settings.place_of(mine.job_id)
    except (JobError, NotFoundError) as error:
        return WorkEnd(error=f"group {group}: {error}")
    done, number, waited_s = 0, 0, 0.0
    kept: bytes | None = None
    while True:
        waiting_ms = yield from ask.elapsed_ms()
        found = yield from _next_round(employment, mine, manifest, settings, number, waited_s)
        waited_s = ((yield from ask.elapsed_ms()) - waiting_ms) / 1000
        if not isinstance(found, int):
            return found
        number = found
        if number > settings.num_rounds:
            # All end at the same time, and each has a few things to write and to tidy up.
            longest_s = employment.settings.lease.beat_s
            yield from ask.pause(min(_END_S * settings.num_members, longest_s), spread=True)
            final = yield from _final(settings)
            return WorkEnd(files=final, figures={"rounds": done})
        if not done and (yield from has_handed_in(settings, number, mine.job_id)):
            continue  # whoever owned it before did so
        weights = yield from ask.get(settings.begins(number), ask.MAX_ARRAYS_BYTES)
        if weights is not None:
            files["global"] = weights
        elif number > 1 or not settings.is_alone:
            return WorkEnd(error=f"{settings.begins(number)}: is gone")
        state = kept if done else (yield from _state_before(mine.job_id, number))
        order = Order(
            kind=ROUND,
            manifest=manifest,
            files={**files, **({} if state is None else {"state": state})},
            round={
                "member": member,
                "round": number,
                "num_rounds": settings.num_rounds,
                "local_steps": settings.local_steps,
            },
        )
        piece_ms = yield from ask.elapsed_ms()  # the timeout is that of a piece
        ended = yield from carry_out(employment, mine, order, piece_ms)
        if isinstance(ended, Standing) or ended.error is not None:
            return ended
        yield from _hand_in_round(mine, settings, number, ended)
        kept = ended.files["state.npz"]
        done += 1


def _final(settings: GroupSettings) -> Steps[dict[str, bytes]]:
    """Return the checkpoint that the job of one who is alone leaves; a group's is its own."""
    if not settings.is_alone:
        return {}
    key = settings.begins(settings.num_rounds + 1)
    weights = yield from ask.get(key, ask.MAX_ARRAYS_BYTES)
    return {} if weights is None else {"checkpoint_final.npz": weights}


def _next_round(
    employment: Employment,
    mine: Claim,
    manifest: Manifest,
    settings: GroupSettings,
    number: int,
    before_s: float,
) -> Steps[int | Standing | WorkEnd]:
    """Wait for a round after `number`, and return it; how the job ends if none comes.

    The wait for the round before took `before_s`.
    """
    began_ms = beaten_ms = yield from ask.elapsed_ms()
    while True:
        newest = yield from newest_round(settings, number)
        if newest > number:
            return newest
        if settings.is_alone and not number:
            return 1  # it begins on its own
        now_ms = yield from ask.elapsed_ms()
        if now_ms - began_ms > manifest.sync_timeout_seconds * 1000:
            waited = manifest.sync_timeout_seconds
            return WorkEnd(error=f"round {number + 1} did not begin within {waited} s")
        if now_ms - beaten_ms >= employment.settings.lease.beat_s * 1000:
            standing = yield from beat(mine)
            if standing is not Standing.OWNER:
                return standing
            beaten_ms = now_ms
        waited_s = (now_ms - began_ms) / 1000
        wait_s = settings.wait_s(waited_s, settings.num_members, before_s)
        yield from ask.pause(wait_s, spread=True)


def _hand_in_round(mine: Claim, settings: GroupSettings, number: int, end: WorkEnd) -> Steps[None]:
    """Write what the member keeps for itself, then its update, then that it is done."""
    job = mine.job_id
    yield from ask.put(_state_key(job, number), end.files["state.npz"])
    if number > _STATES_KEPT:
        yield from ask.delete([_state_key(job, number - _STATES_KEPT)])
    update = end.files["update.npz"]
    digest = hashlib.sha256(update).hexdigest()
    folder = settings.handed_by(number, job)
    yield from ask.put(f"{folder}checkpoint.{digest[:16]}.npz", update)
    done = {"worker_id": mine.worker_id, "sha256": digest, **end.figures}
    body = json.dumps(done, sort_keys=True).encode()
    won = yield from ask.create(f"{folder}done.json", body)
    if not won and not (yield from has_handed_in(settings, number, job)):
        yield from ask.put(f"{folder}done.json", body)  # what was there can never count


def _state_before(job: str, number: int) -> Steps[bytes | None]:
    """Return what a member kept for itself after its last round before `number`."""
    entries = yield from ask.entries(keys.result(job, "state/"))
    before = [each.key for each in entries if each.key < _state_key(job, number)]
    if not before:
        return None
    return (yield from ask.get(before[-1], ask.MAX_ARRAYS_BYTES))


def _state_key(job: str, number: int) -> str:
    return keys.result(job, f"state/after_ep_{number:09d}.npz")
