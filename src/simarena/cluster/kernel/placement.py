"""Which node does the scheduler choose, and what does it say when there is none?"""

from __future__ import annotations

from simarena.cluster.codes import MAX_REASONS, NONE, NUM_COUNTS, UNRESOLVABLE, Count, Reason
from simarena.cluster.kernel._jit import inner
from simarena.cluster.kernel.filters import prepare_filters
from simarena.cluster.kernel.nominations import filter_with_nominated
from simarena.cluster.kernel.random import draw_below
from simarena.cluster.kernel.scores import score_candidates
from simarena.cluster.records import World

_MIN_FEASIBLE_NODES = 100
_NOT_NAMED = 1 << Reason.NODE_AFFINITY_PREFILTER


@inner
def num_nodes_to_find(num_nodes: int) -> int:
    """Return after how many feasible nodes the search stops (percentageOfNodesToScore 0)."""
    if num_nodes < _MIN_FEASIBLE_NODES:
        return num_nodes
    per_cent = max(5, 50 - num_nodes // 125)
    return max(_MIN_FEASIBLE_NODES, num_nodes * per_cent // 100)


@inner
def _num_named(world: World, template_row: int) -> int:
    """Return how many nodes there are of those that the pod's affinity names."""
    number = 0
    for position in range(world.state[0]["num_nodes"]):
        node_row = world.nodes[position]["listed"]
        if not world.template_nodes[template_row, node_row]["reasons"] & _NOT_NAMED:
            number += 1
    return number


@inner
def find_candidates(world: World, template_row: int, pod_row: int = NONE) -> int:
    """Fill the table of candidates with feasible nodes; return how many there are.

    From 100 nodes on the search stops early and the next one begins where it ended. If the pod's
    affinity names nodes, no others are looked at or counted. Every node's `reasons` are written
    where the search does not stop early.
    """
    prepare_filters(world, template_row)
    state = world.state[0]
    template = world.templates[template_row]
    named = template["names_nodes"]
    num_nodes = state["num_nodes"]
    wanted = num_nodes_to_find(_num_named(world, template_row) if named else num_nodes)
    if state["only_node"] != NONE:
        named = 1
        wanted = 1
    priority = template["priority"] if pod_row == NONE else world.pods[pod_row]["priority"]
    found = 0
    looked = 0
    passed = 0
    start = state["next_start_node"]
    while passed < num_nodes and (found < wanted or found == 0):
        position = start + passed
        if position >= num_nodes:
            position -= num_nodes
        node_row = world.nodes[position]["listed"]
        passed += 1
        reasons = filter_with_nominated(world, template_row, priority, pod_row, node_row)
        world.nodes[node_row]["reasons"] = reasons
        if reasons == 0:
            world.candidates[found]["node"] = node_row
            found += 1
        if not named or not reasons & _NOT_NAMED:
            looked += 1
    if num_nodes > 0:
        state["next_start_node"] = (start + looked) % num_nodes
    return found


@inner
def choose_candidate(world: World, num_candidates: int) -> int:
    """Return the node with the highest total; ties are drawn evenly, or go to the first."""
    best = world.candidates[0]["node"]
    best_total = world.candidates[0]["total"]
    num_best = 1
    random_ties = world.settings[0]["random_ties"]
    for row in range(1, num_candidates):
        total = world.candidates[row]["total"]
        if total > best_total:
            best_total = total
            best = world.candidates[row]["node"]
            num_best = 1
        elif total == best_total and random_ties:
            num_best += 1
            if draw_below(world, num_best) == 0:
                best = world.candidates[row]["node"]
    return best


@inner
def choose_node(world: World, template_row: int, pod_row: int = NONE) -> int:
    """Return the row of the node that the scheduler gives a pod of this template, or NONE.

    A pod for which room was made on a node goes there if it can.
    """
    if pod_row != NONE and world.pods[pod_row]["nominated_node"] != NONE:
        node_row = world.pods[pod_row]["nominated_node"]
        priority = world.pods[pod_row]["priority"]
        prepare_filters(world, template_row)
        if (
            world.nodes[node_row]["exists"]
            and filter_with_nominated(world, template_row, priority, pod_row, node_row) == 0
        ):
            return node_row
    num_candidates = find_candidates(world, template_row, pod_row)
    if num_candidates == 0:
        return NONE
    if num_candidates == 1:
        return world.candidates[0]["node"]
    score_candidates(world, template_row, num_candidates)
    return choose_candidate(world, num_candidates)


@inner
def diagnose(world: World, template_row: int, diagnosis_row: int) -> int:
    """Count, into a row of diagnoses, why each node rejected a pod; return the mask of all reasons.

    Each node's `reasons` are those of the search that found none.
    """
    counts = world.diagnoses[diagnosis_row]
    for column in range(NUM_COUNTS):
        counts[column] = 0
    num_nodes = world.state[0]["num_nodes"]
    template = world.templates[template_row]
    all_reasons = 0
    for position in range(num_nodes):
        reasons = world.nodes[world.nodes[position]["listed"]]["reasons"]
        if reasons & UNRESOLVABLE:
            counts[MAX_REASONS + Count.NOT_HELPFUL] += 1
        else:
            counts[MAX_REASONS + Count.NO_VICTIMS] += 1
        reasons &= ~UNRESOLVABLE
        all_reasons |= reasons
        bit = 0
        while reasons != 0:
            if reasons & 1:
                counts[bit] += 1
            reasons >>= 1
            bit += 1
    counts[MAX_REASONS + Count.NODES] = num_nodes
    counts[MAX_REASONS + Count.NEVER] = 0 if template["preempts"] else 1
    counts[MAX_REASONS + Count.CONFLICT] = template["affinity_conflict"]
    return all_reasons
