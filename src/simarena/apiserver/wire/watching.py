"""Watches: changes as they happen, each an event on a line of its own."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Any, Final

from simarena.apiserver.rest import conversion
from simarena.apiserver.status import expired, internal
from simarena.apiserver.wire.answer import encode, whole

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from simarena.apiserver.api import Api
    from simarena.apiserver.resources.resource import Resource
    from simarena.apiserver.rest.options import ListOptions
    from simarena.apiserver.store.history import Change
    from simarena.apiserver.store.kept import Kept
    from simarena.apiserver.wire.listing import Selection
    from simarena.apiserver.wire.showing import View

_TIMEOUT_S: Final = 1_800
_BOOKMARK_S: Final = 60.0
_BEFORE_END_S: Final = 2.0
_MOST_WAITING: Final = 20_000
"""A client that is so many events behind is cut off, and begins anew."""


class Watch:
    """One client's look at a collection."""

    def __init__(
        self,
        api: Api,
        resource: Resource,
        options: ListOptions,
        selection: Selection,
        view: View,
    ) -> None:
        """Begin to listen. Raises ApiError where that cannot be."""
        self._api = api
        self._resource = resource
        self._options = options
        self._selection = selection
        self._view = view
        self._waiting: deque[bytes] = deque()
        self._rung = asyncio.Event()
        self._is_behind = False
        self._version = _version(options.version)
        self._end: list[bytes] = []
        self._begin()
        self._stop = api.store.listen(resource.collection, self._hear)

    async def lines(self) -> AsyncIterator[bytes]:
        """Yield the events, several at once where they have come together."""
        loop = asyncio.get_running_loop()
        timeout_s = self._options.timeout_s
        limit_s = _TIMEOUT_S if timeout_s is None else timeout_s
        until = loop.time() + limit_s
        next_bookmark = min(loop.time() + _BOOKMARK_S, until - _BEFORE_END_S)
        try:
            while limit_s > 0:
                if self._waiting:
                    lines = b"".join(self._waiting)
                    self._waiting.clear()
                    self._rung.clear()
                    yield lines
                if self._end or self._is_behind:
                    yield b"".join(self._end)
                    return
                now = loop.time()
                if self._options.bookmarks and now >= next_bookmark:
                    next_bookmark = now + _BOOKMARK_S
                    yield self._bookmark({})
                if now >= until:
                    return
                wake = min(until, next_bookmark if self._options.bookmarks else until)
                try:
                    async with asyncio.timeout(max(0.0, wake - now)):
                        await self._rung.wait()
                except TimeoutError:
                    continue
        finally:
            self.stop()

    def stop(self) -> None:
        """Listen no longer."""
        stop, self._stop = self._stop, lambda: None
        stop()

    def _begin(self) -> None:
        """Put in line what is there, or what has changed since the version that was given."""
        store, options = self._api.store, self._options
        version = self._version
        if options.initial_events or (options.initial_events is None and not version):
            self._version = store.version
            for kept in store.collection(self._resource.collection).inside(
                self._selection.namespace
            ):
                if self._selection.wants(kept):
                    self._put("ADDED", kept)
            if options.initial_events and options.bookmarks:
                self._waiting.append(self._bookmark({"k8s.io/initial-events-end": "true"}))
            return
        if not version:
            self._version = store.version
            return
        if version < store.history.since:
            message = f"too old resource version: {version} ({store.history.since})"
            self._end.append(_line("ERROR", encode(expired(message).status)))
            return
        for change in store.history.after(version, self._resource.collection):
            self._show(change)

    def _hear(self, change: Change) -> None:
        if len(self._waiting) >= _MOST_WAITING:
            self._is_behind = True
            self._rung.set()
            return
        self._show(change)
        if self._waiting:
            self._rung.set()

    def _show(self, change: Change) -> None:
        if change.version <= self._version:
            return
        before, now = change.before, change.now
        was = before is not None and self._selection.wants(before)
        is_wanted = now is not None and self._selection.wants(now)
        if is_wanted and now is not None:
            self._put("MODIFIED" if was else "ADDED", now)
        elif was and before is not None:
            self._put("DELETED", _under(before, change))

    def _put(self, kind: str, kept: Kept) -> None:
        shown = conversion.served(self._resource, kept)
        if self._view.is_plain:
            body = whole(self._resource, shown)
        else:
            body = encode(self._view.next(shown.manifest))
        self._waiting.append(_line(kind, body))

    def _bookmark(self, annotations: dict[str, str]) -> bytes:
        metadata: dict[str, Any] = {"resourceVersion": str(self._api.store.version)}
        if annotations:
            metadata["annotations"] = annotations
        kind, version = self._resource.kind, self._resource.api_version
        value = {"kind": kind, "apiVersion": version, "metadata": metadata}
        return _line("BOOKMARK", encode(self._view.next(value)))


def _under(kept: Kept, change: Change) -> Kept:
    """Return what an object was, under the version at which it ceased to be wanted."""
    if change.now is None:
        return change.last
    metadata = {**kept.metadata, "resourceVersion": str(change.version)}
    return type(kept)({**kept.manifest, "metadata": metadata}, kept.place, change.version)


def _line(kind: str, body: bytes) -> bytes:
    return b'{"type":"%s","object":%s}\n' % (kind.encode(), body)


def _version(text: str) -> int:
    if not text:
        return 0
    if not text.isdigit():
        message = (
            f'resourceVersion: Invalid value: "{text}": '
            f'strconv.ParseUint: parsing "{text}": invalid syntax'
        )
        raise internal(message)
    return int(text)
