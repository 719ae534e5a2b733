"""A simulation led along a recorded walk, where only chance decides which way it goes.

Which of two controllers is quicker, and how long a request takes, is chance in a real control
plane. So a recorded walk is one of many possible ones. Where the simulator's own delays lead along
another, a number of runs with delays drawn at random go on from the last recorded state that was
reached; those that reach the next one go on from there.
"""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simarena.cluster.codes import Operation
from simarena.cluster.conformance.walk import State, Walk
from simarena.cluster.manifests.check import read_as
from simarena.cluster.manifests.nodes import Node
from simarena.cluster.objects.journal import Journal
from simarena.cluster.operations.live import LiveWorld
from simarena.cluster.rows.new_world import new_catalogue, write_settings
from simarena.cluster.rows.nodes import put_node
from simarena.cluster.rows.tables import Capacities
from simarena.cluster.rows.workloads import put_workload, put_workload_spec

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from simarena.cluster.config import ClusterConfig
    from simarena.cluster.manifests.fields import Manifest
    from simarena.cluster.manifests.workloads.workload import Workload

_LIMIT_MS = 60_000
_LOG_ROWS = 4_096
_NUM_KEPT = (8, 16, 32, 64, 128)
"""Runs that go on from a recorded state, in one attempt after the other."""
_TRIES_OF_ONE = 25
_DELAYS = ("deployment_sync", "replicaset_sync", "create_batch", "create_pod", "scheduling")
_LONGEST_MS = (3, 12, 50, 120)
"""Delays of the control plane are drawn up to one of these, so that any may be the shorter one."""
_LATEST_MS = (2, 60, 150)
"""How much later than it should the recording's kubelet makes a pod Ready."""


@dataclass(slots=True)
class Run:
    """One simulation of a case, and how many states of the present edit it has come through."""

    live: LiveWorld
    walk: Walk
    num_reached: int = 0

    def apply(self, workload: Workload, recorded: Sequence[State]) -> None:
        """Apply an edit, and begin with the states recorded after it."""
        self.walk.begin()
        self.num_reached = 0
        self._compare(recorded)
        catalogue = self.live.catalogue
        spec = put_workload_spec(catalogue, workload)
        self.live.do(Operation.APPLY_WORKLOAD, put_workload(catalogue, workload), spec)
        self._read(recorded)

    def settle(self, recorded: Sequence[State]) -> State:
        """Go on until nothing moves; return the state then."""
        self.live.settle(self.live.now_ms + _LIMIT_MS)
        self._read(recorded)
        return self.walk.state()

    def go_on(self, recorded: Sequence[State], limit_ms: int) -> bool:
        """Go on until another recorded state is reached; False if none ever is."""
        before = self.num_reached
        while self.num_reached == before:
            time_ms = self.live.next_ms()
            if time_ms is None or time_ms > limit_ms:
                return False
            self.live.advance_to(time_ms)
            self._read(recorded)
        return True

    def copy(self) -> Run:
        """Return a run that goes on apart."""
        return Run(self.live.snapshot(), self.walk.copy(), self.num_reached)

    def draw_delays(self, generator: random.Random) -> None:
        """Let delays be others from now on, drawn in the simulator from ranges drawn here."""
        world = self.live.catalogue.world
        world.state[0]["random"] = generator.getrandbits(62) + 1
        settings = world.settings[0]
        for name in (*_DELAYS, "termination"):
            settings[f"{name}_ms"] = 1
            settings[f"{name}_jitter_ms"] = generator.choice(_LONGEST_MS)
        late_ms = generator.choice(_LATEST_MS)
        settings["pod_startup_jitter_ms"] = settings["pod_startup_ms"] + late_ms

    def restore_delays(self, config: ClusterConfig) -> None:
        """Let delays be those of the settings again."""
        write_settings(self.live.catalogue.world, config)

    def _read(self, recorded: Sequence[State]) -> None:
        journal = self.live.journal
        log = journal.table()
        journal.clear()
        for _ in self.walk.follow(log):
            self._compare(recorded)

    def _compare(self, recorded: Sequence[State]) -> None:
        while self.num_reached < len(recorded) and self.walk.shows(recorded[self.num_reached]):
            self.num_reached += 1


def new_run(nodes: Sequence[Manifest], config: ClusterConfig, seed: int) -> Run:
    """Return a run in a cluster of those nodes, before the first edit."""
    live = LiveWorld(new_catalogue(config, seed, Capacities(log=_LOG_ROWS)), Journal([], []))
    for node in nodes:
        put_node(live.catalogue, read_as(node, Node))
    return Run(live, Walk())


def follow(
    starts: Sequence[Run],
    workload: Workload,
    recorded: Sequence[State],
    config: ClusterConfig,
    seed: int,
) -> tuple[int, Run | None]:
    """Return how many recorded states some run comes through after an edit, and a run that did.

    `starts` are runs before the edit; they stay as they are. The run is None unless it came
    through all of them; it has settled.
    """
    best = 0
    for attempt, num_kept in enumerate(_NUM_KEPT):
        generator = random.Random(f"{seed} {attempt}")  # noqa: S311 - chance in a simulation
        kept = [run.copy() for run in starts]
        for run in kept:
            run.apply(workload, recorded)
        limit_ms = max(run.live.now_ms for run in kept) + _LIMIT_MS
        while kept:
            best = max(best, *(run.num_reached for run in kept))
            for run in kept:
                if run.num_reached == len(recorded):
                    run.restore_delays(config)
                    run.settle(recorded)
                    return best, run
            tried = _tries(kept, recorded, limit_ms, generator, _TRIES_OF_ONE * num_kept)
            kept = list(itertools.islice(tried, num_kept))
    return best, None


def _tries(
    kept: Sequence[Run],
    recorded: Sequence[State],
    limit_ms: int,
    generator: random.Random,
    num_tries: int,
) -> Iterator[Run]:
    """Yield runs that go on from those kept and reach another recorded state."""
    for number in range(num_tries):
        run = kept[number % len(kept)].copy()
        run.draw_delays(generator)
        if run.go_on(recorded, limit_ms):
            yield run


def recorded_state(counts: dict[str, Any]) -> State:
    """Return a state as a recording writes it."""
    return State(**{**counts, "replicasets": tuple(counts["replicasets"])})
