"""Clusters to have problems on: nodes, what else runs on them, and what that leaves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from simarena.env.scenarios.families.problem import Room

if TYPE_CHECKING:
    import random

MI: Final = 1024**2
GI: Final = 1024**3
CPU_GRAIN_MILLI: Final = 50
MEMORY_GRAIN_BYTES: Final = 16 * MI

MAX_PODS: Final = 110
_NODE_CPUS = (4, 8, 16, 32, 64)
_GI_PER_CPU = (2, 4, 8)
_BUSY_CLUSTERS = 0.5
_BUSY_NODES = 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeSize:
    """A node, all of it allocatable."""

    cpu_milli: int
    memory_bytes: int
    zone: int | None = None
    """Number of its zone, where the cluster has zones."""
    is_tainted: bool = False
    """It is kept for other workloads: the pods do not tolerate its taint."""
    is_reserve: bool = False
    """Pods go there only if no other node takes them: its taint is PreferNoSchedule."""


class Neighbour(NamedTuple):
    """Another Deployment, pinned to one node."""

    node: int
    """Its index."""
    cpu_milli: int
    memory_bytes: int
    replicas: int
    memory_usage: str = ""
    """Annotation; empty: none."""
    is_critical: bool = False
    """Its pods preempt others. It comes after the workload, all others before."""


@dataclass(frozen=True, slots=True)
class Site:
    """A cluster and who else lives there."""

    nodes: tuple[NodeSize, ...]
    neighbours: tuple[Neighbour, ...] = ()

    def rooms(self, *, by_zone: bool = False, tainted: bool = False) -> tuple[Room, ...]:
        """Return what the nodes leave, of the `tainted` ones only if asked for."""
        taken = [(0, 0, 0)] * len(self.nodes)
        for other in self.neighbours:
            cpu_milli, memory_bytes, pods = taken[other.node]
            taken[other.node] = (
                cpu_milli + other.cpu_milli * other.replicas,
                memory_bytes + other.memory_bytes * other.replicas,
                pods + other.replicas,
            )
        return tuple(
            Room(
                node.cpu_milli - cpu_milli,
                node.memory_bytes - memory_bytes,
                MAX_PODS - pods,
                (node.zone or 0) if by_zone else 0,
            )
            for node, (cpu_milli, memory_bytes, pods) in zip(self.nodes, taken, strict=True)
            if tainted or not node.is_tainted
        )


def draw_sizes(rng: random.Random, least: int = 1, most: int = 8) -> list[NodeSize]:
    """Draw nodes of one size, or of two."""
    kinds = []
    for _ in range(rng.choice((1, 1, 2))):
        cpus = rng.choice(_NODE_CPUS)
        memory_bytes = cpus * rng.choice(_GI_PER_CPU) * GI
        kinds.append(NodeSize(cpu_milli=1_000 * cpus, memory_bytes=memory_bytes))
    return [rng.choice(kinds) for _ in range(rng.randint(least, most))]


def draw_site(rng: random.Random) -> Site:
    """Draw a cluster, half of the time one with neighbours."""
    nodes = draw_sizes(rng)
    busy = rng.random() < _BUSY_CLUSTERS
    rows = [row for row in range(len(nodes)) if busy and rng.random() < _BUSY_NODES]
    return Site(tuple(nodes), tuple(draw_neighbour(rng, nodes[row], row) for row in rows))


def draw_neighbour(
    rng: random.Random, node: NodeSize, row: int, *, is_critical: bool = False
) -> Neighbour:
    """Draw a Deployment that takes a tenth to seven tenths of a node."""
    replicas = rng.randint(1, 4)
    share = rng.uniform(0.1, 0.7) / replicas
    return Neighbour(
        row,
        grains(int(node.cpu_milli * share), CPU_GRAIN_MILLI),
        grains(int(node.memory_bytes * share * rng.uniform(0.6, 1.2)), MEMORY_GRAIN_BYTES),
        replicas,
        is_critical=is_critical,
    )


def grains(amount: int, grain: int) -> int:
    """Return the amount in whole grains, rounded down, but at least one."""
    return max(amount // grain, 1) * grain
