"""A scenario before it is written down: a problem, its cluster, and what its manifest says."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from simarena.env.scenarios.families.problem import Ask, Problem, Usage, places
from simarena.env.scenarios.families.site import CPU_GRAIN_MILLI, MEMORY_GRAIN_BYTES, MI, grains

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Sequence

    from simarena.env.scenarios.families.problem import Room
    from simarena.env.scenarios.families.site import Site

STEPS: Final = {1: (1, 3), 2: (4, 7), 3: (8, 12)}
"""Fewest and most actions of the shortest solution, by severity."""

_MAX_TARGET = 10
_UNMEASURED = 0.1
_LIMIT_RATIOS = (None, None, 1.0, 1.0, 1.5, 2.0)
_LATE_SHARES = (0.3, 0.8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a family draws."""

    site: Site
    problem: Problem
    cpu_limit_milli: int | None = None
    memory_usage: str = ""
    """Annotation of the workload; its highest value is the problem's. Empty: constant."""

    spreads_over_zones: bool = False
    one_per_node: bool = False
    runs_out_of_memory: bool = False
    """Nodes evict pods when their memory is used up."""


DrawFamily = "Callable[[random.Random, int], Draft | None]"
"""Draws a scenario of a severity; None where what was drawn does not go together."""


def draw_target(rng: random.Random) -> int:
    """Draw how many pods are wanted."""
    return rng.randint(1, _MAX_TARGET)


def draw_fitting(rng: random.Random, rooms: Sequence[Room], target: int) -> Ask | None:
    """Draw an ask that fits with room to spare in both resources; None if there is none."""
    cpu_milli = _largest(sorted(room.cpu_milli for room in rooms), target)
    cpu_milli = grains(int(cpu_milli * rng.uniform(0.2, 0.8)), CPU_GRAIN_MILLI)
    memory_bytes = _largest(sorted(room.memory_bytes for room in rooms), target)
    memory_bytes = grains(int(memory_bytes * rng.uniform(0.2, 0.8)), MEMORY_GRAIN_BYTES)
    ask = Ask(cpu_milli, memory_bytes, target)
    return ask if ask.is_allowed() and places(tuple(rooms), ask) >= target else None


def largest_cpu_milli(rooms: tuple[Room, ...], ask: Ask, *, is_spread: bool = False) -> int:
    """Return the largest CPU request, in whole grains, with which all replicas fit."""
    return CPU_GRAIN_MILLI * _most_grains(
        max(room.cpu_milli for room in rooms) // CPU_GRAIN_MILLI,
        lambda number: (
            places(rooms, ask._replace(cpu_milli=number * CPU_GRAIN_MILLI), is_spread=is_spread)
            >= ask.replicas
        ),
    )


def largest_memory_bytes(rooms: tuple[Room, ...], ask: Ask, *, is_spread: bool = False) -> int:
    """Return the largest memory request, in whole grains, with which all replicas fit."""
    return MEMORY_GRAIN_BYTES * _most_grains(
        max(room.memory_bytes for room in rooms) // MEMORY_GRAIN_BYTES,
        lambda number: (
            places(
                rooms, ask._replace(memory_bytes=number * MEMORY_GRAIN_BYTES), is_spread=is_spread
            )
            >= ask.replicas
        ),
    )


def measured(rng: random.Random, draft: Draft, healthy: Ask) -> Draft:
    """Return the draft with usage below what a healthy ask requests, and perhaps with limits.

    Whoever goes on shrinking requests beyond that will see memory limits fall below the usage.
    """
    if rng.random() < _UNMEASURED:
        return draft
    usage = Usage(
        max(int(healthy.cpu_milli * rng.uniform(0.3, 0.9)), 1),
        max(int(healthy.memory_bytes / MI * rng.uniform(0.3, 0.9)), 1) * MI,
    )
    ratio = rng.choice(_LIMIT_RATIOS)
    problem = replace(draft.problem, usage=usage)
    if ratio is None:
        return replace(draft, problem=problem, memory_usage=schedule(rng, usage.memory_bytes))
    ask = problem.ask
    return replace(
        draft,
        problem=replace(problem, memory_limit_bytes=int(ask.memory_bytes * ratio)),
        cpu_limit_milli=int(ask.cpu_milli * ratio),
        memory_usage=schedule(rng, usage.memory_bytes),
    )


def schedule(rng: random.Random, peak_bytes: int) -> str:
    """Return an annotation for memory that reaches its peak at once or within seconds."""
    peak = peak_bytes // MI
    if rng.random() < 0.5:  # noqa: PLR2004 - an even choice
        return f"{peak}Mi"
    early = max(int(peak * rng.uniform(*_LATE_SHARES)), 1)
    return f"0s={early}Mi,{rng.randint(2, 6)}s={peak}Mi"


def _most_grains(most: int, fits: Callable[[int], bool]) -> int:
    low, high = 1, most + 1
    while high - low > 1:
        middle = (low + high) // 2
        if fits(middle):
            low = middle
        else:
            high = middle
    return low


def _largest(free: list[int], target: int) -> int:
    """Return the largest request of which `target` fit into these rooms."""
    candidates = sorted({room // pods for room in free for pods in range(1, target + 1)})
    for size in reversed(candidates):
        if size and sum(room // size for room in free) >= target:
            return size
    return 0
