"""Whoever does orders side by side: processes here, actors of a Ray cluster, workers of a bucket.

What an order comes to depends on it alone, so who does it, and in which order, changes no bit.
"""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING, Final, Protocol

from simarena.distributed.task_process import TaskProcess

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from simarena.distributed.work import Order, WorkEnd

_LOOK_S: Final = 0.01


class Crew(Protocol):
    """Does orders, as many at a time as it has hands; the others wait for one to be free."""

    def begin(self, name: str, order: Order) -> None:
        """Have an order done; `name` is nobody's whose order has not ended."""

    def ended(self) -> list[tuple[str, WorkEnd]]:
        """Return the orders that have ended meanwhile; wait for a moment if none has.

        Whoever did one may have died: that is an end with an error, and not held against the
        next order.
        """

    def so_far(self, name: str) -> Mapping[str, bytes]:
        """Return metrics and log of an order, as far as they can be seen from here."""

    def stop(self, name: str) -> None:
        """Give up an order that has not ended; nothing more is heard of it."""

    def close(self) -> None:
        """Give up all of them."""


class LocalCrew:
    """Processes of this machine, kept warm from order to order; one that dies is started again."""

    def __init__(self, folder: Path, num_processes: int) -> None:
        """Keep the work under way in `folder`."""
        self._idle = [TaskProcess(folder / f"{number:05d}") for number in range(num_processes)]
        self._waiting: deque[tuple[str, Order]] = deque()
        self._working: dict[str, TaskProcess] = {}

    def begin(self, name: str, order: Order) -> None:
        """Have an order done."""
        self._waiting.append((name, order))
        self._hand_out()

    def ended(self) -> list[tuple[str, WorkEnd]]:
        """Return the orders that have ended meanwhile."""
        found = []
        for name, process in list(self._working.items()):
            end = process.look().end
            if end is not None:
                del self._working[name]
                self._idle.append(process)
                found.append((name, end))
        self._hand_out()
        if not found:
            time.sleep(_LOOK_S)
        return found

    def so_far(self, name: str) -> Mapping[str, bytes]:
        """Return metrics and log of an order."""
        process = self._working.get(name)
        return {} if process is None else process.so_far()

    def stop(self, name: str) -> None:
        """Give up an order."""
        self._waiting = deque(each for each in self._waiting if each[0] != name)
        process = self._working.pop(name, None)
        if process is not None:
            process.stop()
            self._idle.append(process)
            self._hand_out()

    def close(self) -> None:
        """End the processes."""
        for process in (*self._working.values(), *self._idle):
            process.close()
        self._working, self._idle = {}, []

    def _hand_out(self) -> None:
        while self._waiting and self._idle:
            name, order = self._waiting.popleft()
            self._working[name] = self._idle.pop()
            self._working[name].begin(order)
