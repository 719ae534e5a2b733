"""A memory limit under the working set: containers are killed, restarted and killed again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from simarena.env.scenarios.families.draft import (
    STEPS,
    Draft,
    draw_fitting,
    draw_target,
    largest_cpu_milli,
    schedule,
)
from simarena.env.scenarios.families.problem import Problem, Usage
from simarena.env.scenarios.families.site import CPU_GRAIN_MILLI, MI, draw_site
from simarena.trace import CPU_STEP_MILLI, MEMORY_STEP_BYTES

if TYPE_CHECKING:
    import random

_RATIOS = (1.0, 1.0, 1.25, 1.5, 2.0)


def draw_too_low(rng: random.Random, level: int) -> Draft | None:
    """Draw containers that use more memory than they may: OOMKilled, then CrashLoopBackOff.

    A limit follows its request, so raising the request by a number of steps cures it.
    """
    return _draw(rng, rng.randint(*STEPS[level]))


def draw_too_low_and_pending(rng: random.Random, level: int) -> Draft | None:
    """Draw the same of pods that ask for too much CPU: the kills only begin once they run."""
    steps = max(rng.randint(*STEPS[level]), 2)
    cpu_steps = rng.randint(1, steps - 1)
    draft = _draw(rng, steps - cpu_steps)
    if draft is None:
        return None
    problem = draft.problem
    ask = problem.ask
    healthy = ask._replace(memory_bytes=ask.memory_bytes + MEMORY_STEP_BYTES * (steps - cpu_steps))
    edge = largest_cpu_milli(problem.rooms, healthy)
    offset = CPU_GRAIN_MILLI * rng.randint(1, CPU_STEP_MILLI // CPU_GRAIN_MILLI)
    ask = ask._replace(cpu_milli=edge + CPU_STEP_MILLI * (cpu_steps - 1) + offset)
    if not ask.is_allowed():
        return None
    return replace(draft, problem=replace(problem, ask=ask))


def draw_too_low_and_miscounted(rng: random.Random, level: int) -> Draft | None:
    """Draw the same of pods that are too many or too few."""
    steps = max(rng.randint(*STEPS[level]), 2)
    replica_steps = min(steps - 1, rng.randint(1, 4))
    draft = _draw(rng, steps - replica_steps)
    if draft is None:
        return None
    ask = draft.problem.ask
    ask = ask._replace(replicas=ask.replicas + rng.choice((-1, 1)) * replica_steps)
    return replace(draft, problem=replace(draft.problem, ask=ask)) if ask.is_allowed() else None


def _draw(rng: random.Random, steps: int) -> Draft | None:
    site = draw_site(rng)
    rooms = site.rooms()
    target = draw_target(rng)
    healthy = draw_fitting(rng, rooms, target)
    if healthy is None:
        return None
    ask = healthy._replace(memory_bytes=healthy.memory_bytes - MEMORY_STEP_BYTES * steps)
    if not ask.is_allowed():
        return None
    problem = Problem(
        rooms=rooms,
        target=target,
        ask=ask,
        memory_limit_bytes=int(ask.memory_bytes * rng.choice(_RATIOS)),
    )
    # The last action makes the difference: the working set lies between the last two limits.
    *_, before, after = problem.limits(steps)
    assert before is not None  # noqa: S101 - both follow from a limit
    assert after is not None  # noqa: S101
    least, most = before // MI + 1, after // MI
    if least > most:
        return None
    usage = Usage(max(int(ask.cpu_milli * rng.uniform(0.3, 0.9)), 1), rng.randint(least, most) * MI)
    return Draft(
        site=site,
        problem=replace(problem, usage=usage),
        memory_usage=schedule(rng, usage.memory_bytes),
    )
