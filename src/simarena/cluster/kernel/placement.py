"""Which node does the scheduler choose, and what does it say when there is none?"""

from __future__ import annotations

from simarena.cluster.codes import MAX_REASONS, NONE, NUM_COUNTS, UNRESOLVABLE, Count
from simarena.cluster.kernel._jit import inner
from simarena.cluster.kernel.filters import filter_node, prepare_filters
from simarena.cluster.kernel.random import draw_below
from simarena.cluster.kernel.scores import score_candidates
from simarena.cluster.records import World

_MIN_FEASIBLE_NODES = 100


@inner
def num_nodes_to_find(num_nodes: int) -> int:
    """Return after how many feasible nodes the search stops (percentageOfNodesToScore 0)."""
    if num_nodes < _MIN_FEASIBLE_NODES:
        return num_nodes
    per_cent = max(5, 50 - num_nodes // 125)
    return max(_MIN_FEASIBLE_NODES, num_nodes * per_cent // 100)


@inner
def find_candidates(world: World, template_row: int) -> int:
    """Fill the table of candidates with feasible nodes; return how many there are.

    From 100 nodes on the search stops early and the next one begins where it ended.
    """
    prepare_filters(world, template_row)
    state = world.state[0]
    num_nodes = state["num_nodes"]
    wanted = num_nodes_to_find(num_nodes)
    found = 0
    looked = 0
    start = state["next_start_node"]
    while looked < num_nodes and found < wanted:
        position = start + looked
        if position >= num_nodes:
            position -= num_nodes
        node_row = world.nodes[position]["listed"]
        if filter_node(world, template_row, node_row) == 0:
            world.candidates[found]["node"] = node_row
            found += 1
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
def choose_node(world: World, template_row: int) -> int:
    """Return the row of the node that the scheduler gives a pod of this template, or NONE."""
    num_candidates = find_candidates(world, template_row)
    if num_candidates == 0:
        return NONE
    if num_candidates == 1:
        return world.candidates[0]["node"]
    score_candidates(world, template_row, num_candidates)
    return choose_candidate(world, num_candidates)


@inner
def diagnose(world: World, template_row: int, diagnosis_row: int) -> int:
    """Count in a row of diagnoses why nodes reject the pod; return the mask of all reasons."""
    counts = world.diagnoses[diagnosis_row]
    for column in range(NUM_COUNTS):
        counts[column] = 0
    num_nodes = world.state[0]["num_nodes"]
    preempts = world.templates[template_row]["preempts"]
    all_reasons = 0
    for position in range(num_nodes):
        node_row = world.nodes[position]["listed"]
        reasons = filter_node(world, template_row, node_row)
        all_reasons |= reasons
        for bit in range(MAX_REASONS):
            if reasons >> bit & 1:
                counts[bit] += 1
        if reasons & UNRESOLVABLE:
            counts[MAX_REASONS + Count.NOT_HELPFUL] += 1
        else:
            counts[MAX_REASONS + Count.NO_VICTIMS] += 1
    counts[MAX_REASONS + Count.NODES] = num_nodes
    if not preempts:
        counts[MAX_REASONS + Count.NEVER] = 1
    return all_reasons
