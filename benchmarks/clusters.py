"""Clusters and workloads of a given size, ready to be run again and again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simarena.cluster.config import ClusterConfig
from simarena.cluster.kernel.advance import rewind
from simarena.cluster.kernel.entry import advance_world
from simarena.cluster.kernel.sources import CACHE_FOLDER
from simarena.cluster.objects.journal import Journal
from simarena.cluster.operations.live import LiveWorld
from simarena.cluster.replay.compile import compile_replay
from simarena.cluster.rows.tables import copy_world
from simarena.env import make_node
from simarena.jit.decorators import kernel
from simarena.jit.references import by_reference
from simarena.trace import Trace, new_trace

if TYPE_CHECKING:
    from simarena.cluster.records import World

HOSTNAME = "kubernetes.io/hostname"
LABELS = {"app": "web"}
LONG_MS = 600_000
"""Long enough for every pod of these workloads to be tried."""

PLAIN = "plain"
SPREADING = "default spreading"
ANTI_AFFINITY = "pod anti-affinity"

_APART = {
    "podAntiAffinity": {
        "requiredDuringSchedulingIgnoredDuringExecution": [
            {"labelSelector": {"matchLabels": LABELS}, "topologyKey": HOSTNAME}
        ]
    }
}


@kernel(cached_in=CACHE_FOLDER)
def rewind_world(world: World, origin: World) -> None:
    """Set a world back to the start that `origin` is (see `rewind`)."""
    rewind(by_reference(world), by_reference(origin))


@dataclass(frozen=True)
class Run:
    """A compiled cluster that is set back to its start and run to an end."""

    world: World
    start: World
    end_ms: int

    def __call__(self) -> None:
        """Run it once."""
        rewind_world(self.world, self.start)
        assert advance_world(self.world, self.end_ms) == 0

    @property
    def num_bound(self) -> int:
        """Pods that have a node at the end."""
        pods = self.world.pods[: self.world.state[0]["num_pods"]]
        return int((pods["node"] >= 0).sum())

    @property
    def num_events(self) -> int:
        """Events from start to end."""
        return int(self.world.state[0]["num_events"])


def run_of(trace: Trace, nodes: list[dict[str, Any]], end_ms: int | None = None) -> Run:
    """Return a trace compiled for some nodes, its tables as large as it needs them."""
    compiled = compile_replay(trace, nodes, config=ClusterConfig(kube_api_qps=0))
    start = copy_world(compiled.catalogue.world)
    live = LiveWorld(compiled.catalogue, Journal([], []))
    end_ms = compiled.end_ms if end_ms is None else end_ms
    live.advance_to(end_ms)
    return Run(live.catalogue.world, start, end_ms)


def nodes_of(number: int) -> list[dict[str, Any]]:
    """Return nodes of 16 CPUs and 32 Gi in three zones."""
    nodes = []
    for row in range(number):
        node = make_node(f"n{row}", "16", "32Gi")
        labels = {HOSTNAME: f"n{row}", "topology.kubernetes.io/zone": f"zone-{row % 3}"}
        node["metadata"].setdefault("labels", {}).update(labels)
        nodes.append(node)
    return nodes


def workload(kind: str, pods: int) -> dict[str, Any]:
    """Return a workload of so many pods: one of the constants above says of which kind.

    A Job's pods are plain: the scheduler spreads those of Deployments by default.
    """
    container = {"name": "main", "image": "web:1", "resources": {"requests": {"cpu": "100m"}}}
    spec: dict[str, Any] = {"containers": [container]}
    template = {"metadata": {"labels": LABELS}, "spec": spec}
    metadata = {"name": "web"}
    if kind == PLAIN:
        spec["restartPolicy"] = "Never"
        job = {"parallelism": pods, "completions": pods, "template": template}
        return {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": job}
    if kind == ANTI_AFFINITY:
        spec["affinity"] = _APART
    deployment = {"replicas": pods, "selector": {"matchLabels": LABELS}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": deployment}


def scheduling_run(kind: str, pods: int, nodes: int) -> Run:
    """Return a run that creates and schedules a workload's pods on empty nodes."""
    return run_of(new_trace([workload(kind, pods)]), nodes_of(nodes), LONG_MS)
