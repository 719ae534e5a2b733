"""Groups whose members hand over weights through a bucket: settings, keys, hand-ins."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Final

from simarena.checks.bounds import check_number, check_whole
from simarena.checks.plain_fields import check_plain_fields
from simarena.distributed import jobs, keys
from simarena.distributed import requests as ask
from simarena.distributed.manifests import Manifest, parse_json
from simarena.errors import JobError, NotFoundError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from simarena.distributed.requests import Steps

DROP: Final = "drop"
FOLD: Final = "fold"
STRAGGLERS: Final = (DROP, FOLD)
"""What becomes of a hand-in that misses its round: nothing, or it is part of the next round."""

_DIGITS: Final = 10
_POLL_S: Final = 0.5
_SHORTEST_S: Final = 0.01
_SPREAD_S: Final = 0.0005  # for each who looks
_LONGEST_S: Final = 0.02  # likewise
_SHARE: Final = 0.25


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
    """Most seconds between two looks into the bucket; more with hundreds of members."""
    training: str = ""
    """Hash of what is trained, so that a group of the same name does not go on with another's."""
    stragglers: str = DROP
    """`drop` or `fold`."""
    is_alone: bool = False
    """Whether it is one job that hands its weights over without a group, as `per_episode_s3_sync`
    asks for; its name is that of the job."""

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
        if self.stragglers not in STRAGGLERS:
            raise UnknownNameError("treatment of stragglers", self.stragglers, STRAGGLERS)  # noqa: EM101, TRY003 a kind

    def members(self) -> list[str]:
        """Return the names of the members, which are those of their jobs, in order."""
        if self.is_alone:
            return [self.group]
        return [keys.member(self.group, number) for number in range(self.num_members)]

    def place_of(self, member: str) -> int:
        """Return the number of a member.

        Raises:
            JobError: it is none of this group.
        """
        if self.is_alone and member == self.group:
            return 0
        number = member.removeprefix(f"{self.group}.")
        place = int(number) if number.isdecimal() and len(number) < _DIGITS else self.num_members
        if place >= self.num_members or keys.member(self.group, place) != member:
            message = f"job {member}: is no member of group {self.group}"
            raise JobError(message)
        return place

    @property
    def folder(self) -> str:
        """What the keys of all that is handed over begin with."""
        return keys.result(self.group, "sync/") if self.is_alone else keys.group(self.group)

    def begins(self, number: int) -> str:
        """Return the key of the weights that round `number` begins with."""
        name = "weights.npz" if self.is_alone else "global_weights.npz"
        return f"{self.folder}to_worker/before_ep_{number:04d}/{name}"

    def hand_ins(self, number: int) -> str:
        """Return what the keys of a round's hand-ins begin with."""
        return f"{self.folder}from_worker/after_ep_{number:04d}/"

    def handed_by(self, number: int, member: str) -> str:
        """Return what the keys of a member's hand-in begin with."""
        return self.hand_ins(number) + ("" if self.is_alone else f"{member}/")

    def wait_s(self, waited_s: float, num_looking: int, before_s: float = 0.0) -> float:
        """Return how long to wait for the next look, having waited so long already.

        `before_s` is how long it took the last time. Short rounds are looked at often, long ones
        seldom, and where many look at the same time each looks less often.
        """
        shortest_s = max(_SHORTEST_S, _SPREAD_S * num_looking)
        longest_s = max(self.poll_s, _LONGEST_S * num_looking)
        return min(longest_s, max(shortest_s, _SHARE * max(waited_s, before_s)))

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


def open_group(
    settings: GroupSettings, manifest: Manifest, files: Mapping[str, bytes] | None = None
) -> Steps[None]:
    """Make a group known, with a job for each member; go on with one that was begun so.

    `files` are what its members begin with, as the manifest names them among the group's inputs.

    Raises:
        JobError: there is another group of that name.
    """
    key = f"{settings.folder}settings.json"
    data = settings.to_bytes()
    made = yield from ask.create(key, data)
    if not made:
        message = (
            f"group {settings.group}: exists already, with other settings; choose another name"
        )
        raise JobError(message)
    for name, content in sorted((files or {}).items()):
        yield from ask.put(keys.inputs(settings.group, name), content)
    yield from ask.put(f"{keys.GROUPS}{settings.group}", b"%d" % settings.num_members)
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
    """Return the settings of a group, or of a job that hands its weights over on its own.

    Raises:
        NotFoundError: there is no such group.
        SimArenaError: they are damaged.
    """
    key = f"{keys.group(group)}settings.json"
    data = yield from ask.get(key)
    if data is not None:
        return GroupSettings.from_bytes(data, key)
    try:
        manifest = yield from jobs.read_manifest(group)
    except NotFoundError:
        manifest = None
    if manifest is None or not manifest.per_episode_s3_sync:
        message = (
            f"there is no group {group!r} in the bucket; see 'simarena train --executor bucket'"
        )
        raise NotFoundError(message)
    return alone(manifest)


def alone(manifest: Manifest) -> GroupSettings:
    """Return the settings by which a job hands over its weights after each episode.

    What counts as an episode is as many steps of the environment as one may have.
    """
    episodes = manifest.episodes or 1
    return GroupSettings(
        group=manifest.job_id,
        num_members=1,
        num_rounds=episodes,
        local_steps=-(-manifest.train_settings().steps // episodes),
        quorum=1,
        is_alone=True,
    )


def newest_round(settings: GroupSettings, known: int = 0) -> Steps[int]:
    """Return the newest round that has weights to begin with; 0 if none has.

    One that is `known` to have some spares looking at those before it.
    """
    if known:
        while (yield from ask.head(settings.begins(known + 1))) is not None:
            known += 1
        return known
    entries = yield from ask.entries(f"{settings.folder}to_worker/")
    return max((keys.of_round(each.key) or 0 for each in entries), default=0)


def handed_in(
    settings: GroupSettings, number: int, members: Sequence[str]
) -> Steps[dict[str, bytes | str]]:
    """Return what members have handed in, or what is wrong with it."""
    begin = settings.hand_ins(number)
    folders = {each: begin if settings.is_alone else f"{begin}{each}/" for each in members}
    told = yield from ask.get_many([f"{each}done.json" for each in folders.values()])
    found: dict[str, bytes | str] = {}
    digests = {}
    for (member, folder), done in zip(folders.items(), told, strict=True):
        try:
            digest = parse_json(done or b"", f"{folder}done.json").get("sha256")
        except JobError as error:
            found[member] = str(error)
            continue
        if isinstance(digest, str) and keys.is_name(digest):
            digests[member] = digest
        else:
            found[member] = "its done.json names no sha256"
    named = [f"{folders[each]}checkpoint.{digest[:16]}.npz" for each, digest in digests.items()]
    given = yield from ask.get_many(named, ask.MAX_ARRAYS_BYTES)
    for (member, digest), data in zip(digests.items(), given, strict=True):
        if data is None:
            found[member] = "its checkpoint is not there"
        elif hashlib.sha256(data).hexdigest() != digest:
            found[member] = "its checkpoint is not what it handed in"
        else:
            found[member] = data
    return found


def has_handed_in(settings: GroupSettings, number: int, member: str) -> Steps[bool]:
    """Return whether what a member has handed in can count."""
    found = yield from handed_in(settings, number, [member])
    return not isinstance(found[member], str)
