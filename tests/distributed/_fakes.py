"""Work that takes a number of looks, and steps that are carried out over a simulated store."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Any

from simarena.distributed import keys
from simarena.distributed import requests as ask
from simarena.distributed.claims import Identity
from simarena.distributed.crews.crew import LocalCrew
from simarena.distributed.driving import drive, nonces
from simarena.distributed.members import run_member
from simarena.distributed.work import Look, Order, WorkEnd
from simarena.distributed.worker import Employment, WorkerSettings, serve

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from simarena.distributed.bucket import Bucket
    from simarena.distributed.requests import Request, Steps
    from simarena.distributed.rounds import Late
    from simarena.distributed.simulated import SimulatedStore
    from simarena.distributed.task_process import TaskProcess


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
            return Look(end=WorkEnd(files={"checkpoint_final.npz": b"%d" % self._count}))
        return Look(
            checkpoint=b"%d" % self._count,
            checkpoint_number=self._count,
            files={"train.log": b"at it\n"},
        )

    def stop(self) -> None:
        self.is_working = False


class Words:
    """Weights are text: what went into them, in order, and who was missing."""

    def initial(self) -> bytes:
        return b"start"

    def check(self, weights: bytes, member: str, update: bytes) -> str | None:
        return None if update.startswith(b"ok") else "no update"

    def missing(self, weights: bytes) -> list[str]:
        _, _, named = weights.rpartition(b"|")[2].partition(b";missing ")
        return named.decode().split()

    def reduce(
        self,
        weights: bytes,
        number: int,
        updates: Mapping[str, bytes],
        missing: list[str],
        late: Late | None = None,
    ) -> bytes:
        words = b",".join(updates[name] for name in sorted(updates))
        if late is not None:
            words += b"+" + b",".join(late.updates[name] for name in sorted(late.updates))
            words += b" since " + late.weights
        named = b";missing " + " ".join(missing).encode() if missing else b""
        return b"%s|%d:%s%s" % (weights, number, words, named)


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


class WarmCrew(LocalCrew):
    """Processes that are used by one test after another."""

    def close(self) -> None:
        """Give up what is under way, and keep the processes."""
        for name in [*self._working]:
            self.stop(name)
        self._waiting.clear()

    def end(self) -> None:
        super().close()

    def processes(self) -> list[TaskProcess]:
        assert not self._working
        return list(self._idle)


@contextlib.contextmanager
def workers(bucket: Bucket, processes: list[TaskProcess]) -> Iterator[None]:
    """Let a worker with each process do whatever jobs come into a bucket meanwhile."""
    over = threading.Event()
    settings = WorkerSettings(max_idle_s=0.1, idle_s=0.05, look_s=0.02)

    def work(name: str, process: TaskProcess) -> None:
        while not over.wait(0.05):
            if bucket.list(keys.PENDING):
                employment = Employment(Identity(name, nonces()), settings, process)
                drive(serve(employment, run_member), bucket)

    threads = [
        threading.Thread(target=work, args=(f"w{number}", process))
        for number, process in enumerate(processes)
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()
