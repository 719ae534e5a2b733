"""Names of jobs, groups and workers, and where in a bucket each thing lies.

jobs/pending/<job>/manifest.json              what is to be done; gone once there is a result
jobs/in_progress/<job>/claimed_by             who is at it, as text
jobs/in_progress/<job>/claims/000001.json     who won that generation; the highest one counts
jobs/in_progress/<job>/heartbeats/000001.json its sign of life
jobs/in_progress/<job>/checkpoints/...        to go on from
jobs/in_progress/<job>/metrics.jsonl, train.log   how far it is
jobs/finished/<job>/<status>                  empty: what lists read instead of results
inputs/<job>/...                              traces and weights that a job begins with
results/<job>/result.json, manifest.json
results/<job>/checkpoint_final.<nonce>.npz, metrics.<nonce>.jsonl, train.<nonce>.log, ...
results/<job>/state/after_ep_0001.npz         what a member of a group keeps for itself
results/_federation/<group>/settings.json
results/_federation/<group>/from_worker/after_ep_0001/<member>/checkpoint.<hash>.npz, done.json
results/_federation/<group>/to_worker/before_ep_0002/global_weights.npz
results/<job>/sync/from_worker/after_ep_0001/checkpoint.<hash>.npz, done.json   without a group
results/<job>/sync/to_worker/before_ep_0002/weights.npz
groups/<group>                                how many members a group has whose rounds are not over
workers/<worker>.json                         a sign of life of a machine
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from simarena.errors import JobError, shown

_KNOWN: Final = 1 << 16  # keys of open jobs, which are listed again and again

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_CLAIM: Final = re.compile(r"jobs/in_progress/([^/]+)/(?:claims|heartbeats)/(\d{6,12})\.json")
_CHECKPOINT: Final = re.compile(r"jobs/in_progress/[^/]+/checkpoints/(\d{12})-(\d{6,12})\.npz")
_PENDING_MANIFEST: Final = re.compile(r"jobs/pending/([^/]+)/manifest\.json")
_FINISHED: Final = re.compile(r"jobs/finished/([^/]+)/([a-z]+)")
_DONE: Final = re.compile(
    r"results/(?:_federation/)?[^/]+/(?:sync/)?from_worker/after_ep_\d{4,}/(?:([^/]+)/)?done\.json"
)
_ROUND: Final = re.compile(r".*/before_ep_(\d{4,9})/(?:global_)?weights\.npz")

PENDING: Final = "jobs/pending/"
IN_PROGRESS: Final = "jobs/in_progress/"
FINISHED: Final = "jobs/finished/"
GROUPS: Final = "groups/"
WORKERS: Final = "workers/"


def group(name: str) -> str:
    """Return what the keys of a group begin with."""
    return f"results/_federation/{name}/"


def member(group: str, number: int) -> str:
    """Return the name of a member of a group, which is that of its job."""
    return f"{group}.{number:05d}"


def is_name(text: object) -> bool:
    """Return whether a text may be the name of a job, a group or a worker: one part of a key."""
    return isinstance(text, str) and _NAME.fullmatch(text) is not None and ".." not in text


def check_name(what: str, text: object) -> str:
    """Return the name of a job, a group or a worker.

    Raises:
        JobError: it is none; nothing with a slash, two dots in a row or other signs is.
    """
    if not (isinstance(text, str) and is_name(text)):
        message = (
            f"{what} {shown(text)}: use up to 128 letters, digits, dots, dashes and underscores, "
            "a letter or a digit first, and no two dots in a row"
        )
        raise JobError(message)
    return text


def manifest(job: str) -> str:
    """Return the key of a job's manifest while it has no result."""
    return f"{PENDING}{job}/manifest.json"


def in_progress(job: str) -> str:
    """Return what the keys of a job begin with that somebody works on."""
    return f"{IN_PROGRESS}{job}/"


def claimed_by(job: str) -> str:
    """Return the key of the text that says who is at a job."""
    return f"{IN_PROGRESS}{job}/claimed_by"


def claim(job: str, generation: int) -> str:
    """Return the key that whoever creates it owns the job by."""
    return f"{IN_PROGRESS}{job}/claims/{generation:06d}.json"


def heartbeat(job: str, generation: int) -> str:
    """Return the key of a generation's sign of life."""
    return f"{IN_PROGRESS}{job}/heartbeats/{generation:06d}.json"


def checkpoints(job: str) -> str:
    """Return what the keys of a job's checkpoints begin with."""
    return f"{IN_PROGRESS}{job}/checkpoints/"


def checkpoint(job: str, number: int, generation: int) -> str:
    """Return the key of a job's checkpoint; later ones have higher numbers."""
    return f"{checkpoints(job)}{number:012d}-{generation:06d}.npz"


def finished(job: str, status: str) -> str:
    """Return the key whose being there says how a job ended."""
    return f"{FINISHED}{job}/{status}"


def inputs(job: str, name: str = "") -> str:
    """Return the key of what a job begins with."""
    return f"inputs/{job}/{name}"


def result(job: str, name: str = "result.json") -> str:
    """Return the key of a file of a job's result."""
    return f"results/{job}/{name}"


def worker(name: str) -> str:
    """Return the key of a worker's sign of life."""
    return f"{WORKERS}{name}.json"


@lru_cache(_KNOWN)
def of_claim(key: str) -> tuple[str, int] | None:
    """Return the job and generation of a claim's or a heartbeat's key; None for other keys."""
    match = _CLAIM.fullmatch(key)
    if match is None or not is_name(match[1]):
        return None
    return match[1], int(match[2])


def of_checkpoint(key: str) -> tuple[int, int] | None:
    """Return number and generation of a checkpoint's key; None for other keys."""
    match = _CHECKPOINT.fullmatch(key)
    return None if match is None else (int(match[1]), int(match[2]))


@lru_cache(_KNOWN)
def of_manifest(key: str) -> str | None:
    """Return the job whose manifest has that key; None for other keys and names that are none."""
    match = _PENDING_MANIFEST.fullmatch(key)
    return match[1] if match is not None and is_name(match[1]) else None


def of_finished(key: str) -> tuple[str, str] | None:
    """Return the job and status that a key of the finished ones tells; None for other keys."""
    match = _FINISHED.fullmatch(key)
    return (match[1], match[2]) if match is not None and is_name(match[1]) else None


def of_done(key: str) -> str | None:
    """Return the member whose hand-in has that key; None for other keys."""
    match = _DONE.fullmatch(key)
    return match[1] if match is not None and is_name(match[1]) else None


def of_round(key: str) -> int | None:
    """Return the round before which the weights with that key are taken; None for other keys."""
    match = _ROUND.fullmatch(key)
    return None if match is None else int(match[1])
