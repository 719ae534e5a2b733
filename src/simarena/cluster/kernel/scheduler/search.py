"""Which node does the scheduler choose for a pod?"""

from __future__ import annotations

from simarena.cluster.codes import NONE, Reason
from simarena.cluster.kernel.ground.random import draw_below
from simarena.cluster.kernel.pods.nominations import filter_with_nominated
from simarena.cluster.kernel.scheduler.filters import neighbour_reasons, prepare_filters
from simarena.cluster.kernel.scheduler.fits import find_fits, fit_of
from simarena.cluster.kernel.scheduler.scores import compare_candidates
from simarena.cluster.kernel.scheduler.verdicts import static_reasons
from simarena.cluster.records import World
from simarena.jit.decorators import inner

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
        node_row = world.node_list[position]
        if not static_reasons(world, template_row, node_row) & _NOT_NAMED:
            number += 1
    return number


@inner
def _find_only(world: World, template_row: int, priority: int, pod_row: int) -> int:
    """Make a candidate of the only node where a pod may go, if it can; return 1 if so, else 0."""
    state = world.state[0]
    node_row = state["only_node"]
    if not world.nodes[node_row]["exists"]:
        return 0
    state["next_start_node"] = (state["next_start_node"] + 1) % state["num_nodes"]
    if filter_with_nominated(world, template_row, priority, pod_row, node_row) != 0:
        return 0
    world.candidates[0]["node"] = node_row
    return 1


@inner
def _find_named(world: World, template_row: int, priority: int, pod_row: int) -> int:
    """Make a candidate of the one node that a pod's affinity names, if it can take the pod."""
    state = world.state[0]
    node_row = world.templates[template_row]["named_node"]
    state["next_start_node"] = (state["next_start_node"] + 1) % state["num_nodes"]
    fit_row = find_fits(world, template_row)
    since = world.fit_keys[fit_row]["since"] if fit_row > 0 else 0
    score = fit_of(world, template_row, node_row, fit_row, since)
    if score == NONE or not _admits(world, template_row, priority, pod_row, node_row):
        return 0
    world.candidates[0]["node"] = node_row
    world.candidates[0]["total"] = score
    return 1


@inner
def _write_reasons(world: World, template_row: int, priority: int, pod_row: int) -> None:
    """Write down for each node why it cannot take a pod."""
    for position in range(world.state[0]["num_nodes"]):
        node_row = world.node_list[position]
        world.nodes[node_row]["reasons"] = filter_with_nominated(
            world, template_row, priority, pod_row, node_row
        )


@inner
def _admits(world: World, template_row: int, priority: int, pod_row: int, node_row: int) -> bool:
    """Return whether a node that can take a pod by itself can do so minding all other pods."""
    if world.state[0]["first_nominated"] != NONE and world.nodes[node_row]["num_nominated"] > 0:
        return filter_with_nominated(world, template_row, priority, pod_row, node_row) == 0
    if world.templates[template_row]["filters_pods"]:
        return neighbour_reasons(world, template_row, node_row) == 0
    return True


@inner
def _search(world: World, template_row: int, priority: int, pod_row: int) -> int:
    """Fill the table of candidates from where the last search ended; return how many there are."""
    state = world.state[0]
    candidates = world.candidates
    named = world.templates[template_row]["names_nodes"]
    num_nodes = state["num_nodes"]
    wanted = num_nodes_to_find(_num_named(world, template_row) if named else num_nodes)
    found = 0
    looked = 0
    passed = 0
    fit_row = find_fits(world, template_row)
    since = world.fit_keys[fit_row]["since"] if fit_row > 0 else 0
    position = state["next_start_node"]
    while passed < num_nodes and (found < wanted or found == 0):
        node_row = world.node_list[position]
        passed += 1
        position += 1
        if position == num_nodes:
            position = 0
        score = fit_of(world, template_row, node_row, fit_row, since)
        if score != NONE and _admits(world, template_row, priority, pod_row, node_row):
            candidates[found]["node"] = node_row
            candidates[found]["total"] = score
            found += 1
        if not named or not static_reasons(world, template_row, node_row) & _NOT_NAMED:
            looked += 1
    if num_nodes > 0:
        state["next_start_node"] = (state["next_start_node"] + looked) % num_nodes
    return found


@inner
def find_candidates(world: World, template_row: int, pod_row: int = NONE) -> int:
    """Fill the table of candidates with feasible nodes; return how many there are.

    Their totals are what they score by themselves. From 100 nodes on the search stops early and the
    next one begins where it ended. If the pod's affinity names nodes, no others are looked at or
    counted. If there are none, every node's `reasons` are written.
    """
    prepare_filters(world, template_row)
    priority = world.templates[template_row]["priority"]
    if pod_row != NONE:
        priority = world.pods[pod_row]["priority"]
    if world.state[0]["only_node"] != NONE:
        found = _find_only(world, template_row, priority, pod_row)
    elif world.templates[template_row]["named_node"] != NONE:
        found = _find_named(world, template_row, priority, pod_row)
    else:
        found = _search(world, template_row, priority, pod_row)
    if found == 0:
        _write_reasons(world, template_row, priority, pod_row)
    return found


@inner
def choose_candidate(world: World, num_candidates: int) -> int:
    """Return the node with the highest total; ties are drawn evenly, or go to the first."""
    candidates = world.candidates
    best_total = candidates[0]["total"]
    first = 0
    num_best = 1
    for index in range(1, num_candidates):
        total = candidates[index]["total"]
        if total > best_total:
            best_total = total
            first = index
            num_best = 1
        elif total == best_total:
            num_best += 1
    index = first
    if num_best > 1 and world.settings[0]["random_ties"]:
        passed_over = draw_below(world, num_best)
        while passed_over > 0:
            index += 1
            if candidates[index]["total"] == best_total:
                passed_over -= 1
    return candidates[index]["node"]


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
    compare_candidates(world, template_row, num_candidates, 0)
    return choose_candidate(world, num_candidates)
