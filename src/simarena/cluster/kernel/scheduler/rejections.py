"""Pods that no node can take: why, counted over the nodes, and remembered while nothing changes."""

from __future__ import annotations

from simarena.cluster.codes import MAX_REASONS, NONE, NUM_COUNTS, UNRESOLVABLE, Count
from simarena.cluster.records import World
from simarena.jit.decorators import inner


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
        reasons = world.nodes[world.node_list[position]]["reasons"]
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


@inner
def is_rejected_again(world: World, pod_row: int) -> bool:
    """Return whether a pod like this one has just found no node, and nothing has changed since.

    Nothing is remembered of pods that may go to certain nodes only, as their searches move where
    the next one begins; nor where preemption could follow, which is tried for each pod.
    """
    state = world.state[0]
    if state["rejected_epoch"] != state["epoch"] or state["only_node"] != NONE:
        return False
    if state["priorities_differ"]:
        return False
    template_row = world.pods[pod_row]["template"]
    other = world.pods[state["rejected_pod"]]
    return (
        other["template"] == template_row
        and other["uid"] == state["rejected_uid"]
        and world.templates[template_row]["names_nodes"] == 0
    )


@inner
def explain_rejection(world: World, pod_row: int) -> None:
    """Write down why a pod found no node: as was found out for a pod like it, or just now."""
    state = world.state[0]
    pod = world.pods[pod_row]
    if is_rejected_again(world, pod_row):
        other = state["rejected_pod"]
        pod["rejected_by"] = world.pods[other]["rejected_by"]
        if other != pod_row:
            for column in range(NUM_COUNTS):
                world.diagnoses[pod_row, column] = world.diagnoses[other, column]
        return
    pod["rejected_by"] = diagnose(world, pod["template"], pod_row)
    state["rejected_epoch"] = state["epoch"]
    state["rejected_pod"] = pod_row
    state["rejected_uid"] = pod["uid"]
