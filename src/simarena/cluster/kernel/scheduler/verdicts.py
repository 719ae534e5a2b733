"""What a pod's template and a node decide between them, looked up in classes."""

from __future__ import annotations

from simarena.cluster.records import World
from simarena.jit.decorators import inner


@inner
def static_reasons(world: World, template_row: int, node_row: int) -> int:
    """Return the mask of why a node rejects pods of a template, whatever runs there."""
    ask = world.templates[template_row]["ask"]
    reasons: int = world.verdicts[ask, world.nodes[node_row]["sort"]]["reasons"]
    return reasons


@inner
def evicted_after_s(world: World, template_row: int, node_row: int) -> int:
    """Return 1 more than the seconds that a node's taints let a pod stay; 0: for ever."""
    ask = world.templates[template_row]["ask"]
    seconds: int = world.verdicts[ask, world.nodes[node_row]["sort"]]["evicted_after_s"]
    return seconds


@inner
def image_score(world: World, template_row: int, node_row: int) -> int:
    """Return what the images that a node has already are worth to pods of a template, 0 to 100."""
    ask = world.templates[template_row]["image_ask"]
    score: int = world.image_scores[ask, world.nodes[node_row]["image_sort"]]
    return score
