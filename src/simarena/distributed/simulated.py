"""A store and machines in virtual time, over which the protocol runs as over a real bucket."""

from __future__ import annotations

import heapq
from bisect import bisect_left
from typing import TYPE_CHECKING, Any, Final, Protocol

from simarena.distributed import requests as ask
from simarena.distributed.requests import Entry

if TYPE_CHECKING:
    from collections.abc import Callable

    from simarena.distributed.requests import Request, Steps

_GOLDEN: Final = 0.6180339887498949
CLOCK_STEP_MS: Final = 1_000
"""Object stores tell times in whole seconds."""


class SimulatedStore:
    """Objects in memory, found by key and listed by prefix; consistent, as S3 is."""

    def __init__(self, clock_step_ms: int = CLOCK_STEP_MS) -> None:
        self._objects: dict[str, tuple[bytes, Entry]] = {}
        self._folders: dict[str, dict[str, None]] = {}
        self._lists: dict[str, list[Entry]] = {}  # of prefixes that were listed, kept up to date
        self._clock_step_ms = clock_step_ms
        self._answers: dict[type, Callable[[Any, int], Any]] = {
            ask.Get: self._get,
            ask.GetMany: self._get_many,
            ask.Put: self._put,
            ask.PutNew: self._put_new,
            ask.Head: self._head,
            ask.List: self._list,
            ask.Delete: self._delete,
        }

    def answer(self, request: Request, now_ms: int) -> Any:  # noqa: ANN401 each has its own kind
        """Return the answer to what is asked of a store at that time."""
        return self._answers[type(request)](request, now_ms)

    def _get(self, request: ask.Get, _now_ms: int) -> bytes | None:
        found = self._objects.get(request.key)
        return None if found is None else found[0]

    def _get_many(self, request: ask.GetMany, _now_ms: int) -> list[bytes | None]:
        found = [self._objects.get(key) for key in request.keys]
        return [None if each is None else each[0] for each in found]

    def _put(self, request: ask.Put, now_ms: int) -> None:
        self._write(request.key, request.data, now_ms)

    def _put_new(self, request: ask.PutNew, now_ms: int) -> bool:
        if request.key in self._objects:
            return False
        self._write(request.key, request.data, now_ms)
        return True

    def _head(self, request: ask.Head, _now_ms: int) -> int | None:
        found = self._objects.get(request.key)
        return None if found is None else found[1].time_ms

    def _list(self, request: ask.List, _now_ms: int) -> list[Entry]:
        kept = self._lists.get(request.prefix)
        if kept is None:
            kept = self._lists[request.prefix] = sorted(self._listed(request.prefix))
        return kept.copy()

    def _delete(self, request: ask.Delete, _now_ms: int) -> None:
        for key in request.keys:
            self._remove(key)

    def __contains__(self, key: str) -> bool:
        """Return whether there is something under a key."""
        return key in self._objects

    def all_keys(self) -> list[str]:
        """Return all keys, in order."""
        return sorted(self._objects)

    def _write(self, key: str, data: bytes, now_ms: int) -> None:
        if key not in self._objects:
            self._put_into_folder(key)
        time_ms = now_ms // self._clock_step_ms * self._clock_step_ms
        entry = Entry(key, time_ms, len(data))
        self._objects[key] = (data, entry)
        for entries in self._lists_with(key):
            place = bisect_left(entries, (key,))
            if place < len(entries) and entries[place].key == key:
                entries[place] = entry
            else:
                entries.insert(place, entry)

    def _put_into_folder(self, key: str) -> None:
        child = key
        while True:
            folder = child[: child.rfind("/") + 1]
            children = self._folders.get(folder)
            if children is not None:
                children[child] = None
                return
            self._folders[folder] = {child: None}
            if not folder:
                return
            child = folder[:-1]

    def _lists_with(self, key: str) -> list[list[Entry]]:
        """Return the lists that were asked for and that a key belongs to."""
        found, end = [], len(key)
        while end >= 0:
            end = key.rfind("/", 0, end)
            entries = self._lists.get(key[: end + 1])
            if entries is not None:
                found.append(entries)
        return found

    def _remove(self, key: str) -> None:
        if self._objects.pop(key, None) is None:
            return
        for entries in self._lists_with(key):
            del entries[bisect_left(entries, (key,))]
        child = key
        while child and f"{child}/" not in self._folders:
            folder = child[: child.rindex("/") + 1] if "/" in child else ""
            children = self._folders[folder]
            del children[child]
            if children or not folder:
                return
            del self._folders[folder]
            child = folder[:-1]
            if child in self._objects:
                return

    def _listed(self, prefix: str) -> list[Entry]:
        found, waiting = [], [prefix]
        while waiting:
            for child in self._folders.get(waiting.pop(), ()):
                kept = self._objects.get(child)
                if kept is not None:
                    found.append(kept[1])
                if f"{child}/" in self._folders:
                    waiting.append(f"{child}/")
        return found


