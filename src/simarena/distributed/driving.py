"""The protocol carried out: its requests go to a bucket, its pauses take real time."""

from __future__ import annotations

import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np

from simarena.distributed import requests as ask
from simarena.errors import StorageError, StoreBusyError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from simarena.distributed.bucket import Bucket

Answer = TypeVar("Answer")

PATIENCE_S: Final = 30.0
"""How long a command waits for a store that does not answer; workers wait for ever."""


def drive(
    steps: ask.Steps[Answer],
    bucket: Bucket,
    *,
    patience_s: float | None = PATIENCE_S,
    tell: Callable[[str], None] | None = None,
) -> Answer:
    """Carry out `steps` and return what they return.

    Raises:
        StorageError: the store refuses, or has not answered for `patience_s` seconds.
    """
    random = np.random.default_rng()  # pauses of many machines must not fall together
    answer: Any = None
    error: Exception | None = None
    silent_since: float | None = None
    try:
        while True:
            try:
                request = steps.send(answer) if error is None else steps.throw(error)
            except StopIteration as done:
                found: Answer = done.value
                return found
            answer, error = None, None
            try:
                answer = _answer(request, bucket, random, tell)
            except StoreBusyError as busy:
                now = time.monotonic()
                silent_since = now if silent_since is None else silent_since
                error = busy
                if patience_s is not None and now - silent_since > patience_s:
                    error = StorageError(f"{busy}; tried for {patience_s:g} s, try again later")
            except StorageError as refused:
                error = refused
            else:
                if not isinstance(request, (ask.Pause, ask.Elapsed, ask.Tell)):
                    silent_since = None
    finally:
        steps.close()


def nonces() -> Iterator[str]:
    """Give texts that nobody else will ever give."""
    while True:
        yield secrets.token_hex(16)


def _answer(  # noqa: PLR0911 one for each request
    request: ask.Request,
    bucket: Bucket,
    random: np.random.Generator,
    tell: Callable[[str], None] | None,
) -> Any:  # noqa: ANN401 each request has an answer of its own kind
    match request:
        case ask.Get(key, max_bytes):
            return bucket.get(key, max_bytes)
        case ask.GetMany(several, max_bytes):
            with ThreadPoolExecutor(len(several)) as pool:
                return list(pool.map(lambda key: bucket.get(key, max_bytes), several))
        case ask.Put(key, data):
            return bucket.put(key, data)
        case ask.PutNew(key, data):
            return bucket.put_new(key, data)
        case ask.Head(key):
            return bucket.head(key)
        case ask.List(prefix):
            return bucket.list(prefix)
        case ask.Delete(keys):
            return bucket.delete(keys)
        case ask.Pause(seconds, spread):
            return time.sleep(seconds * random.uniform(0.5, 1.0) if spread else seconds)
        case ask.Elapsed():
            return time.monotonic_ns() // 1_000_000
        case ask.Tell(line):
            return tell(line) if tell is not None else None
