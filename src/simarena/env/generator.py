"""Scenarios without end, from seeds.

A scenario begins with a healthy configuration at the edge of what its cluster holds: the largest
request with which the wanted pods still fit. Then a known number of actions is undone, so that the
same number of actions leads back; that is the proof that it can be solved. Pods of one workload are
all alike, so how many fit does not depend on where the scheduler puts them. Other workloads are
pinned to their nodes and arrive earlier, so what they leave free is known too.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import Final

from simarena.cluster.node_spec import make_node
from simarena.env.classic import deployment
from simarena.env.scenario import DEFAULT_MAX_STEPS, Manifest, Scenario
from simarena.errors import ScenarioError, UnknownNameError
from simarena.trace import (
    CPU_STEP_MILLI,
    MEMORY_STEP_BYTES,
    Limits,
    Trace,
    TraceEvent,
    format_cpu_milli,
    format_memory_bytes,
    new_trace,
)

FAMILIES: Final = (
    "cpu_insufficient",
    "mem_insufficient",
    "combined",
    "replica_deficit",
    "replica_surplus",
    "mixed",
    "healthy",
)
"""Kinds of problems: more CPU, more memory, or more of both asked than the nodes give; too few or
too many replicas; several of these at once; none."""

SPLITS: Final = {"train": 0, "held-out": 1, "free": 2}
"""Parts that never share a seed, with what tells their seeds apart."""

_SEED_STRIDE = len(SPLITS)
_LIMITS = Limits()
_MI = 1024**2
_GI = 1024**3
_CPU_GRAIN_MILLI = 50
_MEMORY_GRAIN_BYTES = 16 * _MI
_NODE_CPUS = (4, 8, 16, 32, 64)
_GI_PER_CPU = (2, 4, 8)
_MAX_TARGET = 10
_MAX_PODS = 110
_STEPS = {1: (1, 3), 2: (4, 7), 3: (8, 12)}
_NAMES = ("web", "api", "cart", "search", "feed", "mail", "worker", "cache", "auth", "media")
_ATTEMPTS = 1_000
_BACKGROUND_LEAD_S = 5
_BUSY_CLUSTERS = 0.5
_BUSY_NODES = 0.7


@dataclass(frozen=True, slots=True)
class _Room:
    """What one node leaves for the workload."""

    cpu_milli: int
    memory_bytes: int
    pods: int


@dataclass(frozen=True, slots=True)
class _Ask:
    """What a workload asks for."""

    cpu_milli: int
    memory_bytes: int
    replicas: int


def generate(family: str, seed: int, split: str = "free", severity: int | None = None) -> Scenario:
    """Return the scenario of a family that belongs to a seed; equal arguments give equal scenarios.

    Args:
        family: one of FAMILIES.
        seed: which of them, from 0; the scenario's own `seed` is made of this and the split.
        split: "train", "held-out" or "free"; what one gives, no other does.
        severity: 1 (solved in 1 to 3 steps), 2 (4 to 7), 3 (8 to 12); None: drawn.

    Raises:
        UnknownNameError: no such family or split.
        ScenarioError: no such severity, or a negative seed.
    """
    if family not in FAMILIES:
        kind = "scenario family"
        raise UnknownNameError(kind, family, FAMILIES)
    if split not in SPLITS:
        kind = "split"
        raise UnknownNameError(kind, split, SPLITS)
    if severity is not None and severity not in _STEPS:
        message = f"severity must be 1, 2 or 3, got {severity!r}"
        raise ScenarioError(message)
    if seed < 0:
        message = f"a scenario's seed must be at least 0, got {seed}"
        raise ScenarioError(message)
    number = seed * _SEED_STRIDE + SPLITS[split]
    rng = random.Random(f"{family}/{number}/{severity}")  # noqa: S311 - no secret
    level = severity or rng.choice((1, 2, 3))
    for _ in range(_ATTEMPTS):
        scenario = _attempt(rng, family, level, number)
        if scenario is not None:
            name = f"{split}-{rng.randrange(16**8):08x}"
            return replace(scenario, name=name, split=split)
    message = f"no {family} scenario of severity {level} found for seed {seed}"
    raise ScenarioError(message)


def _attempt(rng: random.Random, family: str, level: int, number: int) -> Scenario | None:
    """Draw a cluster and a problem; None if they do not go together."""
    nodes = _draw_nodes(rng)
    rooms, background = _draw_background(rng, nodes)
    target = rng.randint(1, _MAX_TARGET)
    healthy = _draw_healthy(rng, rooms, target)
    if healthy is None:
        return None
    ask = _spoil(rng, family, level, rooms, healthy)
    if ask is None or not _is_within_limits(ask):
        return None
    if family != "healthy" and ask.replicas == target and _fits(rooms, ask):
        return None
    deploy, *others = rng.sample(_NAMES, len(nodes) + 1)
    workload = deployment(
        deploy,
        ask.replicas,
        format_cpu_milli(ask.cpu_milli),
        format_memory_bytes(ask.memory_bytes),
    )
    return Scenario(
        name=deploy,
        family=family,
        severity=1 if family == "healthy" else level,
        trace=_trace(workload, _background_objects(background, others)),
        nodes=nodes_of(nodes),
        deploy=deploy,
        target=target,
        max_steps=DEFAULT_MAX_STEPS,
        seed=number,
    )


def nodes_of(sizes: list[tuple[int, int]]) -> tuple[Manifest, ...]:
    """Return virtual nodes of these sizes: (millicores, bytes)."""
    return tuple(
        make_node(f"node-{row}", format_cpu_milli(cpu_milli), format_memory_bytes(memory_bytes))
        for row, (cpu_milli, memory_bytes) in enumerate(sizes, start=1)
    )


def slots(free: list[tuple[int, int, int]], cpu_milli: int, memory_bytes: int) -> int:
    """Return how many pods of this size fit on nodes with this much free (CPU, memory, pods)."""
    return sum(min(cpu // cpu_milli, memory // memory_bytes, pods) for cpu, memory, pods in free)


def _fits(rooms: list[_Room], ask: _Ask) -> bool:
    free = [(room.cpu_milli, room.memory_bytes, room.pods) for room in rooms]
    return slots(free, ask.cpu_milli, ask.memory_bytes) >= ask.replicas


def _draw_nodes(rng: random.Random) -> list[tuple[int, int]]:
    """Draw 1 to 8 nodes of one size, or of two."""
    kinds = []
    for _ in range(rng.choice((1, 1, 2))):
        cpus = rng.choice(_NODE_CPUS)
        kinds.append((1_000 * cpus, cpus * rng.choice(_GI_PER_CPU) * _GI))
    return [rng.choice(kinds) for _ in range(rng.randint(1, 8))]


def _draw_background(
    rng: random.Random, nodes: list[tuple[int, int]]
) -> tuple[list[_Room], list[_Ask | None]]:
    """Draw what else runs on each node, and what it leaves."""
    busy = rng.random() < _BUSY_CLUSTERS
    rooms, background = [], []
    for cpu_milli, memory_bytes in nodes:
        other = None
        if busy and rng.random() < _BUSY_NODES:
            replicas = rng.randint(1, 4)
            share = rng.uniform(0.1, 0.7) / replicas
            other = _Ask(
                _grains(int(cpu_milli * share), _CPU_GRAIN_MILLI),
                _grains(int(memory_bytes * share * rng.uniform(0.6, 1.2)), _MEMORY_GRAIN_BYTES),
                replicas,
            )
        background.append(other)
        rooms.append(
            _Room(
                cpu_milli - (other.cpu_milli * other.replicas if other else 0),
                memory_bytes - (other.memory_bytes * other.replicas if other else 0),
                _MAX_PODS - (other.replicas if other else 0),
            )
        )
    return rooms, background


def _draw_healthy(rng: random.Random, rooms: list[_Room], target: int) -> _Ask | None:
    """Draw a configuration that fits with room to spare in both resources."""
    cpu_milli = _largest(sorted(room.cpu_milli for room in rooms), target)
    cpu_milli = _grains(int(cpu_milli * rng.uniform(0.2, 0.8)), _CPU_GRAIN_MILLI)
    memory_bytes = _largest(sorted(room.memory_bytes for room in rooms), target)
    memory_bytes = _grains(int(memory_bytes * rng.uniform(0.2, 0.8)), _MEMORY_GRAIN_BYTES)
    ask = _Ask(cpu_milli, memory_bytes, target)
    return ask if _is_within_limits(ask) and _fits(rooms, ask) else None


def _spoil(
    rng: random.Random, family: str, level: int, rooms: list[_Room], healthy: _Ask
) -> _Ask | None:
    """Make a healthy configuration ill, a known number of actions away from health."""
    steps = rng.randint(*_STEPS[level])
    causes = _draw_causes(rng, family, steps)
    if causes is None:
        return None
    cpu_steps, memory_steps, replica_steps = causes
    ask = healthy
    if cpu_steps:
        edge = _edge(rooms, ask, cpu=True)
        offset = _CPU_GRAIN_MILLI * rng.randint(1, CPU_STEP_MILLI // _CPU_GRAIN_MILLI)
        ask = replace(ask, cpu_milli=edge + CPU_STEP_MILLI * (cpu_steps - 1) + offset)
    if memory_steps:
        edge = _edge(rooms, healthy, cpu=False)
        offset = _MEMORY_GRAIN_BYTES * rng.randint(1, MEMORY_STEP_BYTES // _MEMORY_GRAIN_BYTES)
        ask = replace(ask, memory_bytes=edge + MEMORY_STEP_BYTES * (memory_steps - 1) + offset)
    ask = replace(ask, replicas=ask.replicas + replica_steps)
    back = replace(
        ask,
        cpu_milli=ask.cpu_milli - CPU_STEP_MILLI * cpu_steps,
        memory_bytes=ask.memory_bytes - MEMORY_STEP_BYTES * memory_steps,
        replicas=healthy.replicas,
    )
    return ask if _is_within_limits(back) and _fits(rooms, back) else None


def _draw_causes(rng: random.Random, family: str, steps: int) -> tuple[int, int, int] | None:
    """Return actions to undo of each kind: CPU, memory, replicas (negative: too few)."""
    single = {
        "healthy": (0, 0, 0),
        "cpu_insufficient": (steps, 0, 0),
        "mem_insufficient": (0, steps, 0),
        "replica_deficit": (0, 0, -steps),
        "replica_surplus": (0, 0, steps),
    }
    if family in single:
        return single[family]
    if steps < 2:  # noqa: PLR2004 - two causes need two steps
        return None
    cut = rng.randint(1, steps - 1)
    if family == "combined":
        return cut, steps - cut, 0
    sign = rng.choice((-1, 1))
    replica_steps = min(steps - 1, rng.randint(1, 4))
    rest = steps - replica_steps
    cpu_steps = rng.choice((0, rest, rng.randint(0, rest)))
    return cpu_steps, rest - cpu_steps, sign * replica_steps


def _edge(rooms: list[_Room], ask: _Ask, *, cpu: bool) -> int:
    """Return the largest request of one resource, in whole grains, with which all replicas fit."""
    grain = _CPU_GRAIN_MILLI if cpu else _MEMORY_GRAIN_BYTES
    free = [room.cpu_milli if cpu else room.memory_bytes for room in rooms]
    low, high = 1, max(free) // grain + 1
    while high - low > 1:
        middle = (low + high) // 2
        tried = (
            replace(ask, cpu_milli=middle * grain)
            if cpu
            else replace(ask, memory_bytes=middle * grain)
        )
        if _fits(rooms, tried):
            low = middle
        else:
            high = middle
    return low * grain


def _largest(free: list[int], target: int) -> int:
    """Return the largest request of which `target` fit into these rooms."""
    candidates = sorted({room // pods for room in free for pods in range(1, target + 1)})
    fitting = [size for size in candidates if size and sum(r // size for r in free) >= target]
    return fitting[-1] if fitting else 0


def _is_within_limits(ask: _Ask) -> bool:
    return (
        _LIMITS.min_cpu_milli <= ask.cpu_milli <= _LIMITS.max_cpu_milli
        and _LIMITS.min_memory_bytes <= ask.memory_bytes <= _LIMITS.max_memory_bytes
        and _LIMITS.min_replicas <= ask.replicas <= _LIMITS.max_replicas
    )


def _grains(amount: int, grain: int) -> int:
    return max(amount // grain, 1) * grain


def _background_objects(background: list[_Ask | None], names: list[str]) -> list[Manifest]:
    return [
        deployment(
            names[row],
            other.replicas,
            format_cpu_milli(other.cpu_milli),
            format_memory_bytes(other.memory_bytes),
            node_selector={"kubernetes.io/hostname": f"node-{row + 1}"},
        )
        for row, other in enumerate(background)
        if other is not None
    ]


def _trace(workload: Manifest, background: list[Manifest]) -> Trace:
    """Return a trace in which the others come first and the workload follows."""
    trace = new_trace([*background, workload], source="generated trace")
    if not background:
        return trace
    applied = trace.events[0].applied_objs
    return trace.with_events(
        [TraceEvent(0, applied[:-1]), TraceEvent(_BACKGROUND_LEAD_S, applied[-1:])]
    )
