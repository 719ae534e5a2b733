"""Collections of objects followed by list and watch: the one way of waiting for something."""

from __future__ import annotations

import json
import queue
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from simarena.errors import (
    AnsweredError,
    InfrastructureError,
    SimArenaError,
    UnreachableError,
    WaitError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import TracebackType
    from typing import Self

    from simarena.client.api import KubeApi, Manifest

Result = TypeVar("Result")

_WATCH_S: Final = 20
"""So long a watch is asked for at once: a connection that is dead is noticed after that."""
_GONE: Final = 410
_ROUNDS: Final = 5
"""Watches in a row that fail before anything came, after which the failure stands."""
_LASTING_S: Final = 1.0
"""A watch that lasted so long has done its part, whatever ended it."""
_PAUSE_S: Final = 0.2
_JOIN_S: Final = 5.0
_LONGEST_LINE: Final = 16 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """Which objects are followed."""

    path: str
    """Of the API, such as /api/v1/pods."""
    labels: str | None = None
    """A selector."""
    fields: str | None = None
    """A selector."""

    @property
    def options(self) -> dict[str, str]:
        """The selectors as the client takes them."""
        chosen = {"label_selector": self.labels, "field_selector": self.fields}
        return {name: text for name, text in chosen.items() if text is not None}


class Key(NamedTuple):
    """What tells one object of a collection from another."""

    namespace: str
    name: str


def key_of(manifest: Manifest) -> Key:
    """Return the key of an object."""
    metadata = manifest["metadata"]
    return Key(str(metadata.get("namespace") or ""), str(metadata["name"]))


class _News(NamedTuple):
    """What the thread of a collection tells."""

    collection: str
    objects: dict[Key, Manifest] | None = None
    """All there are: a list was read."""
    changed: Manifest | None = None
    gone: Manifest | None = None
    failure: SimArenaError | None = None


class Follower:
    """Some collections as they are now; in a `with` statement they are followed.

    Each has a thread, which lists, watches, and lists again where a watch cannot go on. What they
    tell is taken up by who waits, so that conditions are looked at in one thread, after each change
    and at no other time.
    """

    def __init__(self, api: KubeApi, collections: Mapping[str, Collection]) -> None:
        self._news: queue.SimpleQueue[_News] = queue.SimpleQueue()
        self._objects: dict[str, dict[Key, Manifest] | None] = dict.fromkeys(collections)
        self._threads = [
            _CollectionThread(api, name, each, self._news) for name, each in collections.items()
        ]

    def __enter__(self) -> Self:
        """Begin to follow; what is there is known once every collection has been listed."""
        for each in self._threads:
            each.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Follow no longer."""
        for each in self._threads:
            each.end()
        until = time.monotonic() + _JOIN_S
        for each in self._threads:
            each.join(max(until - time.monotonic(), 0.0))

    def of(self, collection: str) -> Mapping[Key, Manifest]:
        """Return the objects of a collection as they were told last."""
        return self._objects[collection] or {}

    def wait(
        self,
        what: str,
        limit_s: float,
        condition: Callable[[], Result | None],
        told: Callable[[], str] = str,
    ) -> Result:
        """Return the first thing but None that `condition` gives, which looks at `of`.

        Raises WaitError after `limit_s` seconds: it says what was waited for, and how things stand
        as `told` has it. What `condition` raises goes on, and so does the failure of a watch.
        """
        until = time.monotonic() + limit_s
        while True:
            if self._is_listed:
                found = condition()
                if found is not None:
                    return found
            if not self._take(until):
                stands = told()
                state = f"; {stands}" if stands else ""
                message = f"waited {limit_s:g} s for {what}, which did not come{state}"
                raise WaitError(message)

    def pass_time(self, until: float, check: Callable[[], None]) -> None:
        """Follow until `time.monotonic()` is `until`; `check` looks after each change.

        Raises what `check` raises; InfrastructureError if a collection can be followed no longer.
        """
        check()
        while self._take(until):
            check()

    @property
    def _is_listed(self) -> bool:
        return all(each is not None for each in self._objects.values())

    def _take(self, until: float) -> bool:
        """Take up the next news, and what else is there; return whether any came in time."""
        left_s = until - time.monotonic()
        try:
            news = self._news.get(timeout=max(left_s, 0.0))
        except queue.Empty:
            return False
        self._take_up(news)
        with suppress(queue.Empty):
            while True:
                self._take_up(self._news.get_nowait())
        return True

    def _take_up(self, news: _News) -> None:
        if news.failure is not None:
            message = f"{news.collection} can be followed no longer: {news.failure}"
            raise InfrastructureError(message) from news.failure
        if news.objects is not None:
            self._objects[news.collection] = news.objects
            return
        objects = self._objects[news.collection]
        assert objects is not None  # noqa: S101 - a list comes before its changes
        if news.changed is not None:
            objects[key_of(news.changed)] = news.changed
        if news.gone is not None:
            objects.pop(key_of(news.gone), None)


class _CollectionThread(threading.Thread):
    """Follows one collection."""

    def __init__(
        self, api: KubeApi, name: str, collection: Collection, news: queue.SimpleQueue[_News]
    ) -> None:
        super().__init__(name=f"simarena follows {name}", daemon=True)
        self._api = api
        self._collection_name = name
        self._collection = collection
        self._news = news
        self._ended = threading.Event()
        self._response: Any = None

    def end(self) -> None:
        """Make the thread end, also where it waits for an answer."""
        self._ended.set()
        response = self._response
        if response is not None:
            with suppress(Exception):  # it may have ended by itself at this moment
                response.shutdown()

    def run(self) -> None:
        """Follow until it is ended, or fails."""
        try:
            while not self._ended.is_set():
                self._watch_on(self._list())
        except SimArenaError as error:
            if not self._ended.is_set():
                self._news.put(_News(self._collection_name, failure=error))

    def _list(self) -> str:
        """Tell what there is; return the version of that."""
        objects: dict[Key, Manifest] = {}
        options: dict[str, Any] = dict(self._collection.options)
        while True:
            page = self._api.one(self._api.path, "GET", self._collection.path, limit=500, **options)
            objects |= {key_of(each): each for each in page.get("items") or ()}
            metadata = page.get("metadata") or {}
            if not metadata.get("continue"):
                break
            options["_continue"] = metadata["continue"]
        self._news.put(_News(self._collection_name, objects=objects))
        return str(metadata.get("resourceVersion") or "0")

    def _watch_on(self, version: str) -> None:
        """Watch from a version on, again and again; return where that needs a new list."""
        idle_rounds = 0
        while not self._ended.is_set():
            began = time.monotonic()
            try:
                for event in self._events(version):
                    idle_rounds = 0
                    if event["type"] == "ERROR":
                        if event["object"].get("code") == _GONE:
                            return
                        break
                    version = str(event["object"]["metadata"]["resourceVersion"])
                    self._tell(event)
                if time.monotonic() - began > _LASTING_S:
                    idle_rounds = 0
                    continue
            except AnsweredError as error:
                if error.code == _GONE:
                    return
                raise
            except UnreachableError:
                if idle_rounds + 1 >= _ROUNDS:
                    raise
            idle_rounds += 1
            self._ended.wait(_PAUSE_S * idle_rounds)

    def _events(self, version: str) -> Iterator[dict[str, Any]]:
        """Yield the events of one watch; one that is cut ends with UnreachableError."""
        from urllib3.exceptions import HTTPError

        self._response = self._api.open(
            self._api.path,
            "GET",
            self._collection.path,
            watch="true",
            resource_version=version,
            allow_watch_bookmarks="true",
            timeout_seconds=_WATCH_S,
            read_timeout_s=_WATCH_S + 10.0,
            **self._collection.options,
        )
        try:
            if not self._ended.is_set():  # else it was ended before there was anything to end
                yield from _lines(self._response)
        except (HTTPError, ValueError, OSError) as error:
            reason = " ".join(str(error).split())[:200]
            message = f"error: the watch of {self._collection.path} was cut: {reason}"
            raise UnreachableError(message) from error
        finally:
            response, self._response = self._response, None
            response.close()

    def _tell(self, event: dict[str, Any]) -> None:
        found = event["object"]
        if event["type"] == "DELETED":
            self._news.put(_News(self._collection_name, gone=found))
        elif event["type"] != "BOOKMARK":
            self._news.put(_News(self._collection_name, changed=found))


def _lines(response: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - urllib3's
    """Yield the JSON objects of a stream, one a line; ValueError for half of one."""
    rest = b""
    # What is there, however little: a stream by blocks would wait for whole ones.
    while piece := response.read1(1 << 16, decode_content=True):
        rest += piece
        *lines, rest = rest.split(b"\n")
        for line in lines:
            if line.strip():
                yield json.loads(line)
        if len(rest) > _LONGEST_LINE:
            message = "a line of it is longer than any object"
            raise ValueError(message)
    if rest.strip():
        yield json.loads(rest)
