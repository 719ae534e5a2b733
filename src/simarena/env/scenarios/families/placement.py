"""Rules of placement that leave a workload less room than the cluster seems to have."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from simarena.env.scenarios.families.draft import STEPS
from simarena.env.scenarios.families.oversized import oversize
from simarena.env.scenarios.families.problem import places
from simarena.env.scenarios.families.site import Site, draw_neighbour, draw_sizes

if TYPE_CHECKING:
    import random

    from simarena.env.scenarios.families.draft import Draft
    from simarena.env.scenarios.families.problem import Room

_MOST_ZONES = 3
_BUSY_NODES = 0.7


def draw_taints(rng: random.Random, level: int) -> Draft | None:
    """Draw pods that would fit, if part of the nodes were not kept for others by a taint."""
    nodes = draw_sizes(rng, 2)
    kept = rng.sample(range(len(nodes)), rng.randint(1, len(nodes) - 1))
    tainted = [replace(node, is_tainted=row in kept) for row, node in enumerate(nodes)]
    site = Site(tuple(tainted))
    return _blamed(_oversized(rng, level, site, site.rooms()), site.rooms(tainted=True))


def draw_spreading(rng: random.Random, level: int) -> Draft | None:
    """Draw pods that must be spread evenly over zones, of which one has little room."""
    nodes = draw_sizes(rng, 2)
    num_zones = rng.randint(2, min(_MOST_ZONES, len(nodes)))
    zones = [*range(num_zones), *(rng.randrange(num_zones) for _ in nodes[num_zones:])]
    zoned = tuple(replace(node, zone=zone) for node, zone in zip(nodes, zones, strict=True))
    rows = [row for row in range(len(nodes)) if rng.random() < _BUSY_NODES]
    site = Site(zoned, tuple(draw_neighbour(rng, nodes[row], row) for row in rows))
    draft = _oversized(rng, level, site, site.rooms(by_zone=True), is_spread=True)
    if draft is not None:
        draft = replace(draft, spreads_over_zones=True)
    return _blamed(draft, site.rooms())


def draw_priority(rng: random.Random, level: int) -> Draft | None:
    """Draw pods that run until more important ones come and take their places."""
    nodes = tuple(draw_sizes(rng))
    rows = [row for row in range(len(nodes)) if rng.random() < _BUSY_NODES] or [0]
    site = Site(
        nodes, tuple(draw_neighbour(rng, nodes[row], row, is_critical=True) for row in rows)
    )
    return _blamed(_oversized(rng, level, site, site.rooms()), Site(nodes).rooms())


def _oversized(
    rng: random.Random,
    level: int,
    site: Site,
    rooms: tuple[Room, ...],
    *,
    is_spread: bool = False,
) -> Draft | None:
    steps = rng.randint(*STEPS[level])
    cpu_steps = rng.choice((0, steps))
    return oversize(
        rng,
        site,
        rooms,
        cpu_steps=cpu_steps,
        memory_steps=steps - cpu_steps,
        is_spread=is_spread,
    )


def _blamed(draft: Draft | None, rooms: tuple[Room, ...]) -> Draft | None:
    """Return the draft if, without the rule, its pods would all fit into `rooms`."""
    if draft is None or places(rooms, draft.problem.ask) < draft.problem.target:
        return None
    return draft
