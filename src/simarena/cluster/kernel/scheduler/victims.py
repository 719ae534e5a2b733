"""Which pods of a node would have to go for another: a dry run, undone before it returns."""

from __future__ import annotations

import numpy as np

from simarena.cluster.codes import NONE, UNRESOLVABLE
from simarena.cluster.kernel.pods.counting import ALL, count_pod
from simarena.cluster.kernel.pods.nominations import filter_with_nominated
from simarena.cluster.kernel.pods.occupancy import suppose
from simarena.cluster.kernel.scheduler.budgets import open_budgets, spend_budgets
from simarena.cluster.kernel.scheduler.filters import prepare_filters
from simarena.cluster.records import World
from simarena.jit.decorators import inner

NO_POD_OF_LOWER_PRIORITY = UNRESOLVABLE
"""What `select_victims` returns for a node without any pod that could go."""

_NOT_STARTED_S = 1 << 60
_PRIORITY_OFFSET = 1 << 31
# What a pod's `victim` says: it stays; it may go, without or with violating a budget; it must go.
_SPARED = 0
_HARMLESS = 1
_VIOLATING = 2
_CHOSEN = 4


@inner
def _start_s(world: World, pod_row: int) -> int:
    """Return the second in which a pod started; one that has not counts as starting now."""
    ready_ms = world.pods[pod_row]["ready_ms"]
    return _NOT_STARTED_S if ready_ms == NONE else ready_ms // 1_000


@inner
def _matters_more(world: World, pod_row: int, other: int) -> bool:
    """Return whether a pod bound before `other` is spared before it.

    Higher priority first, then the earlier start. Of pods that have not started the scheduler
    spares the one bound last: each asks the clock anew, and the order of its sort does the rest.
    """
    a = world.pods[pod_row]
    b = world.pods[other]
    if a["priority"] != b["priority"]:
        return a["priority"] > b["priority"]
    start_s = _start_s(world, pod_row)
    return start_s <= _start_s(world, other) and start_s != _NOT_STARTED_S


@inner
def _rank_lower_pods(world: World, priority: int, node_row: int) -> int:
    """List a node's pods of lower priority, the most important first; return how many there are.

    They stand in the table `ranked` at the first indices.
    """
    number = 0
    pod_row = world.nodes[node_row]["first_pod"]
    while pod_row != NONE:
        world.pods[pod_row]["victim"] = _SPARED
        if world.pods[pod_row]["priority"] < priority:
            hole = number
            while hole > 0 and _matters_more(world, pod_row, world.ranked[hole - 1]):
                world.ranked[hole] = world.ranked[hole - 1]
                hole -= 1
            world.ranked[hole] = pod_row
            number += 1
        pod_row = world.pods[pod_row]["next_on_node"]
    return number


@inner
def _move(world: World, pod_row: int, node_row: int, sign: int) -> None:
    """Take a pod off its node (sign -1), or put it back, as far as filters can tell."""
    template_row = world.pods[pod_row]["template"]
    suppose(world, template_row, node_row, sign)
    count_pod(world, template_row, node_row, sign, ALL)


@inner
def _reasons_now(
    world: World, template_row: int, priority: int, pod_row: int, node_row: int
) -> int:
    prepare_filters(world, template_row)
    return filter_with_nominated(world, template_row, priority, pod_row, node_row)


@inner
def _reprieve(
    world: World,
    template_row: int,
    priority: int,
    pod_row: int,
    node_row: int,
    number: int,
    mark: int,
) -> None:
    """Put back those of the ranked pods with a mark that leave room; the others become victims."""
    for index in range(number):
        other = world.ranked[index]
        if world.pods[other]["victim"] == mark:
            _move(world, other, node_row, 1)
            if _reasons_now(world, template_row, priority, pod_row, node_row) == 0:
                world.pods[other]["victim"] = _SPARED
            else:
                _move(world, other, node_row, -1)
                world.pods[other]["victim"] = _CHOSEN + mark


@inner
def _write_cost(world: World, node_row: int, number: int) -> None:
    """Write down what the victims among the ranked pods cost, and put them back."""
    cost = world.costs[node_row]
    cost["num_violations"] = 0
    cost["num_victims"] = 0
    cost["sum_priorities"] = 0
    for index in range(number):
        pod_row = world.ranked[index]
        pod = world.pods[pod_row]
        if pod["victim"] >= _CHOSEN:
            if pod["victim"] == _CHOSEN + _VIOLATING:
                cost["num_violations"] += 1
            start_s = _start_s(world, pod_row)
            if cost["num_victims"] == 0:
                cost["top_priority"] = pod["priority"]
                cost["start_s"] = start_s
            elif pod["priority"] == cost["top_priority"]:
                cost["start_s"] = min(cost["start_s"], start_s)
            cost["num_victims"] += 1
            cost["sum_priorities"] += np.int64(pod["priority"]) + _PRIORITY_OFFSET
            _move(world, pod_row, node_row, 1)


@inner
def select_victims(
    world: World, template_row: int, priority: int, pod_row: int, node_row: int
) -> int:
    """Choose which pods of a node would go for a pod; return 0, or the reasons that would remain.

    Victims have `victim` set, the row of the costs tells what they cost. All pods of lower
    priority are thought away; then, beginning with those whose end would violate a
    PodDisruptionBudget and the most important of them, each stays that leaves room.
    """
    number = _rank_lower_pods(world, priority, node_row)
    if number == 0:
        return NO_POD_OF_LOWER_PRIORITY
    has_budgets = world.state[0]["num_budgets"] > 0
    if has_budgets:
        open_budgets(world)
    for index in range(number):
        other = world.ranked[index]
        violates = has_budgets and spend_budgets(world, world.pods[other]["template"])
        world.pods[other]["victim"] = _VIOLATING if violates else _HARMLESS
        _move(world, other, node_row, -1)
    reasons = _reasons_now(world, template_row, priority, pod_row, node_row)
    if reasons == 0:
        if has_budgets:
            _reprieve(world, template_row, priority, pod_row, node_row, number, _VIOLATING)
        _reprieve(world, template_row, priority, pod_row, node_row, number, _HARMLESS)
        _write_cost(world, node_row, number)
    else:
        for index in range(number):
            other = world.ranked[index]
            world.pods[other]["victim"] = _SPARED
            _move(world, other, node_row, 1)
    prepare_filters(world, template_row)
    return reasons & ~UNRESOLVABLE
