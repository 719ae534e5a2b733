"""Does a Deployment walk through edits as a recorded one did?

A record says how a real Deployment went from state to state after each edit. The simulator must
pass through the same states in the same order; it may pass through more, since the record was
sampled, and times are not compared.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from simarena.cluster.codes import NONE, LogKind, Operation
from simarena.cluster.compiler import new_catalogue
from simarena.cluster.config import ClusterConfig
from simarena.cluster.journal import Journal
from simarena.cluster.live import LiveWorld
from simarena.cluster.manifests import normalise
from simarena.cluster.node_rows import put_node
from simarena.cluster.tables import Capacities
from simarena.cluster.workload_rows import put_workload, put_workload_spec

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from simarena.cluster.fields import Manifest
    from simarena.cluster.records import Rows

_LIMIT_MS = 60_000
_LOG_ROWS = 4_096


class State(NamedTuple):
    """What can be seen of a Deployment at one moment."""

    total: int
    ready: int
    pending: int
    unbound: int
    replicasets: tuple[int, ...]
    """Wanted pods of each ReplicaSet that has or wants pods, by revision."""


class StepVerdict(NamedTuple):
    """How one edit of a record came out."""

    case: str
    step: int
    expected: State
    """The settled state that was recorded."""
    settled: State
    num_states: int
    """States of the record."""
    num_reached: int
    """Those that the simulator reached in the same order, counted from the first."""

    @property
    def same_end(self) -> bool:
        """Whether the settled states are equal."""
        return self.expected == self.settled

    @property
    def same_walk(self) -> bool:
        """Whether every recorded state was reached, in order."""
        return self.num_reached == self.num_states


@dataclass(slots=True)
class _Pod:
    bound: bool = False
    ready: bool = False


@dataclass(slots=True)
class _Walk:
    """A Deployment followed through the log."""

    pods: dict[int, _Pod] = field(default_factory=dict)
    """By uid; those being deleted still count until they are gone."""
    templates: dict[int, int] = field(default_factory=dict)
    """Template of each pod, by uid."""
    sizes: dict[int, int] = field(default_factory=dict)
    """Wanted pods of each template's ReplicaSet, by revision."""
    applied: int = NONE
    """Template that was applied last."""

    def state(self) -> State:
        """Return what can be seen now."""
        ready = sum(pod.ready for pod in self.pods.values())
        has_pods = set(self.templates.values())
        return State(
            total=len(self.pods),
            ready=ready,
            pending=len(self.pods) - ready,
            unbound=sum(not pod.bound for pod in self.pods.values()),
            replicasets=tuple(
                size for template, size in self.sizes.items() if size > 0 or template in has_pods
            ),
        )

    def follow(self, log: Rows) -> Iterator[State]:
        """Yield the state after each change that the log tells of."""
        for entry in log:
            kind, uid = LogKind(int(entry["kind"])), int(entry["subject"])
            template = int(entry["template"])
            if kind == LogKind.WORKLOAD_APPLIED:
                self.applied = template
            elif kind == LogKind.WORKLOAD_SCALED:
                if self.applied in self.sizes:
                    self.sizes[self.applied] = self.sizes.pop(self.applied)
                    yield self.state()
                self.sizes[template] = int(entry["value"])
            elif kind == LogKind.WORKLOAD_DELETED:
                self.sizes.pop(template, None)
            elif kind == LogKind.POD_CREATED:
                self.pods[uid] = _Pod()
                self.templates[uid] = template
            elif kind == LogKind.POD_SCHEDULED:
                self.pods[uid].bound = True
            elif kind == LogKind.POD_READY:
                self.pods[uid].ready = True
            elif kind == LogKind.POD_GONE:
                before = self.state()
                del self.pods[uid], self.templates[uid]
                if template not in self.templates.values() and self.sizes.get(template) == 0:
                    yield self.state()._replace(replicasets=before.replicasets)
            else:
                continue
            yield self.state()


def judge(
    case: dict[str, Any], *, config: ClusterConfig | None = None, seed: int = 0
) -> list[StepVerdict]:
    """Return how each edit of a recorded case comes out in the simulator."""
    config = replace(
        config or ClusterConfig(), pod_startup_ms=case["ready_ms"], pod_startup_jitter_ms=0
    )
    live = LiveWorld(new_catalogue(config, seed, Capacities(log=_LOG_ROWS)), Journal([], []))
    for node in case["nodes"]:
        put_node(live.catalogue, normalise(node))
    walk = _Walk()
    num_read = 0
    verdicts = []
    for number, step in enumerate(case["steps"], start=1):
        name = step["apply"]["metadata"]["name"]
        states = [walk.state()]
        _apply(live, normalise(step["apply"]))
        live.settle(live.now_ms + _LIMIT_MS)
        log = live.journal.table()
        states.extend(walk.follow(log[num_read:]))
        num_read = len(log)
        recorded = [_recorded(entry[name]) for entry in step["timeline"]]
        verdicts.append(
            StepVerdict(
                case=case["name"],
                step=number,
                expected=_recorded(step["settled"][name]),
                settled=states[-1],
                num_states=len(recorded),
                num_reached=_num_reached(recorded, states),
            )
        )
    return verdicts


def _apply(live: LiveWorld, manifest: Manifest) -> None:
    spec = put_workload_spec(live.catalogue, manifest)
    live.do(Operation.APPLY_WORKLOAD, put_workload(live.catalogue, manifest), spec)


def _recorded(counts: dict[str, Any]) -> State:
    return State(**{**counts, "replicasets": tuple(counts["replicasets"])})


def _num_reached(recorded: Sequence[State], states: Sequence[State]) -> int:
    """Return how many recorded states, from the first on, come in the same order among `states`."""
    position = 0
    for number, wanted in enumerate(recorded):
        while position < len(states) and states[position] != wanted:
            position += 1
        if position == len(states):
            return number
    return len(recorded)
