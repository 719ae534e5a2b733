"""Neighbours that grow until their node runs out of memory."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from simarena.env.families.draft import STEPS, Draft
from simarena.env.families.problem import Ask, Problem, Usage, places
from simarena.env.families.site import (
    CPU_GRAIN_MILLI,
    GI,
    MEMORY_GRAIN_BYTES,
    MI,
    Neighbour,
    Site,
    draw_sizes,
    grains,
)
from simarena.trace import MEMORY_STEP_BYTES

if TYPE_CHECKING:
    import random

    from simarena.env.families.site import NodeSize

_MAX_NODE_BYTES = 64 * GI
_EVICTION_BYTES = 100 * MI  # the kubelet's threshold
_QUIET_BYTES = 256 * MI


def draw_evicted(rng: random.Random, level: int) -> Draft | None:
    """Draw pods, one to a node, that use more memory than they request beside noisy neighbours.

    When a node runs out of memory, whoever uses most above the request is evicted: the workload's
    pod. Once it requests nearly what it uses, it is the neighbour.
    """
    nodes = tuple(node for node in draw_sizes(rng) if node.memory_bytes <= _MAX_NODE_BYTES)
    if not nodes:
        return None
    steps = rng.randint(*STEPS[level])
    smallest = min(node.memory_bytes for node in nodes)
    used = grains(int(smallest * rng.uniform(0.2, 0.45)), MEMORY_GRAIN_BYTES)
    # The neighbours' excess: that of the workload must come below it, with the last action.
    excess = grains(int(used * rng.uniform(0.05, 0.6)), MEMORY_GRAIN_BYTES)
    least = used - excess + 1
    asked = least - MEMORY_STEP_BYTES * (steps - 1) - rng.randint(1, MEMORY_STEP_BYTES // MI) * MI
    asked = asked // MI * MI
    cpu_milli = grains(
        int(min(n.cpu_milli for n in nodes) * rng.uniform(0.1, 0.4)), CPU_GRAIN_MILLI
    )
    ask = Ask(cpu_milli, asked, len(nodes))
    if not ask.is_allowed():
        return None
    noisy = rng.sample(range(len(nodes)), rng.randint(1, len(nodes)))
    neighbours = tuple(_noisy(rng, nodes[row], row, used, excess) for row in noisy)
    site = Site(nodes, neighbours)
    rooms = tuple(room._replace(pods=1) for room in site.rooms())
    healthy = ask._replace(memory_bytes=ask.memory_bytes + MEMORY_STEP_BYTES * steps)
    if any(other.memory_bytes <= 0 for other in neighbours):
        return None
    if any(room.memory_bytes <= 0 for room in rooms) or places(rooms, healthy) < len(nodes):
        return None
    problem = Problem(
        rooms=rooms,
        target=len(nodes),
        ask=ask,
        usage=Usage(max(int(cpu_milli * rng.uniform(0.3, 0.9)), 1), used),
        least_memory_bytes=least,
    )
    return Draft(
        site=site,
        problem=replace(problem),
        memory_usage=f"{used // MI}Mi",
        one_per_node=True,
        runs_out_of_memory=True,
    )


def _noisy(rng: random.Random, node: NodeSize, row: int, used: int, excess: int) -> Neighbour:
    """Return a neighbour that uses `excess` more than it requests, and too much for its node."""
    most = node.memory_bytes - _EVICTION_BYTES - used
    peak = most + grains(int(used * rng.uniform(0.1, 0.4)), MEMORY_GRAIN_BYTES)
    peak = peak // MI * MI
    return Neighbour(
        row,
        grains(int(node.cpu_milli * rng.uniform(0.1, 0.4)), CPU_GRAIN_MILLI),
        peak - excess,
        1,
        memory_usage=f"0s={_QUIET_BYTES // MI}Mi,{rng.randint(8, 14)}s={peak // MI}Mi",
    )
