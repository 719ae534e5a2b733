"""How many pods of a kind are where: counts by topology domain, kept as pods come and go."""

from __future__ import annotations

from simarena.cluster.codes import NONE
from simarena.cluster.kernel.pods.folding import note_count, unfold
from simarena.cluster.records import World
from simarena.jit.decorators import inner

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
    world.state[0]["epoch"] += 1
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
            counts_row = unfold(world, counter_row)
            before = world.domain_counts[counts_row, domain]
            after = before + sign * term["weight"]
            world.domain_counts[counts_row, domain] = after
            note_count(world, counts_row, domain, before, after)
            counter["total"] += after - before
            if counter["num_least"] > 0:
                _keep_least(world, counter_row, before, after)
        row = term["next"]


@inner
def _keep_least(world: World, counter_row: int, before: int, after: int) -> None:
    """Keep the least count of a counter as the count of one domain changes.

    When the last of the emptiest domains gets a pod, the next to ask has to look at all of them.
    """
    counter = world.counters[counter_row]
    if before == counter["least"]:
        counter["num_least"] -= 1
    if after < counter["least"]:
        counter["least"] = after
        counter["num_least"] = 1
    elif after == counter["least"]:
        counter["num_least"] += 1


@inner
def write_least(world: World, counter_row: int) -> None:
    """Write into a counter how many pods the emptiest domain has, of those that count.

    Where that is known nothing is looked at; else nodes are, until every domain has been seen.
    """
    counter = world.counters[counter_row]
    if counter["num_least"] > 0:
        return
    counts_row = unfold(world, counter_row)
    nodes = counter["nodes"]
    key = counter["key"]
    seen = world.domain_counts[world.domain_counts.shape[0] - 1]
    num_domains = 0
    least = NONE
    number = 0
    position = 0
    while position < world.state[0]["num_nodes"] and num_domains < counter["num_domains"]:
        node_row = world.node_list[position]
        position += 1
        domain = world.node_domains[node_row, key]
        if (
            domain != NONE
            and seen[domain] == 0
            and (nodes == NONE or world.node_domains[node_row, nodes] != NONE)
        ):
            seen[domain] = 1
            num_domains += 1
            count = world.domain_counts[counts_row, domain]
            if least == NONE or count < least:
                least = count
                number = 1
            elif count == least:
                number += 1
    for visited in range(position):
        domain = world.node_domains[world.node_list[visited], key]
        if domain != NONE:
            seen[domain] = 0
    counter["least"] = max(least, 0)
    counter["num_least"] = number
