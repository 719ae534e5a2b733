"""Families of problems: each draws clusters and workloads with one kind of trouble."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simarena.env.scenarios.families import (
    memory_limit,
    neighbours,
    over_allocation,
    oversized,
    placement,
    replicas,
)

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from simarena.env.scenarios.families.draft import Draft

    DrawFamily = Callable[[random.Random, int], Draft | None]

_DRAWS: Final[dict[str, tuple[DrawFamily, ...]]] = {
    "cpu_insufficient": (oversized.draw_cpu,),
    "mem_insufficient": (oversized.draw_memory, memory_limit.draw_too_low),
    "replica_deficit": (replicas.draw_deficit,),
    "combined": (oversized.draw_both, memory_limit.draw_too_low_and_pending),
    "over_allocation": (over_allocation.draw_wasteful,),
    "replica_surplus": (replicas.draw_surplus,),
    "mixed": (oversized.draw_with_replicas, memory_limit.draw_too_low_and_miscounted),
    "noisy_neighbour": (neighbours.draw_evicted,),
    "taints": (placement.draw_taints,),
    "spreading": (placement.draw_spreading,),
    "priority": (placement.draw_priority,),
    "healthy": (replicas.draw_healthy,),
}

FAMILIES: Final = tuple(_DRAWS)
"""Kinds of problems, as docs/scenarios.md describes them."""

CORE_FAMILIES: Final = FAMILIES[:5]
"""The five that SimArena was made for."""


def draw(rng: random.Random, family: str, level: int) -> Draft | None:
    """Draw a scenario of a family; None where what was drawn does not go together."""
    return rng.choice(_DRAWS[family])(rng, level)
