"""A whole trace, event by event, against what a real control plane did with it.

Each event is applied as SimKube's driver applies it, and the cluster then left alone until nothing
moves. Which of several Deployments is left waiting, and which node a pod gets, may differ within
ties; the counts over all Deployments and the scheduler's messages may not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from simarena.cluster.cluster import Cluster
from simarena.cluster.replay.driver import ReplayOptions, arrivals

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from simarena.cluster.config import ClusterConfig
    from simarena.trace import Trace

_COUNTS = ("total", "ready", "pending")


class Settled(NamedTuple):
    """A cluster in which nothing moves."""

    total: int
    ready: int
    pending: int
    messages: tuple[str, ...]
    """Why pods wait: each distinct message of the scheduler, sorted."""


class JudgedEvent(NamedTuple):
    """How one event of a recorded replay came out."""

    event: int
    expected: Settled
    settled: Settled

    @property
    def same(self) -> bool:
        """Whether counts and messages are equal."""
        return self.expected == self.settled


def judge_replay(
    record: Mapping[str, Any],
    trace: Trace,
    *,
    config: ClusterConfig | None = None,
    seed: int = 0,
) -> list[JudgedEvent]:
    """Return how each event of a recorded replay of `trace` comes out in the simulator."""
    cluster = Cluster(record["nodes"], config=config, seed=seed)
    recorded = record["events"]
    told = zip(recorded, _events(trace), strict=True)
    judged = []
    for number, (expected, changes) in enumerate(told):
        for manifest, deleted in changes:
            if deleted:
                metadata = manifest["metadata"]
                cluster.delete(manifest["kind"], metadata["name"], metadata["namespace"])
            else:
                cluster.apply(manifest)
        cluster.settle()
        judged.append(JudgedEvent(number, _recorded(expected), _settled(cluster)))
    return judged


def _events(trace: Trace) -> Iterator[list[tuple[dict[str, Any], bool]]]:
    """Yield the changes of each event as the driver makes them."""
    for event in trace.events:
        alone = trace.with_events([event])
        yield [(each.manifest, each.deleted) for each in arrivals(alone, ReplayOptions())]


def _recorded(event: Mapping[str, Any]) -> Settled:
    deployments = event["settled"].values()
    total, ready, pending = (sum(each[name] for each in deployments) for name in _COUNTS)
    messages = tuple(sorted(set(event["unschedulable_messages"])))
    return Settled(total, ready, pending, messages)


def _settled(cluster: Cluster) -> Settled:
    pods = cluster.list("Pod")
    conditions = [
        {each["type"]: each for each in pod["status"].get("conditions", ())} for pod in pods
    ]
    ready = sum(each.get("Ready", {}).get("status") == "True" for each in conditions)
    scheduled = [each.get("PodScheduled", {}) for each in conditions]
    messages = {each["message"] for each in scheduled if each.get("reason") == "Unschedulable"}
    return Settled(len(pods), ready, len(pods) - ready, tuple(sorted(messages)))
