"""A simulated cluster that goes on living while clients work with it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Final

from simarena.cluster.replay.driver import virtual_namespace
from simarena.errors import ConfigError
from simarena.mcp.answers.progress import stretches
from simarena.mcp.simulated.backend import SimulatedBackend
from simarena.mcp.simulated.trace_feed import TraceFeed
from simarena.mcp.simulated.writer import SimulatedWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

    from simarena.cluster import Cluster, ClusterConfig
    from simarena.cluster.manifests.fields import Fields
    from simarena.env.scenarios.scenario import Scenario
    from simarena.mcp.answers.progress import Progress
    from simarena.mcp.change import Change
    from simarena.mcp.writing import Held
    from simarena.trace import Trace

MOST_WAIT_S: Final = 3_600
_MOST_CATCH_UP_S: Final = 3_600

MAX_SPEED: Final = 1_000_000
"""Most virtual seconds in a second; beyond it every look would be an hour later."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How the clock on the wall drives virtual time."""

    clock: Callable[[], float]
    """Returns seconds, as `time.monotonic` does."""
    speed: float = 1.0
    """Virtual seconds for each of them."""

    def __post_init__(self) -> None:
        """Refuse a speed at which no clock could run."""
        if not 0 < self.speed <= MAX_SPEED:  # false for what is no number, too
            message = f"speed must be above 0 and at most {MAX_SPEED}, got {self.speed}"
            raise ConfigError(message)


class LivingSession:
    """A cluster on which a trace happens, second by second, as time passes.

    Time passes when a client waits; with a `pace` also by itself, caught up on before each tool
    call, at most an hour at a time.

    Args:
        nodes: Node manifests.
        trace: what happens; after its last event the cluster lives on.
        config: how the cluster behaves.
        seed: all chance follows from it.
        start_s: how much of it has happened when the first client comes.
        namespace: where tools look first, as the cluster has it; None: where most pods are.
        pace: how time passes by itself; None: it does not.
        allow_what_if: whether changes may be tried out.
    """

    def __init__(
        self,
        nodes: Iterable[Fields],
        trace: Trace,
        *,
        config: ClusterConfig | None = None,
        seed: int = 0,
        start_s: int = 60,
        namespace: str | None = None,
        pace: Pace | None = None,
        allow_what_if: bool = True,
    ) -> None:
        self.allow_what_if = allow_what_if
        self.one_at_a_time = True
        self.tool_calls: Counter[str] = Counter()
        self.fault: Exception | None = None
        self.changes: list[Held] = []
        """What clients have changed, in their order."""
        self._nodes = tuple(nodes)
        self._config = config
        self._seed = seed
        self._start_s = start_s
        self._namespace = namespace
        self._feed = TraceFeed(trace)
        self._pace = pace
        self._last = 0.0
        self._opened: SimulatedBackend | None = None
        self._opening = Lock()

    @classmethod
    def of_scenario(
        cls, scenario: Scenario, *, pace: Pace | None = None, allow_what_if: bool = True
    ) -> LivingSession:
        """Return the cluster of a scenario, living on from where its replay ends."""
        return cls(
            scenario.nodes,
            scenario.trace,
            config=scenario.config,
            seed=scenario.seed,
            start_s=scenario.duration_s,
            namespace=virtual_namespace(scenario.namespace),
            pace=pace,
            allow_what_if=allow_what_if,
        )

    def open(self) -> None:
        """Let the beginning happen, if it has not yet; a first time compiles the simulator."""
        from simarena.cluster import Cluster

        with self._opening:
            if self._opened is None:
                cluster = Cluster(self._nodes, config=self._config, seed=self._seed)
                if self._start_s:
                    self._feed = self._feed.fed(cluster, self._start_s)
                self._opened = SimulatedBackend(cluster)
                self._last = 0.0 if self._pace is None else self._pace.clock()

    @property
    def backend(self) -> SimulatedBackend:
        """The cluster as it is now."""
        if self._opened is None:
            self.open()
        assert self._opened is not None  # noqa: S101 - open leaves one
        return self._opened

    @property
    def namespace(self) -> str:
        """Where tools look first."""
        if self._namespace is None:
            self._namespace = _busiest(self.backend)
        return self._namespace

    @property
    def time_note(self) -> str:
        """How time passes here."""
        if self._pace is None:
            return "No time has passed; wait lets it pass."
        return f"Time passes by itself, {self._pace.speed:g} s for each second."

    @property
    def instructions(self) -> str:
        """What a client is told beforehand."""
        time = (
            "Time stands still while you look and change things, and passes when you wait."
            if self._pace is None
            else f"Time passes by itself, {self._pace.speed:g} s for each second."
        )
        return (
            "A simulated Kubernetes cluster on which a recorded history happens. Look with the "
            "read tools, change Deployments with set_resources and scale, and see what follows. "
            f"{time} Unless told otherwise, tools look into "
            + (f"namespace {self._namespace}." if self._namespace else "the busiest namespace.")
        )

    def before_call(self) -> None:
        """Catch up on the time that has passed by itself."""
        self.open()
        if self._pace is None:
            return
        now = self._pace.clock()
        seconds = int((now - self._last) * self._pace.speed)
        if seconds > 0:
            self._last = (
                now if seconds > _MOST_CATCH_UP_S else self._last + seconds / self._pace.speed
            )
            self.pass_time(min(seconds, _MOST_CATCH_UP_S))

    def pass_time(self, seconds: int) -> None:
        """Let whole virtual seconds pass."""
        if seconds > 0:
            self._feed = self._feed.fed(self.backend.cluster, seconds, self.changes)
        self.backend.changed()

    def waiting(self, seconds: int) -> Iterator[Progress]:
        """Let virtual time pass, bit by bit; it stops where nobody iterates any more."""
        return stretches(seconds, self.pass_time)

    @property
    def writer(self) -> SimulatedWriter:
        """Changes the cluster in every other way; controllers act on it as time passes."""
        return SimulatedWriter(self.backend, self.changes)

    def change(self, change: Change, *, dry_run: bool = False) -> None:
        """Change a Deployment now; its controller acts on it as time passes.

        In a dry run it is changed in a copy of the cluster. Raises RefusedError or ManifestError
        if it cannot be.
        """
        if dry_run:
            _change(self.backend.cluster.copy(), change)
            return
        _change(self.backend.cluster, change)
        self.changes.append(change)
        self.backend.changed()

    def trial(self, change: Change, seconds: int) -> Generator[Progress, None, SimulatedBackend]:
        """Return a copy of the cluster some time after a change, worked out bit by bit."""
        cluster = self.backend.cluster.copy()
        _change(cluster, change)
        changes = [*self.changes, change]
        feed = self._feed

        def pass_time(passing: int) -> None:
            nonlocal feed
            feed = feed.fed(cluster, passing, changes)

        yield from stretches(seconds, pass_time)
        return SimulatedBackend(cluster)


def _change(cluster: Cluster, change: Change) -> None:
    changed = change.made_in(cluster.get("Deployment", change.deploy, change.namespace))
    change.check(changed)
    cluster.replace(changed)


def _busiest(backend: SimulatedBackend) -> str:
    """Return the namespace with most pods, of equal ones the first; "default" without any."""
    pods = Counter(str(pod["metadata"]["namespace"]) for pod in backend.list("Pod", None))
    return min(pods, key=lambda name: (-pods[name], name), default="default")
