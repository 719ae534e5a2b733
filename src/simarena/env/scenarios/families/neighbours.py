"""Neighbours that grow until their node runs out of memory."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from simarena.env.scenarios.families.draft import STEPS, Draft
from simarena.env.scenarios.families.problem import Ask, Problem, Usage, places
from simarena.env.scenarios.families.site import (
    CPU_GRAIN_MILLI,
    GI,
    MEMORY_GRAIN_BYTES,
    MI,
    Neighbour,
    Site,
    draw_neighbour,
    draw_sizes,
    grains,
)
from simarena.trace import MEMORY_STEP_BYTES

if TYPE_CHECKING:
    import random

    from simarena.env.scenarios.families.problem import Room
    from simarena.env.scenarios.families.site import NodeSize

_MAX_NODE_BYTES = 64 * GI
_EVICTION_BYTES = 100 * MI  # the kubelet's threshold
_QUIET_BYTES = 256 * MI
_BUSY_RESERVE = 0.7
_HONEST = 0.5  # how often the request ends up at what is used, or above


def draw_evicted(rng: random.Random, level: int) -> Draft | None:
    """Draw pods, one to a node, that request less memory than they use, beside noisy neighbours.

    Part of the nodes is a reserve, which pods avoid while another node takes them. On the others a
    neighbour grows into nearly all that it has requested. A pod that asks for little fits there,
    uses more, the node runs out of memory, and whoever is furthest above the request is evicted:
    the pod, or, if it asks for somewhat more, the neighbour. Once it asks for more than neighbours
    leave, it goes to the reserve, and everybody stays.
    """
    sizes = draw_sizes(rng, 2)
    if any(node.memory_bytes > _MAX_NODE_BYTES for node in sizes):
        return None
    noisy = sorted(rng.sample(range(len(sizes)), rng.randint(1, len(sizes) - 1)))
    nodes = tuple(replace(node, is_reserve=row not in noisy) for row, node in enumerate(sizes))
    reserve = [row for row in range(len(nodes)) if row not in noisy]
    target = rng.randint(1, len(reserve))
    steps = rng.randint(*STEPS[level])
    smallest = min(node.memory_bytes for node in nodes)
    room = grains(int(smallest * rng.uniform(0.1, 0.45)), MEMORY_GRAIN_BYTES)
    used = room + grains(int(room * rng.uniform(0.02, 0.3)), MEMORY_GRAIN_BYTES)
    # One action less, and it still fits beside the neighbour that leaves most.
    asked = room - MEMORY_STEP_BYTES * (steps - 1) - rng.randrange(MEMORY_STEP_BYTES // MI) * MI
    cpu_milli = grains(
        int(min(node.cpu_milli for node in nodes) * rng.uniform(0.1, 0.4)), CPU_GRAIN_MILLI
    )
    ask = Ask(cpu_milli, asked, target)
    healthy = ask._replace(memory_bytes=ask.memory_bytes + MEMORY_STEP_BYTES * steps)
    if rng.random() < _HONEST and healthy.memory_bytes >= room + MEMORY_GRAIN_BYTES:
        used = min(used, healthy.memory_bytes // MEMORY_GRAIN_BYTES * MEMORY_GRAIN_BYTES)
    shares = [rng.uniform(0.5, 1.0) for _ in noisy]
    shares[rng.randrange(len(noisy))] = 1.0
    left = [grains(int(room * share), MEMORY_GRAIN_BYTES) for share in shares]
    if not ask.is_allowed() or min(left) <= _EVICTION_BYTES:
        return None
    others = [
        _noisy(rng, nodes[row], row, most, used - asked)
        for row, most in zip(noisy, left, strict=True)
    ]
    others += [
        draw_neighbour(rng, nodes[row], row) for row in reserve if rng.random() < _BUSY_RESERVE
    ]
    site = Site(nodes, tuple(others))
    rooms = tuple(each._replace(pods=1) for each in site.rooms())
    spare = tuple(rooms[row] for row in reserve)
    if places(spare, healthy) < target or not _is_cured_by_memory_alone(rooms, noisy, target):
        return None
    problem = Problem(
        rooms=spare,
        target=target,
        ask=ask,
        usage=Usage(max(int(cpu_milli * rng.uniform(0.3, 0.9)), 1), used),
        least_memory_bytes=room + 1,
    )
    return Draft(
        site=site,
        problem=problem,
        memory_usage=f"{used // MI}Mi",
        one_per_node=True,
        runs_out_of_memory=True,
    )


def _is_cured_by_memory_alone(rooms: tuple[Room, ...], noisy: list[int], target: int) -> bool:
    """Return whether no CPU request keeps pods off a noisy node that the reserve still takes."""
    spare = sorted(room.cpu_milli for row, room in enumerate(rooms) if row not in noisy)
    return all(rooms[row].cpu_milli >= spare[-target] for row in noisy)


def _noisy(
    rng: random.Random, node: NodeSize, row: int, left_bytes: int, excess_bytes: int
) -> Neighbour:
    """Return a neighbour that requests all but `left_bytes` of a node, and comes to use that.

    It may use more than it requests, but less so than the pods, which exceed theirs by
    `excess_bytes`; and alone it leaves what the kubelet wants to have available.
    """
    requested = node.memory_bytes - left_bytes
    most = min(excess_bytes, left_bytes - _EVICTION_BYTES) // MI - 1
    peak = requested + rng.randint(0, max(most, 0)) * MI
    return Neighbour(
        row,
        grains(int(node.cpu_milli * rng.uniform(0.05, 0.2)), CPU_GRAIN_MILLI),
        requested,
        1,
        memory_usage=f"0s={_QUIET_BYTES // MI}Mi,{rng.randint(8, 14)}s={peak // MI}Mi",
    )