class Service(Protocol):
    """What an object store takes to answer, and what it does where too much is asked of it."""

    def serve(
        self, request: Request, now_ms: float, num_entries: int = 0
    ) -> tuple[float, Exception | None]:
        """Return when a request is answered, and the error that is the answer, if there is one.

        The answer to a list is so many entries.
        """


class World:
    """Machines that carry out the protocol at the same time, in virtual time."""

    def __init__(self, store: SimulatedStore, service: Service) -> None:
        self.store = store
        self.now_ms = 0.0
        self._service = service
        self._heap: list[tuple[float, int, int, Any, Exception | None]] = []
        self._machines: dict[int, Steps[Any]] = {}
        self._sequence = 0
        self.on_tell: Callable[[str], None] = lambda _line: None

    def start(self, steps: Steps[Any], delay_ms: float = 0.0) -> int:
        """Let a machine begin, and return its number."""
        number = self._sequence
        self._machines[number] = steps
        self._push(self.now_ms + delay_ms, number, None, None)
        return number

    def stop(self, number: int) -> None:
        """Let a machine die; what it has asked for still happens."""
        steps = self._machines.pop(number, None)
        if steps is not None:
            steps.close()

    def is_running(self, number: int) -> bool:
        """Return whether a machine has neither died nor ended."""
        return number in self._machines

    def call_at(self, time_ms: float, number: int = -1) -> None:
        """Make the world stop for whoever runs it at that time."""
        self._push(time_ms, number, None, None)

    def run(self, until_ms: float) -> bool:
        """Let time pass until then; return False as soon as nobody has anything to do."""
        heap, machines, pop = self._heap, self._machines, heapq.heappop
        while heap:
            if heap[0][0] > until_ms:
                self.now_ms = until_ms
                return True
            self.now_ms, _, number, answer, error = pop(heap)
            steps = machines.get(number)
            if steps is not None:
                self._resume(number, steps, answer, error)
        return False

    def _resume(self, number: int, steps: Steps[Any], answer: Any, error: Exception | None) -> None:  # noqa: ANN401
        try:
            request: Any = steps.send(answer) if error is None else steps.throw(error)
            while True:
                kind = type(request)
                if kind is ask.Elapsed:
                    request = steps.send(round(self.now_ms))
                elif kind is ask.Pause:
                    seconds, is_spread = request
                    if is_spread:  # evenly, and the same every time
                        seconds *= 0.5 + 0.5 * (self._sequence * _GOLDEN % 1.0)
                    self._push(self.now_ms + seconds * 1000, number, None, None)
                    return
                elif kind is ask.Tell:
                    self.on_tell(request.line)
                    request = steps.send(None)
                else:
                    self._ask(request, number)
                    return
        except StopIteration:
            del self._machines[number]

    def _ask(self, request: Any, number: int) -> None:  # noqa: ANN401 one of many kinds
        """Put a request to the store, which is answered later."""
        if type(request) is ask.List:
            found = self.store.answer(request, round(self.now_ms))
            time_ms, error = self._service.serve(request, self.now_ms, len(found))
            self._push(time_ms, number, None if error is not None else found, error)
            return
        time_ms, error = self._service.serve(request, self.now_ms)
        answer = None if error is not None else self.store.answer(request, round(time_ms))
        self._push(time_ms, number, answer, error)

    def _push(self, time_ms: float, number: int, answer: Any, error: Exception | None) -> None:  # noqa: ANN401
        self._sequence += 1
        heapq.heappush(self._heap, (time_ms, self._sequence, number, answer, error))
