"""Rounds of a group over a bucket: members hand in, and a coordinator closes.

The coordinator writes the weights of the next round where nothing is; of two coordinators the first
decides, and one that comes back goes on from what is there. Members hand in under names made of
what they hand in, so what is late, done twice or damaged changes nothing.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Final, Protocol

from simarena.checks.bounds import check_number, check_whole
from simarena.checks.plain_fields import check_plain_fields
from simarena.distributed import jobs, keys
from simarena.distributed import requests as ask
from simarena.distributed.claims import Standing, beat, store_time
from simarena.distributed.manifests import Manifest, parse_json, timestamp
from simarena.distributed.work import Order, Outcome
from simarena.distributed.worker import carry_out, hand_in, inputs_of, leave
from simarena.errors import JobError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simarena.distributed.claims import Claim, Identity
    from simarena.distributed.requests import Steps
    from simarena.distributed.worker import Employment

ROUND: Final = "round"
"""Kind of the order that is one piece of training."""

_POLL_S: Final = 0.5
_STATES_KEPT: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupSettings:
    """How a group goes about it; kept in the bucket beside its rounds."""

    group: str
    num_members: int
    num_rounds: int
    local_steps: int
    quorum: int
    """Hand-ins with which a round is closed once its limit is over."""
    limit_s: float = 600.0
    """Seconds for which a round waits for those who are missing."""
    outer_learning_rate: float = 1.0
    outer_momentum: float = 0.0
    poll_s: float = _POLL_S
    """Seconds between two looks into the bucket."""
    training: str = ""
    """Hash of what is trained, so that a group of the same name does not go on with another's."""

    def __post_init__(self) -> None:
        """Refuse groups that could close no round."""
        check_plain_fields(self, "", JobError)
        keys.check_name("group", self.group)
        check_whole("workers", self.num_members, 1, 100_000)
        check_whole("rounds", self.num_rounds, 1, 1_000_000)
        check_whole("local_steps", self.local_steps, 1, 10**12)
        check_whole("quorum", self.quorum, 1, self.num_members)
        check_number("limit", self.limit_s, 0.0, 1e8)
        check_number("poll", self.poll_s, 0.001, 3600.0)

    def members(self) -> list[str]:
        """Return the names of the members, which are those of their jobs, in order."""
        return [f"{self.group}.{number:05d}" for number in range(self.num_members)]

    def to_bytes(self) -> bytes:
        """Return the settings as JSON."""
        return json.dumps(asdict(self), sort_keys=True, indent=1).encode()

    @classmethod
    def from_bytes(cls, data: bytes, where: str) -> GroupSettings:
        """Return the settings that `to_bytes` gave.

        Raises:
            SimArenaError: they are damaged.
        """
        values = parse_json(data, where)
        known = {each.name for each in fields(cls)}
        try:
            return cls(**{key: value for key, value in values.items() if key in known})
        except TypeError as error:
            message = f"{where}: is no group's settings ({error})"
            raise JobError(message) from error


class Reducer(Protocol):
    """Makes the weights of the next round; knows what the bytes mean, as the protocol does not."""

    def initial(self) -> bytes:
        """Return the weights of the first round."""

    def check(self, weights: bytes, member: str, update: bytes) -> str | None:
        """Return what is wrong with an update to these weights; None if nothing is."""

    def reduce(
        self, weights: bytes, number: int, updates: Mapping[str, bytes], missing: list[str]
    ) -> bytes:
        """Return the weights of round `number` + 1."""


def group_key(group: str, name: str) -> str:
    """Return the key of a file of a group."""
    return f"results/_federation/{group}/{name}"


def global_key(group: str, number: int) -> str:
    """Return the key of the weights that round `number` begins with."""
    return group_key(group, f"to_worker/before_ep_{number:04d}/global_weights.npz")


def hand_ins(group: str, number: int) -> str:
    """Return what the keys of a round's hand-ins begin with."""
    return group_key(group, f"from_worker/after_ep_{number:04d}/")


