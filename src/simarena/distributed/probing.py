"""A store tried out before anything depends on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.distributed import requests as ask
from simarena.errors import StorageError

if TYPE_CHECKING:
    from simarena.distributed.requests import Steps


def probe(where: str, nonce: str) -> Steps[None]:
    """Make sure that a store creates a key once only, tells its time, lists and removes.

    Raises:
        StorageError: it does not; claims on it would be worth nothing.
    """
    key = f"probes/{nonce}"
    made = yield from ask.create(key, b"first")
    again = yield from ask.put_new(key, b"second")
    found = yield from ask.get(key)
    time_ms = yield from ask.head(key)
    entries = yield from ask.entries("probes/")
    yield from ask.delete([key])
    if not made or again or found != b"first":
        message = (
            f"{where}: ignores the condition that a key must be new (If-None-Match), so that two "
            "workers could own one job; use a store that honours it, as S3, GCS, Azure or a folder"
        )
        raise StorageError(message)
    if time_ms is None or all(each.key != key for each in entries):
        message = f"{where}: does not list what was just written; use a consistent store"
        raise StorageError(message)
