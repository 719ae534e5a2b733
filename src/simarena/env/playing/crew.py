"""Threads that wait to be given work."""

from __future__ import annotations

import weakref
from threading import Lock, Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    Work = Callable[[int], object]


class _Member:
    """What a thread and those who give it work share."""

    def __init__(self, part: int) -> None:
        self.part = part
        self.work: Work | None = None
        self.error: BaseException | None = None
        self.called = Lock()
        self.called.acquire()

    def call(self, work: Work | None) -> None:
        """Wake the thread. If it has not yet heard the last call, it does this instead."""
        self.work = work
        try:
            self.called.release()
        except RuntimeError:  # it is unlocked: the last call has not been heard yet
            return

    def live(self) -> None:
        """Do what there is to do at each call; None ends it."""
        while True:
            self.called.acquire()
            work = self.work
            if work is None:
                return
            try:
                work(self.part)
            except BaseException as error:  # noqa: BLE001 - raised again by who waits for the work
                self.error = error
            del work


class Crew:
    """Threads beside the one that makes it, which is part 0.

    A call does not wait for them: what they did is for the caller to find out. They end when the
    crew is dismissed or forgotten.
    """

    def __init__(self, num_threads: int) -> None:
        self._members = [_Member(part) for part in range(1, num_threads)]
        for member in self._members:
            Thread(target=member.live, name=f"simarena-{member.part}", daemon=True).start()
        self._dismiss = weakref.finalize(self, _dismiss, self._members)

    def call(self, part: int, work: Work) -> None:
        """Let a thread call `work` with its number."""
        self._members[part - 1].call(work)

    def check(self) -> None:
        """Raise what a thread raised."""
        for member in self._members:
            if member.error is not None:
                error, member.error = member.error, None
                raise error

    def dismiss(self) -> None:
        """End the threads."""
        self._dismiss()


def _dismiss(members: list[_Member]) -> None:
    for member in members:
        member.call(None)
