"""May a pod run on a node? Each bound, just met and just missed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cluster.kernel.stage import Stage

from simarena.cluster.codes import UNRESOLVABLE, Reason
from simarena.cluster.kernel.scheduler.filters import filter_node, fit_reasons
from simarena.cluster.rows.tables import Capacities, grown

RESOURCES = {
    "cpu": ("milli", Reason.INSUFFICIENT_CPU),
    "memory": ("bytes", Reason.INSUFFICIENT_MEMORY),
    "ephemeral": ("bytes", Reason.INSUFFICIENT_EPHEMERAL_STORAGE),
}
AMOUNT = st.integers(0, 20)


@given(st.tuples(AMOUNT, AMOUNT, AMOUNT), st.tuples(AMOUNT, AMOUNT, AMOUNT), st.data())
def test_resources_fit_as_the_rule_says(
    asked: tuple[int, ...], has: tuple[int, ...], data: st.DataObject
) -> None:
    world = Stage(num_nodes=1).world
    expected = 0
    for (name, (unit, reason)), want, capacity in zip(RESOURCES.items(), asked, has, strict=True):
        used = data.draw(st.integers(0, capacity))
        world.templates[0][f"{name}_{unit}"] = want
        world.nodes[0][f"{name}_{unit}"] = capacity
        world.nodes[0][f"{name}_requested_{unit}"] = used
        if want and used + want > capacity:
            expected |= 1 << reason | (UNRESOLVABLE if want > capacity else 0)
    assert fit_reasons(world, 0, 0) == expected


@pytest.mark.parametrize(("num_pods", "reasons"), [(109, 0), (110, 1 << Reason.TOO_MANY_PODS)])
def test_a_node_takes_so_many_pods(num_pods: int, reasons: int) -> None:
    world = Stage(num_nodes=1).world
    world.nodes[0]["num_pods"] = num_pods
    assert fit_reasons(world, 0, 0) == reasons


def test_a_pod_that_asks_for_nothing_fits_where_nothing_is_left() -> None:
    world = Stage(num_nodes=1).world
    world.templates[0]["cpu_milli"] = world.templates[0]["memory_bytes"] = 0
    world.nodes[0]["cpu_milli"] = world.nodes[0]["memory_bytes"] = 0
    assert fit_reasons(world, 0, 0) == 0


def test_extended_resources_are_named_by_their_column() -> None:
    world = grown(Stage(num_nodes=1).world, Capacities(extended=3))
    world.templates[0]["has_extended"] = 1
    world.template_extended[0] = [0, 2, 3]
    world.node_extended[0] = [[0, 0], [2, 1], [2, 0]]
    second, third = (1 << (Reason.INSUFFICIENT_EXTENDED + column) for column in (1, 2))
    assert fit_reasons(world, 0, 0) == second | third | UNRESOLVABLE
    world.node_extended[0, 1:] = [[2, 0], [3, 0]]
    assert fit_reasons(world, 0, 0) == 0


def test_the_first_filter_that_fails_gives_all_the_reasons() -> None:
    world = Stage(num_nodes=1).world
    world.nodes[0]["cpu_milli"] = 0
    taint = 1 << Reason.TAINT | UNRESOLVABLE
    world.verdicts[0, 0]["reasons"] = taint
    assert filter_node(world, 0, 0) == taint
    world.verdicts[0, 0]["reasons"] = 0
    assert filter_node(world, 0, 0) == 1 << Reason.INSUFFICIENT_CPU | UNRESOLVABLE