def open_group(settings: GroupSettings, manifest: Manifest) -> Steps[None]:
    """Make a group known, with a job for each member; go on with one that was begun so.

    Raises:
        JobError: there is another group of that name.
    """
    key = group_key(settings.group, "settings.json")
    data = settings.to_bytes()
    made = yield from ask.create(key, data)
    if not made:
        message = (
            f"group {settings.group}: exists already, with other settings; choose another name"
        )
        raise JobError(message)
    yield from ask.put(f"{keys.GROUPS}{settings.group}", b"")
    open_ = yield from ask.entries(keys.PENDING)
    known = {keys.of_manifest(each.key) for each in open_}
    for member in settings.members():
        ended = None if member in known else (yield from ask.head(keys.result(member)))
        if member not in known and ended is None:
            values = {**asdict(manifest), "job_id": member}
            values |= {
                "federation_group_id": settings.group,
                "federation_size": settings.num_members,
            }
            yield from jobs.submit(Manifest(**values))


def read_group(group: str) -> Steps[GroupSettings]:
    """Return the settings of a group.

    Raises:
        NotFoundError: there is no such group.
        SimArenaError: they are damaged.
    """
    key = group_key(group, "settings.json")
    data = yield from ask.get(key)
    if data is None:
        message = (
            f"there is no group {group!r} in the bucket; see 'simarena train --executor bucket'"
        )
        raise NotFoundError(message)
    return GroupSettings.from_bytes(data, key)


def newest_round(group: str) -> Steps[int]:
    """Return the newest round that has weights to begin with; 0 if none has."""
    entries = yield from ask.entries(group_key(group, "to_worker/"))
    return max((keys.of_round(each.key) or 0 for each in entries), default=0)


def coordinate(identity: Identity, group: str, reducer: Reducer) -> Steps[bytes]:
    """Close a group's rounds one after the other, and return the weights after the last.

    It may be killed and started anew at any time, and run twice.
    """
    settings = yield from read_group(group)
    number = yield from newest_round(group)
    if number == 0:
        yield from ask.put_new(global_key(group, 1), reducer.initial())
        number = 1
    while number <= settings.num_rounds:
        number = yield from _close(identity, settings, number, reducer)
    yield from ask.delete([f"{keys.GROUPS}{group}"])
    final = yield from ask.get(global_key(group, settings.num_rounds + 1), ask.MAX_ARRAYS_BYTES)
    if final is None:
        message = f"group {group}: its last weights are gone; coordinate it again"
        raise JobError(message)
    return final


def _close(
    identity: Identity, settings: GroupSettings, number: int, reducer: Reducer
) -> Steps[int]:
    """Wait for a round's hand-ins and close it; return the number of the next."""
    group, members = settings.group, settings.members()
    key = global_key(group, number)
    weights = yield from ask.get(key, ask.MAX_ARRAYS_BYTES)
    opened_ms = yield from ask.head(key)
    if weights is None or opened_ms is None:
        message = f"{key}: is gone; the group cannot go on"
        raise JobError(message)
    valid: dict[str, bytes] = {}
    seen: dict[str, int] = {}
    while len(valid) < len(members):
        yield from _look(settings, number, weights, reducer, valid, seen)
        if len(valid) == len(members):
            break
        if len(valid) >= settings.quorum:
            now_ms = yield from store_time(identity)
            if now_ms - opened_ms > settings.limit_s * 1000:
                break
        newest = yield from newest_round(group)
        if newest > number:  # another coordinator has closed it
            return newest
        yield from ask.pause(settings.poll_s, spread=True)
    missing = [each for each in members if each not in valid]
    made = reducer.reduce(weights, number, valid, missing)
    yield from ask.put_new(global_key(group, number + 1), made)
    said = f"; missing: {', '.join(missing)}" if missing else ""
    yield from ask.tell(f"{group}: round {number} of {settings.num_rounds} closed{said}")
    return number + 1


def _look(
    settings: GroupSettings,
    number: int,
    weights: bytes,
    reducer: Reducer,
    valid: dict[str, bytes],
    seen: dict[str, int],
) -> Steps[None]:
    """Take in the hand-ins that are new; what is wrong with one is told, and it counts as none."""
    members = frozenset(settings.members())
    for entry in (yield from ask.entries(hand_ins(settings.group, number))):
        member = keys.of_done(entry.key)
        is_new = member in members and member not in valid and seen.get(entry.key) != entry.time_ms
        if member is None or not is_new:
            continue
        seen[entry.key] = entry.time_ms
        found = yield from _handed_in(settings.group, number, member)
        wrong: str | None
        if isinstance(found, str):
            wrong = found
        else:
            wrong = reducer.check(weights, member, found)
            if wrong is None:
                valid[member] = found
                continue
        yield from ask.tell(f"{settings.group}: round {number}: refused {member}: {wrong}")


