"""A store and machines in virtual time, over which the protocol runs as over a real bucket."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Any, Final, Protocol

from simarena.distributed import requests as ask
from simarena.distributed.requests import Entry

if TYPE_CHECKING:
    from collections.abc import Callable

    from simarena.distributed.requests import Request, Steps

CLOCK_STEP_MS: Final = 1_000
"""Object stores tell times in whole seconds."""


class SimulatedStore:
    """Objects in memory, found by key and listed by prefix; consistent, as S3 is."""

    def __init__(self, clock_step_ms: int = CLOCK_STEP_MS) -> None:
        self._objects: dict[str, tuple[bytes, int]] = {}
        self._folders: dict[str, dict[str, None]] = {}
        self._clock_step_ms = clock_step_ms

    def answer(  # noqa: PLR0911 one for each request
        self, request: Request, now_ms: int
    ) -> Any:  # noqa: ANN401 each has its own kind
        """Return the answer to what is asked of a store at that time."""
        match request:
            case ask.Get(key, _):
                found = self._objects.get(key)
                return None if found is None else found[0]
            case ask.Put(key, data):
                self._write(key, data, now_ms)
                return None
            case ask.PutNew(key, data):
                if key in self._objects:
                    return False
                self._write(key, data, now_ms)
                return True
            case ask.Head(key):
                found = self._objects.get(key)
                return None if found is None else found[1]
            case ask.List(prefix):
                return sorted(self._listed(prefix))
            case ask.Delete(keys):
                for key in keys:
                    self._remove(key)
                return None
        message = f"no request to a store: {request}"
        raise TypeError(message)

    def __contains__(self, key: str) -> bool:
        """Return whether there is something under a key."""
        return key in self._objects

    def all_keys(self) -> list[str]:
        """Return all keys, in order."""
        return sorted(self._objects)

    def _write(self, key: str, data: bytes, now_ms: int) -> None:
        if key not in self._objects:
            folder, child = "", ""
            for part in key.split("/"):
                child = f"{folder}{part}"
                self._folders.setdefault(folder, {})[child] = None
                folder = f"{child}/"
        self._objects[key] = (data, now_ms // self._clock_step_ms * self._clock_step_ms)

    def _remove(self, key: str) -> None:
        if self._objects.pop(key, None) is None:
            return
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
                if child in self._objects:
                    data, time_ms = self._objects[child]
                    found.append(Entry(child, time_ms, len(data)))
                if f"{child}/" in self._folders:
                    waiting.append(f"{child}/")
        return found


class Service(Protocol):
    """What an object store takes to answer, and what it does where too much is asked of it."""

    def serve(self, request: Request, now_ms: float) -> tuple[float, Exception | None]:
        """Return when a request is answered, and the error that is the answer, if there is one."""


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
        while self._heap:
            if self._heap[0][0] > until_ms:
                self.now_ms = until_ms
                return True
            self.now_ms, _, number, answer, error = heapq.heappop(self._heap)
            steps = self._machines.get(number)
            if steps is not None:
                self._resume(number, steps, answer, error)
        return False

    def _resume(self, number: int, steps: Steps[Any], answer: Any, error: Exception | None) -> None:  # noqa: ANN401
        while True:
            try:
                request = steps.send(answer) if error is None else steps.throw(error)
            except StopIteration:
                del self._machines[number]
                return
            answer, error = None, None
            match request:
                case ask.Elapsed():
                    answer = round(self.now_ms)
                case ask.Tell(line):
                    self.on_tell(line)
                case ask.Pause(seconds, spread):
                    seconds *= 0.75 if spread else 1.0
                    self._push(self.now_ms + seconds * 1000, number, None, None)
                    return
                case _:
                    time_ms, error = self._service.serve(request, self.now_ms)
                    if error is None:
                        answer = self.store.answer(request, round(time_ms))
                    self._push(time_ms, number, answer, error)
                    return

    def _push(self, time_ms: float, number: int, answer: Any, error: Exception | None) -> None:  # noqa: ANN401
        self._sequence += 1
        heapq.heappush(self._heap, (time_ms, self._sequence, number, answer, error))
