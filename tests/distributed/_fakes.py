"""Work that takes a number of looks, and steps that are carried out over a simulated store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simarena.distributed import requests as ask
from simarena.distributed.work import Look, Order, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simarena.distributed.requests import Request, Steps
    from simarena.distributed.simulated import SimulatedStore


class CountingWork:
    """Ends after some looks, each of which finds a checkpoint that says how many there were."""

    def __init__(self, looks: int = 3) -> None:
        self._looks = looks
        self.orders: list[Order] = []
        self.is_working = False
        self._count = 0

    def begin(self, order: Order) -> None:
        assert not self.is_working
        self.orders.append(order)
        self.is_working = True
        self._count = int(order.files.get("checkpoint", b"0"))

    def look(self) -> Look:
        self._count += 1
        if self._count > self._looks:
            self.is_working = False
            return Look(outcome=Outcome(files={"checkpoint_final.npz": b"%d" % self._count}))
        return Look(
            checkpoint=b"%d" % self._count,
            checkpoint_number=self._count,
            files={"train.log": b"at it\n"},
        )

    def stop(self) -> None:
        self.is_working = False


def numbered(prefix: str) -> Iterator[str]:
    """Give nonces that can be told apart."""
    number = 0
    while True:
        yield f"{prefix}{number:08d}"
        number += 1


class Hand:
    """Carries out steps one request at a time, so that a test can do something in between."""

    def __init__(self, steps: Steps[Any], store: SimulatedStore, clock: Clock) -> None:
        self._steps, self._store, self._clock = steps, store, clock
        self.is_done = False
        self.value: Any = None
        self.told: list[str] = []
        self.request: Request | None = None
        self._resume(None)

    def step(
        self, *, error: Exception | None = None, applied: bool = True, conflict: bool = False
    ) -> None:
        """Answer the request; with an `error` it may have been applied all the same.

        A conflict is what a store may say to a write of a new key that has not happened.
        """
        request = self.request
        assert request is not None
        match request:
            case ask.Pause(seconds, _):
                self._clock.now_ms += round(seconds * 1000)
                self._resume(None)
            case ask.Elapsed():
                self._resume(self._clock.now_ms + self._clock.offset_ms)
            case ask.Tell(line):
                self.told.append(line)
                self._resume(None)
            case ask.PutNew() if conflict:
                self._resume(False)
            case _:
                answer = None
                if applied:
                    answer = self._store.answer(request, self._clock.now_ms)
                self._resume(answer, error)

    def finish(self, limit: int = 10_000) -> Any:
        """Answer everything truly until the steps are done, and return what they return."""
        for _ in range(limit):
            if self.is_done:
                return self.value
            self.step()
        message = "the steps do not end"
        raise AssertionError(message)

    def kill(self) -> None:
        self._steps.close()
        self.is_done = True

    def _resume(self, answer: Any, error: Exception | None = None) -> None:
        try:
            self.request = self._steps.send(answer) if error is None else self._steps.throw(error)
        except StopIteration as done:
            self.is_done, self.value, self.request = True, done.value, None


class Clock:
    """The store's time, and how far a machine's own is off it."""

    def __init__(self, now_ms: int = 1_000_000, offset_ms: int = 0) -> None:
        self.now_ms = now_ms
        self.offset_ms = offset_ms


def carried_out(steps: Steps[Any], store: SimulatedStore, clock: Clock | None = None) -> Any:
    """Return what steps return over a store that answers everything at once."""
    return Hand(steps, store, clock or Clock()).finish()
