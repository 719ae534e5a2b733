"""What is remembered of nodes: shared by templates that ask the same, and never too old."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.cluster.kernel.stage import Stage

from simarena.cluster.codes import NONE, Reason
from simarena.cluster.kernel.pods.nominations import (
    clear_nomination,
    filter_with_nominated,
    nominate,
)
from simarena.cluster.kernel.pods.occupancy import charge, forget_node
from simarena.cluster.kernel.scheduler.fits import find_fits, fit_of, forget_all

if TYPE_CHECKING:
    from simarena.cluster.records import World

LAST = 2**31 - 1


def stage() -> World:
    world = Stage(num_nodes=100).world
    forget_all(world)
    return world


def score(world: World, template_row: int, node_row: int = 0) -> int:
    fit_row = find_fits(world, template_row)
    return int(fit_of(world, template_row, node_row, fit_row, world.fit_keys[fit_row]["since"]))


def test_templates_that_ask_the_same_share_a_row() -> None:
    world = stage()
    world.templates[2]["cpu_milli"] = 200
    assert find_fits(world, 0) == find_fits(world, 1) != find_fits(world, 2)
    for field in ("ask", "image_ask", "tolerates_pressure", "scores_taints", "ephemeral_bytes"):
        world.templates[3] = world.templates[0]
        world.templates[3][field] = 1
        assert find_fits(world, 3) != find_fits(world, 0)


def test_who_asks_for_ports_or_extended_resources_has_a_row_alone() -> None:
    world = stage()
    world.templates["has_ports"][1:3] = 1
    world.templates[3]["has_extended"] = 1
    assert len({int(find_fits(world, row)) for row in range(4)}) == 4


def test_a_node_is_judged_anew_once_it_has_changed() -> None:
    world = stage()
    before = score(world, 0)
    world.nodes[0]["cpu_nonzero_milli"] = 32_000
    assert score(world, 0) == before  # nobody has said that it changed
    forget_node(world, 0)
    assert score(world, 0) < before
    assert score(world, 1) == score(world, 0)
    world.nodes["cpu_milli"][:] = 0
    forget_all(world)
    assert [score(world, 0, node_row) for node_row in (0, 1)] == [NONE, NONE]


def test_a_row_that_is_taken_over_remembers_nothing_of_what_it_was() -> None:
    world = stage()
    rows = world.fit_keys[1:]
    assert score(world, 0) != NONE
    for number in range(300):  # more than there are rows
        world.templates[1]["cpu_milli"] = 64_001 + number
        assert score(world, 1) == NONE
    assert len(rows) < 300
    assert score(world, 0) != NONE


def test_an_edited_template_is_another() -> None:
    world = stage()
    assert score(world, 0) != NONE
    world.templates[0]["cpu_milli"] = 70_000
    assert score(world, 0) == NONE
    world.templates[0]["cpu_milli"] = 100
    assert score(world, 0) != NONE


def test_stamps_that_run_out_begin_anew() -> None:
    world, other = stage(), stage()
    world.fit_keys[0]["stamp"] = LAST - 10
    for number in range(30):
        for each in (world, other):
            charge(each, 0, number % 3, 1)
        assert [score(world, row, number % 5) for row in range(2)] == [
            score(other, row, number % 5) for row in range(2)
        ]
    assert 0 < world.fit_keys[0]["stamp"] < 1_000


def test_a_trial_that_is_undone_lets_no_node_be_judged_anew() -> None:
    world = stage()
    world.pods[0]["template"] = 1
    world.pods[0]["nominated_node"] = NONE
    world.templates[1]["cpu_milli"] = 63_000
    world.templates[0]["cpu_milli"] = 2_000
    assert score(world, 0) != NONE
    node, stamp = world.nodes[0].copy(), int(world.fits[0, 0]["stamp"])
    nominate(world, 0, 0)
    assert filter_with_nominated(world, 0, 0, NONE, 0) == 1 << Reason.INSUFFICIENT_CPU
    clear_nomination(world, 0)
    assert world.nodes[0] == node
    assert world.fits[0, 0]["stamp"] == stamp
