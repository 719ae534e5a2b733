"""Workers interleaved at every request, killed, lied to and left standing: one result a job."""

from __future__ import annotations

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.distributed._fakes import Clock, CountingWork, Hand, carried_out, numbered

from simarena.distributed import jobs, keys
from simarena.distributed.claims import Identity, Lease
from simarena.distributed.manifests import Manifest
from simarena.distributed.simulated import SimulatedStore
from simarena.distributed.worker import Employment, WorkerSettings, serve
from simarena.errors import StoreBusyError

JOBS = ("one", "two", "three")
LEASE = Lease(lease_s=9.0, beat_s=3.0)


class Workers(RuleBasedStateMachine):
    """Workers of three jobs; hypothesis decides who goes on, who dies, and what is lost."""

    def __init__(self) -> None:
        super().__init__()
        self.store = SimulatedStore()
        self.clock = Clock()
        self.hands: list[Hand] = []
        self.started = 0
        self.written: dict[str, bytes] = {}

    @initialize()
    def submit(self) -> None:
        for name in JOBS:
            carried_out(jobs.submit(Manifest(job_id=name, agent="greedy")), self.store, self.clock)

    @rule(looks=st.integers(1, 4), offset_min=st.integers(-5, 5))
    @precondition(lambda self: len(self.hands) < 3)
    def start(self, looks: int, offset_min: int) -> None:
        self.hands.append(self.worker(looks, offset_min))

    @rule(which=st.integers(0, 2), steps=st.integers(1, 12))
    @precondition(lambda self: self.hands)
    def go_on(self, which: int, steps: int) -> None:
        for _ in range(steps):
            self.of(which).step()

    @rule(which=st.integers(0, 2), applied=st.booleans())
    @precondition(lambda self: self.hands)
    def lose_an_answer(self, which: int, applied: bool) -> None:
        self.of(which).step(error=StoreBusyError("503"), applied=applied)

    @rule(which=st.integers(0, 2))
    @precondition(lambda self: self.hands)
    def conflict(self, which: int) -> None:
        self.of(which).step(conflict=True)

    @rule(which=st.integers(0, 2))
    @precondition(lambda self: self.hands)
    def kill(self, which: int) -> None:
        hand = self.of(which)
        hand.kill()
        self.hands.remove(hand)

    @rule(seconds=st.integers(1, 12))
    def let_time_pass(self, seconds: int) -> None:
        self.clock.now_ms += seconds * 1000

    @invariant()
    def what_was_decided_stays(self) -> None:
        for key in self.store.all_keys():
            if key.endswith("/result.json") or "/claims/" in key:
                data = self.store.answer(_get(key), 0)
                # A claim may be made again once its job is over and tidied up.
                if key.endswith("/result.json"):
                    assert self.written.setdefault(key, data) == data

    def teardown(self) -> None:
        """Let a last worker see to what is left: every job ends, and nothing is left lying."""
        self.clock.now_ms += 60_000
        last = self.worker(1, 0)
        for _ in range(3_000):
            last.step()
        for hand in self.hands:  # those that were left standing come back
            for _ in range(300):
                hand.step()
        for _ in range(1_000):
            last.step()
        self.what_was_decided_stays()
        for name in JOBS:
            assert keys.result(name) in self.store
            result = carried_out(jobs.read_result(name), self.store)
            assert result.checkpoint_uri in self.store
        assert not [key for key in self.store.all_keys() if key.startswith(keys.PENDING)]
        assert len([key for key in self.store.all_keys() if key.startswith(keys.FINISHED)]) == 3

    def of(self, which: int) -> Hand:
        return self.hands[which % len(self.hands)]

    def worker(self, looks: int, offset_min: int) -> Hand:
        self.started += 1
        name = f"w{self.started}"
        clock = self.clock
        clock.offset_ms = offset_min * 60_000
        employment = Employment(
            Identity(name, numbered(name)), WorkerSettings(lease=LEASE), CountingWork(looks)
        )
        return Hand(serve(employment), self.store, clock)


def _get(key: str):  # type: ignore[no-untyped-def]  # noqa: ANN202
    from simarena.distributed.requests import Get

    return Get(key, 1 << 20)


TestWorkers = Workers.TestCase
TestWorkers.settings = settings(max_examples=60, stateful_step_count=60)
