"""The protocol of rounds as a fleet runs it, in virtual time.

`python -m benchmarks.fleet_model`. The machines run the code that real ones run. What is assumed of
the store and of the machines stands in `Assumptions`; nothing here was measured on a cloud.
"""

from __future__ import annotations

import argparse
import gc
import heapq
import itertools
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from simarena.distributed import requests as ask
from simarena.distributed.claims import Identity, Lease
from simarena.distributed.groups import GroupSettings, open_group
from simarena.distributed.manifests import Manifest
from simarena.distributed.members import run_member
from simarena.distributed.rounds import coordinate
from simarena.distributed.simulated import SimulatedStore, World
from simarena.distributed.work import Look, Order, WorkEnd
from simarena.distributed.worker import Employment, WorkerSettings, serve
from simarena.errors import StoreBusyError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simarena.distributed.rounds import Late


@dataclass(frozen=True, kw_only=True)
class Assumptions:
    """What is taken for granted. Rates are S3's published ones for one prefix; others guesses."""

    reads_per_s: float = 5_500.0
    writes_per_s: float = 3_500.0
    latency_ms: float = 30.0
    """Median of a small request."""
    latency_sigma: float = 0.4
    """Spread of its logarithm."""
    slow_share: float = 0.001
    slow_ms: float = 1_000.0
    bytes_per_s: float = 50e6
    """Of one machine."""
    update_bytes: int = 100_000
    train_s: float = 60.0
    train_spread: float = 0.1
    deaths_per_hour: float = 0.05
    """Of one machine; another one takes its place after `replace_s`."""
    replace_s: float = 120.0
    usd_per_machine_hour: float = 0.06
    usd_per_1000_writes: float = 0.005
    usd_per_1000_reads: float = 0.0004


