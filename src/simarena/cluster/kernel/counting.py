"""How many pods of a kind are where: counts by topology domain, kept as pods come and go."""

from __future__ import annotations

from simarena.cluster.codes import NONE
from simarena.cluster.kernel._jit import inner
from simarena.cluster.records import World

LIVING = 0
"""Counters that leave out pods that are being deleted."""
OCCUPYING = 1
"""Counters of all pods that hold room on their node."""
ALL = 2


@inner
def count_pod(world: World, template_row: int, node_row: int, sign: int, which: int) -> None:
    """Count a pod of a template in (sign 1) or out (sign -1) in the domains of its node.

    `which` tells the counters apart that leave out pods that are being deleted.
    """
    row = world.templates[template_row]["first_counted"]
    while row != NONE:
        term = world.terms[row]
        counter_row = term["counter"]
        counter = world.counters[counter_row]
        nodes = counter["nodes"]
        domain = world.node_domains[node_row, counter["key"]]
        if (
            domain != NONE
            and (which == ALL or which == counter["terminating"])
            and (nodes == NONE or world.node_domains[node_row, nodes] != NONE)
        ):
            amount = sign * term["weight"]
            world.domain_counts[counter_row, domain] += amount
            counter["total"] += amount
        row = term["next"]


@inner
def write_least(world: World, counter_row: int) -> None:
    """Write into a counter how many pods the emptiest domain has, of those that count."""
    counter = world.counters[counter_row]
    nodes = counter["nodes"]
    key = counter["key"]
    least = NONE
    for position in range(world.state[0]["num_nodes"]):
        node_row = world.nodes[position]["listed"]
        domain = world.node_domains[node_row, key]
        if domain != NONE and (nodes == NONE or world.node_domains[node_row, nodes] != NONE):
            count = world.domain_counts[counter_row, domain]
            if least == NONE or count < least:
                least = count
    counter["least"] = max(least, 0)