def _handed_in(group: str, number: int, member: str) -> Steps[bytes | str]:
    """Return what a member has handed in, or what is wrong with it."""
    folder = f"{hand_ins(group, number)}{member}/"
    done = yield from ask.get(f"{folder}done.json")
    try:
        digest = parse_json(done or b"", f"{folder}done.json").get("sha256")
    except JobError as error:
        return str(error)
    if not isinstance(digest, str) or not keys.is_name(digest):
        return "its done.json names no sha256"
    data = yield from ask.get(f"{folder}checkpoint.{digest[:16]}.npz", ask.MAX_ARRAYS_BYTES)
    if data is None:
        return "its checkpoint is not there"
    if hashlib.sha256(data).hexdigest() != digest:
        return "its checkpoint is not what it handed in"
    return data


def run_member(employment: Employment, mine: Claim, manifest: Manifest) -> Steps[None]:
    """Do a member's part of its group's rounds, from where it, or a dead one before it, was."""
    started = timestamp()
    began_ms = yield from ask.elapsed_ms()
    outcome = yield from _member(employment, mine, manifest)
    if isinstance(outcome, Standing):
        yield from leave(mine, outcome)
        return
    yield from hand_in(mine, manifest, outcome, started, began_ms)


def _member(employment: Employment, mine: Claim, manifest: Manifest) -> Steps[Outcome | Standing]:
    group = str(manifest.federation_group_id)
    try:
        settings = yield from read_group(group)
        files = yield from inputs_of(manifest)
        member = settings.members().index(mine.job_id)
    except (JobError, NotFoundError, ValueError) as error:
        return Outcome(error=f"group {group}: {error}")
    done, number = 0, 0
    while True:
        found = yield from _next_round(employment, mine, manifest, settings, number)
        if not isinstance(found, int):
            return found
        number = found
        if number > settings.num_rounds:
            return Outcome(figures={"rounds": done})
        handed = yield from _handed_in(group, number, mine.job_id)
        if not isinstance(handed, str):
            continue
        weights = yield from ask.get(global_key(group, number), ask.MAX_ARRAYS_BYTES)
        if weights is None:
            return Outcome(error=f"{global_key(group, number)}: is gone")
        state = yield from _state_before(mine.job_id, number)
        order = Order(
            kind=ROUND,
            manifest=manifest,
            files={**files, "global": weights, **({} if state is None else {"state": state})},
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
        yield from _hand_in_round(mine, group, number, ended)
        done += 1


def _next_round(
    employment: Employment,
    mine: Claim,
    manifest: Manifest,
    settings: GroupSettings,
    number: int,
) -> Steps[int | Standing | Outcome]:
    """Wait for a round after `number`, and return it; how the job ends if none comes."""
    began_ms = beaten_ms = yield from ask.elapsed_ms()
    while True:
        newest = yield from newest_round(settings.group)
        if newest > number:
            return newest
        now_ms = yield from ask.elapsed_ms()
        if now_ms - began_ms > manifest.sync_timeout_seconds * 1000:
            waited = manifest.sync_timeout_seconds
            return Outcome(error=f"round {number + 1} did not begin within {waited} s")
        if now_ms - beaten_ms >= employment.settings.lease.beat_s * 1000:
            standing = yield from beat(mine)
            if standing is not Standing.OWNER:
                return standing
            beaten_ms = now_ms
        yield from ask.pause(settings.poll_s, spread=True)


def _hand_in_round(mine: Claim, group: str, number: int, outcome: Outcome) -> Steps[None]:
    """Write what the member keeps for itself, then its update, then that it is done."""
    job = mine.job_id
    yield from ask.put(_state_key(job, number), outcome.files["state.npz"])
    yield from ask.delete([_state_key(job, number - _STATES_KEPT)])
    update = outcome.files["update.npz"]
    digest = hashlib.sha256(update).hexdigest()
    folder = f"{hand_ins(group, number)}{job}/"
    yield from ask.put(f"{folder}checkpoint.{digest[:16]}.npz", update)
    done = {"worker_id": mine.worker_id, "sha256": digest, **outcome.figures}
    body = json.dumps(done, sort_keys=True).encode()
    won = yield from ask.create(f"{folder}done.json", body)
    if not won and isinstance((yield from _handed_in(group, number, job)), str):
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