@dataclass
class S3:
    """A store that answers at most so many requests a second, and 503 beyond."""

    given: Assumptions
    random: np.random.Generator
    reads: int = 0
    writes: int = 0
    refused: int = 0
    busiest_reads: int = 0
    busiest_writes: int = 0
    _second_ends_ms: float = -1.0
    _drawn: list[float] = field(default_factory=list)
    _reads: int = 0
    _writes: int = 0

    def __post_init__(self) -> None:
        """Work out how long an update takes on its way."""
        self._update_ms = self.given.update_bytes / self.given.bytes_per_s * 1000

    def serve(
        self, request: ask.Request, now_ms: float, num_entries: int = 0
    ) -> tuple[float, Exception | None]:
        """Return when a request is answered, and the error that is the answer, if there is one."""
        kind = type(request)
        number = 1
        if kind is ask.List:
            number = max(1, -(-num_entries // _PAGE))
        elif kind is ask.GetMany or kind is ask.Delete:
            number = len(request.keys)  # type: ignore[union-attr]
        if now_ms >= self._second_ends_ms:
            self._second_ends_ms = (now_ms // 1000.0 + 1.0) * 1000.0
            self._reads = self._writes = 0
        if kind in _READS:
            self.reads += number
            self._reads = in_second = self._reads + number
            self.busiest_reads = max(self.busiest_reads, in_second)
            is_too_much = in_second > self.given.reads_per_s
        else:
            self.writes += number
            self._writes = in_second = self._writes + number
            self.busiest_writes = max(self.busiest_writes, in_second)
            is_too_much = in_second > self.given.writes_per_s
        took = self._latency()
        for _ in range(number - 1):  # pages follow one another, gets go side by side
            took = max(took, self._latency()) if kind is ask.GetMany else took + self._latency()
        if is_too_much:
            self.refused += number
            return now_ms + took, StoreBusyError("503")
        if kind in _WITH_BYTES:
            key: str = request.keys[0] if kind is ask.GetMany else request.key  # type: ignore[union-attr]
            if key.endswith(".npz"):
                took += number * self._update_ms
        return now_ms + took, None

    def _latency(self) -> float:
        if not self._drawn:
            spread = self.given.latency_sigma * self.random.standard_normal(10_000)
            slow = self.random.random(10_000) < self.given.slow_share
            took = self.given.latency_ms * np.exp(spread) + slow * self.given.slow_ms
            self._drawn = took.tolist()
        return self._drawn.pop()


_READS = frozenset({ask.Get, ask.GetMany, ask.Head})
_WITH_BYTES = frozenset({ask.Get, ask.Put, ask.GetMany})
_PAGE = 1_000


class Training:
    """Work that takes its time and hands in as many bytes as a real one."""

    def __init__(self, world: World, given: Assumptions, random: np.random.Generator) -> None:
        self._world = world
        self._given = given
        self._random = random
        self._until_ms = 0.0
        self._update = b""

    def begin(self, order: Order) -> None:
        """Begin a piece."""
        spread = 1.0 + self._given.train_spread * float(self._random.standard_normal())
        self._until_ms = self._world.now_ms + self._given.train_s * max(0.1, spread) * 1000
        self._update = b"%06d" % order.round["member"]

    def look(self) -> Look:
        """Return whether it is done."""
        left_ms = self._until_ms - self._world.now_ms
        if left_ms > 0:
            return Look(again_s=left_ms / 1000)
        return Look(end=WorkEnd(files={"update.npz": self._update, "state.npz": b""}))

    def stop(self) -> None:
        """Give it up."""


class Counting:
    """Weights are the number of updates that went into them."""

    def initial(self) -> bytes:
        """Return the weights of the first round."""
        return b"0"

    def check(self, weights: bytes, member: str, update: bytes) -> str | None:  # noqa: ARG002
        """Accept every update."""
        return None

    def missing(self, weights: bytes) -> list[str]:  # noqa: ARG002
        """Return nobody: stragglers are dropped."""
        return []

    def reduce(
        self,
        weights: bytes,  # noqa: ARG002 only the last round counts
        number: int,  # noqa: ARG002
        updates: Mapping[str, bytes],
        missing: list[str],  # noqa: ARG002
        late: Late | None = None,  # noqa: ARG002
    ) -> bytes:
        """Return how many updates there were."""
        return b"%d" % len(updates)


def simulate(num_workers: int, num_rounds: int, given: Assumptions, seed: int) -> dict[str, Any]:
    """Return what a training of so many workers and rounds comes to."""
    random = np.random.default_rng(seed)
    store, service = SimulatedStore(), S3(given, random)
    world = World(store, service)
    closed: list[float] = []
    world.on_tell = lambda line: closed.append(world.now_ms) if " closed" in line else None
    group = GroupSettings(
        group="g",
        num_members=num_workers,
        num_rounds=num_rounds,
        local_steps=1,
        quorum=max(1, num_workers * 95 // 100),
        limit_s=given.train_s * 2,
    )
    fleet = World(store, _Instant())
    fleet.start(
        open_group(
            group, Manifest(job_id="any", timeout_seconds=86_400, sync_timeout_seconds=10**7)
        )
    )
    fleet.run(1e12)
    numbers = itertools.count()

    def worker() -> int:
        name = f"w{next(numbers):06d}"
        settings = WorkerSettings(
            lease=Lease(lease_s=120.0, beat_s=30.0), look_s=5.0, idle_s=5.0, max_idle_s=600.0
        )
        identity = Identity(name, (f"{name}-{n}" for n in itertools.count()))
        work = Training(world, given, random)
        return world.start(serve(Employment(identity, settings, work), run_member), 1.0)

    machines = [worker() for _ in range(num_workers)]
    deaths: list[tuple[float, int]] = []

    def doom(place: int) -> None:
        hours = float(random.exponential(1.0 / given.deaths_per_hour))
        heapq.heappush(deaths, (world.now_ms + hours * 3_600_000, place))

    for place in range(num_workers):
        doom(place)
    identity = Identity("coordinator", (f"c{n}" for n in itertools.count()))
    coordinating = world.start(coordinate(identity, "g", Counting()))
    began, num_deaths, replaced = time.process_time(), 0, list[tuple[float, int]]()
    while world.is_running(coordinating):
        until = min(deaths[0][0], replaced[0][0] if replaced else deaths[0][0])
        world.run(min(until, world.now_ms + 60_000))
        if world.now_ms >= deaths[0][0]:
            _, place = heapq.heappop(deaths)
            world.stop(machines[place])
            num_deaths += 1
            heapq.heappush(replaced, (world.now_ms + given.replace_s * 1000, place))
            doom(place)
        if replaced and world.now_ms >= replaced[0][0]:
            _, place = heapq.heappop(replaced)
            machines[place] = worker()
    lengths = np.diff([0.0, *closed]) / 1000
    hours = world.now_ms / 3_600_000
    requests = service.reads + service.writes
    return {
        "workers": num_workers,
        "rounds": len(closed),
        "deaths": num_deaths,
        "first_round_s": float(lengths[0]),
        "round_s": float(np.median(lengths[1:])) if len(lengths) > 1 else float(lengths[0]),
        "round_s_worst": float(lengths[1:].max()) if len(lengths) > 1 else float(lengths[0]),
        "requests_per_round": requests / len(closed),
        "busiest_reads_per_s": service.busiest_reads,
        "busiest_writes_per_s": service.busiest_writes,
        "refused_share": service.refused / requests,
        "usd_per_round": (
            num_workers * hours * given.usd_per_machine_hour
            + service.writes / 1000 * given.usd_per_1000_writes
            + service.reads / 1000 * given.usd_per_1000_reads
        )
        / len(closed),
        "core_s": time.process_time() - began,
    }


class _Instant:
    """A store that answers at once."""

    def serve(
        self,
        request: ask.Request,  # noqa: ARG002
        now_ms: float,
        num_entries: int = 0,  # noqa: ARG002
    ) -> tuple[float, Exception | None]:
        """Return that it is answered now."""
        return now_ms, None


COLUMNS = (
    ("workers", "{:,}"),
    ("rounds", "{}"),
    ("deaths", "{}"),
    ("first_round_s", "{:.0f}"),
    ("round_s", "{:.0f}"),
    ("round_s_worst", "{:.0f}"),
    ("requests_per_round", "{:,.0f}"),
    ("busiest_reads_per_s", "{:,.0f}"),
    ("busiest_writes_per_s", "{:,.0f}"),
    ("refused_share", "{:.2%}"),
    ("usd_per_round", "{:.2f}"),
)
TITLES = (
    "workers", "rounds", "deaths", "first round, s", "round, s", "worst round, s",
    "requests a round", "busiest second, reads", "busiest second, writes and lists", "refused",
    "USD a round",
)  # fmt: skip


def main() -> None:
    """Print a table of fleets."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, nargs="+", default=[42, 420, 4200])
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    print("| " + " | ".join(TITLES) + " |")
    print("|" + " ---: |" * len(TITLES))
    gc.disable()  # a store holds millions of objects, and nothing here is in cycles
    for num_workers in arguments.workers:
        found = simulate(num_workers, arguments.rounds, Assumptions(), arguments.seed)
        print("| " + " | ".join(form.format(found[name]) for name, form in COLUMNS) + " |")
        print(f"{num_workers:,} workers: {found['core_s']:.1f} s of one core", file=sys.stderr)


if __name__ == "__main__":
    main()
