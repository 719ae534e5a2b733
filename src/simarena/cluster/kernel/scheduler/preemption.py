"""Room for a pod at the cost of others (kube-scheduler's DefaultPreemption)."""

from __future__ import annotations

from simarena.cluster.codes import MAX_REASONS, NONE, UNRESOLVABLE, Count, Disruption
from simarena.cluster.kernel.ground.random import draw_below
from simarena.cluster.kernel.scheduler.budgets import count_budgets
from simarena.cluster.kernel.scheduler.victims import NO_POD_OF_LOWER_PRIORITY, select_victims
from simarena.cluster.records import World
from simarena.jit.decorators import inner

_LEAST_CANDIDATES = 100
_PERCENT = 10


@inner
def is_eligible(world: World, template_row: int, priority: int, node_row: int) -> int:
    """Return the Count that says why a pod may not preempt now, NONE if it may.

    `node_row` is the node it is nominated to: while victims of its priority's cost are still being
    deleted there it waits for them, unless that node has become impossible.
    """
    if not world.templates[template_row]["preempts"]:
        return Count.NEVER
    if node_row == NONE or not world.nodes[node_row]["exists"]:
        return NONE
    if world.nodes[node_row]["reasons"] & UNRESOLVABLE:
        return NONE
    pod_row = world.nodes[node_row]["first_pod"]
    while pod_row != NONE:
        pod = world.pods[pod_row]
        if (
            pod["deleting"]
            and pod["disrupted"] == Disruption.PREEMPTED
            and pod["priority"] < priority
        ):
            return Count.WAITING
        pod_row = pod["next_on_node"]
    return NONE


@inner
def _num_potential(world: World) -> int:
    """Return on how many nodes the end of other pods might help."""
    number = 0
    for position in range(world.state[0]["num_nodes"]):
        node_row = world.node_list[position]
        if not world.nodes[node_row]["reasons"] & UNRESOLVABLE:
            number += 1
    return number


@inner
def _is_better(world: World, node_row: int, best: int) -> int:
    """Return 1 if preemption costs less on a node than on the best so far, 0 if the same, else -1.

    Fewest violated budgets, lowest top victim, lowest sum of priorities, fewest victims, and the
    latest start of the top victims.
    """
    a = world.costs[node_row]
    b = world.costs[best]
    if a["num_violations"] != b["num_violations"]:
        return 1 if a["num_violations"] < b["num_violations"] else -1
    if a["top_priority"] != b["top_priority"]:
        return 1 if a["top_priority"] < b["top_priority"] else -1
    if a["sum_priorities"] != b["sum_priorities"]:
        return 1 if a["sum_priorities"] < b["sum_priorities"] else -1
    if a["num_victims"] != b["num_victims"]:
        return 1 if a["num_victims"] < b["num_victims"] else -1
    if a["start_s"] != b["start_s"]:
        return 1 if a["start_s"] > b["start_s"] else -1
    return 0


@inner
def preempt(
    world: World, template_row: int, priority: int, pod_row: int, diagnosis_row: int, draws: int
) -> int:
    """Return the node where a pod costs others least, its victims marked; NONE if there is none.

    Each node's `reasons` are those for which it rejected the pod. The table of costs tells
    what each node would cost, those of equal cost with equal `rank`; the row of diagnoses what dry
    runs found. With `draws` 0 the first of equal nodes is taken and nothing is drawn.
    """
    state = world.state[0]
    counts = world.diagnoses[diagnosis_row]
    potential = _num_potential(world)
    wanted = min(max(potential * _PERCENT // 100, _LEAST_CANDIDATES), potential)
    skipped = draw_below(world, potential) if draws and potential > wanted else 0
    if state["num_budgets"] > 0:
        count_budgets(world)
    for node_row in range(state["num_node_rows"]):
        world.costs[node_row]["rank"] = 0
    counts[MAX_REASONS + Count.NO_VICTIMS] = 0
    best = NONE
    rank = 0
    num_equal = 0
    num_found = 0
    num_harmless = 0
    num_tried = 0
    num_passed = 0
    position = 0
    while num_tried < potential and (num_found < wanted or num_harmless == 0):
        node_row = world.node_list[position]
        position = position + 1 if position + 1 < state["num_nodes"] else 0
        if world.nodes[node_row]["reasons"] & UNRESOLVABLE:
            continue
        num_passed += 1
        if num_passed <= skipped:
            continue
        num_tried += 1
        status = select_victims(world, template_row, priority, pod_row, node_row)
        if status == NO_POD_OF_LOWER_PRIORITY:
            counts[MAX_REASONS + Count.NO_VICTIMS] += 1
        elif status != 0:
            for bit in range(MAX_REASONS):
                if status >> bit & 1:
                    counts[MAX_REASONS + Count.STILL + bit] += 1
        else:
            num_found += 1
            if world.costs[node_row]["num_violations"] == 0:
                num_harmless += 1
            order = 1 if best == NONE else _is_better(world, node_row, best)
            if order == 1:
                best = node_row
                rank += 1
                num_equal = 1
                world.costs[node_row]["rank"] = rank
            elif order == 0:
                world.costs[node_row]["rank"] = rank
                num_equal += 1
                if draws and draw_below(world, num_equal) == 0:
                    best = node_row
    if best != NONE:
        for column in range(MAX_REASONS + Count.NO_VICTIMS, counts.shape[0]):
            counts[column] = 0
    return best
