"""Healthy pods that ask for many times what they use."""

from __future__ import annotations

from dataclasses import replace
from math import ceil
from typing import TYPE_CHECKING

from simarena.env.scenarios.families.draft import STEPS, Draft, draw_fitting, draw_target, schedule
from simarena.env.scenarios.families.problem import Problem, Usage
from simarena.env.scenarios.families.site import MI, draw_site
from simarena.trace import CPU_STEP_MILLI, MEMORY_STEP_BYTES

if TYPE_CHECKING:
    import random

_CEILINGS = (1.5, 2.0, 2.0, 2.5, 3.0)
_LIMIT_RATIOS = (None, 1.0, 1.5)


def draw_wasteful(rng: random.Random, level: int) -> Draft | None:
    """Draw pods whose requests must come down to a few times their usage, but not below it.

    The ceiling on waste is such that the last action makes the difference.
    """
    site = draw_site(rng)
    rooms = site.rooms()
    target = draw_target(rng)
    ask = draw_fitting(rng, rooms, target)
    if ask is None:
        return None
    steps = rng.randint(*STEPS[level])
    cpu_steps = rng.choice((0, steps, rng.randint(0, steps)))
    memory_steps = steps - cpu_steps
    ceiling = rng.choice(_CEILINGS)
    cpu_milli = _used(rng, ask.cpu_milli, CPU_STEP_MILLI, cpu_steps, ceiling, 1)
    memory_bytes = _used(rng, ask.memory_bytes, MEMORY_STEP_BYTES, memory_steps, ceiling, MI)
    if cpu_milli is None or memory_bytes is None:
        return None
    problem = Problem(
        rooms=rooms,
        target=target,
        ask=ask,
        usage=Usage(cpu_milli, memory_bytes),
        max_waste=ceiling,
    )
    ratio = rng.choice(_LIMIT_RATIOS)
    cpu_limit_milli = None
    if ratio is not None:
        problem = replace(problem, memory_limit_bytes=int(ask.memory_bytes * ratio))
        cpu_limit_milli = int(ask.cpu_milli * ratio)
    return Draft(
        site=site,
        problem=problem,
        cpu_limit_milli=cpu_limit_milli,
        memory_usage=schedule(rng, memory_bytes),
    )


def _used(
    rng: random.Random, asked: int, step: int, num_steps: int, ceiling: float, grain: int
) -> int | None:
    """Draw a usage for which just so many steps bring the request under the ceiling.

    It is in whole grains; None if there is none.
    """
    right = asked - step * num_steps
    if right <= 0:
        return None
    most = right // grain
    least = ceil(right / ceiling / grain)
    if num_steps:
        # One step earlier the request was still above the ceiling.
        most = min(most, ceil((right + step) / ceiling / grain) - 1)
    return rng.randint(least, most) * grain if least <= most else None
