"""Pods that wait for room which their victims are giving up on a node."""

from __future__ import annotations

from simarena.cluster.codes import NONE
from simarena.cluster.kernel.pods.counting import ALL, count_pod
from simarena.cluster.kernel.pods.occupancy import suppose
from simarena.cluster.kernel.scheduler.filters import filter_node, prepare_filters
from simarena.cluster.records import World
from simarena.jit.decorators import inner


@inner
def nominate(world: World, pod_row: int, node_row: int) -> None:
    """Keep room on a node for a pod, against pods of lower priority."""
    clear_nomination(world, pod_row)
    state = world.state[0]
    world.pods[pod_row]["nominated_node"] = node_row
    world.nodes[node_row]["num_nominated"] += 1
    world.pods[pod_row]["next_nominated"] = state["first_nominated"]
    state["first_nominated"] = pod_row


@inner
def clear_nomination(world: World, pod_row: int) -> None:
    """Keep no room for a pod any longer."""
    if world.pods[pod_row]["nominated_node"] == NONE:
        return
    world.nodes[world.pods[pod_row]["nominated_node"]]["num_nominated"] -= 1
    world.pods[pod_row]["nominated_node"] = NONE
    after = world.pods[pod_row]["next_nominated"]
    other = world.state[0]["first_nominated"]
    if other == pod_row:
        world.state[0]["first_nominated"] = after
        return
    while world.pods[other]["next_nominated"] != pod_row:
        other = world.pods[other]["next_nominated"]
    world.pods[other]["next_nominated"] = after


@inner
def clear_lower_nominations(world: World, priority: int, node_row: int) -> None:
    """Keep no room on a node for pods of lower priority any longer."""
    other = world.state[0]["first_nominated"]
    while other != NONE:
        after = world.pods[other]["next_nominated"]
        pod = world.pods[other]
        if pod["nominated_node"] == node_row and pod["priority"] < priority:
            clear_nomination(world, other)
        other = after


@inner
def _occupy(world: World, priority: int, pod_row: int, node_row: int, sign: int) -> int:
    """Put the other pods nominated to a node there, or take them away; return how many.

    Those of lower priority do not count.
    """
    number = 0
    other = world.state[0]["first_nominated"]
    while other != NONE:
        pod = world.pods[other]
        if other != pod_row and pod["nominated_node"] == node_row and pod["priority"] >= priority:
            suppose(world, pod["template"], node_row, sign)
            count_pod(world, pod["template"], node_row, sign, ALL)
            number += 1
        other = pod["next_nominated"]
    return number


@inner
def filter_with_nominated(
    world: World, template_row: int, priority: int, pod_row: int, node_row: int
) -> int:
    """Return why a pod cannot run on a node, as `filter_node` does, minding room kept for others.

    It must fit both with the pods nominated to the node and without them: they may never come, and
    the pod may need them as neighbours. `pod_row` may be NONE.
    """
    if world.nodes[node_row]["num_nominated"] > 0:
        number = _occupy(world, priority, pod_row, node_row, 1)
        if number > 0:
            prepare_filters(world, template_row)
            reasons = filter_node(world, template_row, node_row)
            _occupy(world, priority, pod_row, node_row, -1)
            prepare_filters(world, template_row)
            if reasons != 0:
                return reasons
    return filter_node(world, template_row, node_row)
