"""The wrong number of pods, or nothing wrong at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.env.scenarios.families.draft import STEPS, Draft, draw_fitting, draw_target, measured
from simarena.env.scenarios.families.problem import Problem
from simarena.env.scenarios.families.site import draw_site

if TYPE_CHECKING:
    import random


def draw_deficit(rng: random.Random, level: int) -> Draft | None:
    """Draw too few replicas, with room for the missing ones."""
    return _draw(rng, -rng.randint(*STEPS[level]))


def draw_surplus(rng: random.Random, level: int) -> Draft | None:
    """Draw too many replicas, whether or not there is room for them."""
    return _draw(rng, rng.randint(*STEPS[level]))


def draw_healthy(rng: random.Random, level: int) -> Draft | None:  # noqa: ARG001 - as all families
    """Draw a workload that is as it should be."""
    return _draw(rng, 0)


def _draw(rng: random.Random, replica_steps: int) -> Draft | None:
    site = draw_site(rng)
    target = draw_target(rng)
    if replica_steps < 0:
        target = rng.randint(1 - replica_steps, max(1 - replica_steps, 13))
    rooms = site.rooms()
    healthy = draw_fitting(rng, rooms, target)
    if healthy is None:
        return None
    ask = healthy._replace(replicas=target + replica_steps)
    problem = Problem(rooms=rooms, target=target, ask=ask)
    return measured(rng, Draft(site=site, problem=problem), healthy)
