"""More is asked than the nodes give: pods stay Pending until their requests fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.env.scenarios.families.draft import (
    STEPS,
    Draft,
    draw_fitting,
    draw_target,
    largest_cpu_milli,
    largest_memory_bytes,
    measured,
)
from simarena.env.scenarios.families.problem import Problem
from simarena.env.scenarios.families.site import CPU_GRAIN_MILLI, MEMORY_GRAIN_BYTES, draw_site
from simarena.trace import CPU_STEP_MILLI, MEMORY_STEP_BYTES

if TYPE_CHECKING:
    import random

    from simarena.env.scenarios.families.problem import Ask, Room
    from simarena.env.scenarios.families.site import Site


def draw_cpu(rng: random.Random, level: int) -> Draft | None:
    """Draw pods that ask for more CPU than the nodes have."""
    return _draw(rng, rng.randint(*STEPS[level]), 0)


def draw_memory(rng: random.Random, level: int) -> Draft | None:
    """Draw pods that ask for more memory than the nodes have."""
    return _draw(rng, 0, rng.randint(*STEPS[level]))


def draw_both(rng: random.Random, level: int) -> Draft | None:
    """Draw pods that ask for more of both than the nodes have."""
    steps = max(rng.randint(*STEPS[level]), 2)
    cut = rng.randint(1, steps - 1)
    return _draw(rng, cut, steps - cut)


def draw_with_replicas(rng: random.Random, level: int) -> Draft | None:
    """Draw pods that ask for too much and are too many or too few."""
    steps = max(rng.randint(*STEPS[level]), 2)
    replica_steps = min(steps - 1, rng.randint(1, 4))
    rest = steps - replica_steps
    cpu_steps = rng.choice((0, rest, rng.randint(0, rest)))
    return _draw(rng, cpu_steps, rest - cpu_steps, rng.choice((-1, 1)) * replica_steps)


def _draw(
    rng: random.Random, cpu_steps: int, memory_steps: int, replica_steps: int = 0
) -> Draft | None:
    site = draw_site(rng)
    return oversize(
        rng,
        site,
        site.rooms(),
        cpu_steps=cpu_steps,
        memory_steps=memory_steps,
        replica_steps=replica_steps,
    )


def oversize(
    rng: random.Random,
    site: Site,
    rooms: tuple[Room, ...],
    *,
    cpu_steps: int,
    memory_steps: int,
    replica_steps: int = 0,
    is_spread: bool = False,
) -> Draft | None:
    """Return a healthy workload made too large by so many actions of each kind.

    It begins with the largest request that fits, so that not one action less leads back there.
    """
    target = draw_target(rng)
    fitting = draw_fitting(rng, rooms, target)
    if fitting is None:
        return None
    ask = fitting
    if cpu_steps:
        edge = largest_cpu_milli(rooms, fitting, is_spread=is_spread)
        offset = CPU_GRAIN_MILLI * rng.randint(1, CPU_STEP_MILLI // CPU_GRAIN_MILLI)
        ask = ask._replace(cpu_milli=edge + CPU_STEP_MILLI * (cpu_steps - 1) + offset)
    if memory_steps:
        edge = largest_memory_bytes(rooms, fitting, is_spread=is_spread)
        offset = MEMORY_GRAIN_BYTES * rng.randint(1, MEMORY_STEP_BYTES // MEMORY_GRAIN_BYTES)
        ask = ask._replace(memory_bytes=edge + MEMORY_STEP_BYTES * (memory_steps - 1) + offset)
    ask = ask._replace(replicas=target + replica_steps)
    healthy = _lowered(ask, cpu_steps, memory_steps)._replace(replicas=target)
    if not (ask.is_allowed() and healthy.is_allowed()):
        return None
    problem = Problem(rooms=rooms, target=target, ask=ask, is_spread=is_spread)
    return measured(rng, Draft(site=site, problem=problem), healthy)


def _lowered(ask: Ask, cpu_steps: int, memory_steps: int) -> Ask:
    return ask._replace(
        cpu_milli=ask.cpu_milli - CPU_STEP_MILLI * cpu_steps,
        memory_bytes=ask.memory_bytes - MEMORY_STEP_BYTES * memory_steps,
    )
