"""Tables: taken empty, grown without a loss, copied without a link."""

from __future__ import annotations

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cluster._objects import domain_counts

from simarena.cluster.codes import NONE, NUM_COUNTS, Status
from simarena.cluster.records import World
from simarena.cluster.rows import tables
from simarena.cluster.rows.tables import (
    Capacities,
    capacities_of,
    copy_world,
    empty_world,
    grown,
    relieved,
    room_for,
    roomy,
)

SMALL = Capacities(
    nodes=1, extended=1, templates=1, specs=1, workloads=1, bare=1, pods=1, heap=1, queue=1, log=1
)


def test_an_empty_world_has_the_asked_for_rows_and_empty_lists() -> None:
    world = empty_world(Capacities(nodes=3, templates=2, pods=7, extended=4))
    assert world.verdicts.shape == (1, 1)
    assert world.node_extended.shape == (3, 4, 2)
    assert world.diagnoses.shape == (8, NUM_COUNTS)
    assert world.candidates.shape == (3,)
    assert world.fits.shape == (0, 3)
    assert empty_world(Capacities(nodes=100, templates=2)).fits.shape == (3, 100)
    state = world.state[0]
    for head in ("free_pod", "free_workload", "first_unschedulable", "last_unschedulable"):
        assert state[head] == NONE
    assert all(table.dtype.isalignedstruct for table in world if table.dtype.names)


capacities = st.builds(
    Capacities, **{field.name: st.integers(1, 9) for field in fields(Capacities)}
)


@given(capacities, capacities)
def test_growth_keeps_contents_and_takes_the_larger_of_both(
    before: Capacities, wanted: Capacities
) -> None:
    world = empty_world(before)
    assert capacities_of(world) == before
    for number, name in enumerate(World._fields):
        getattr(world, name)[...] = number + 1
    larger = grown(world, wanted)
    for field in fields(Capacities):
        have = getattr(capacities_of(larger), field.name)
        assert have == max(getattr(before, field.name), getattr(wanted, field.name))
    for name in World._fields:
        old, new = getattr(world, name), getattr(larger, name)
        kept = new.view(f"V{new.itemsize}")[tuple(slice(0, size) for size in old.shape)]
        assert kept.tobytes() == old.tobytes()  # bytes between fields, too


def test_room_that_is_there_costs_nothing() -> None:
    world = empty_world(SMALL)
    assert room_for(world, pods=1, nodes=0) is world
    assert roomy(empty_world(Capacities())).pods.shape == (64,)


def test_room_is_made_by_doubling() -> None:
    world = empty_world(Capacities(pods=10, nodes=10))
    grown_once = room_for(world, pods=11)
    assert capacities_of(grown_once).pods == 20
    assert capacities_of(grown_once).nodes == 10
    assert capacities_of(room_for(world, pods=50)).pods == 50
    assert capacities_of(room_for(empty_world(SMALL), pods=2)).pods == 4


@pytest.mark.parametrize(
    ("status", "tables"),
    [
        (Status.PODS_FULL, ("pods", "queue", "heap")),
        (Status.WORKLOADS_FULL, ("workloads",)),
        (Status.EVENTS_FULL, ("heap",)),
        (Status.QUEUE_FULL, ("queue",)),
        (Status.LOG_FULL, ("log",)),
    ],
)
def test_a_status_says_which_tables_grow(status: Status, tables: tuple[str, ...]) -> None:
    before = empty_world(SMALL)
    after = capacities_of(relieved(before, status, max_pods=100))
    for field in fields(Capacities):
        if field.name in tables:
            assert getattr(after, field.name) >= 2
        else:
            assert getattr(after, field.name) == getattr(SMALL, field.name)


def test_room_for_one_operation_covers_every_pod_and_workload() -> None:
    world = empty_world(Capacities(pods=100, queue=10, heap=10, log=10))
    world.state[0]["num_pods"] = 100
    world.state[0]["num_active"] = 5
    world.state[0]["num_workloads"] = 3
    have = capacities_of(roomy(world))
    assert have.queue >= 105
    assert have.heap >= 100 + 6
    assert have.log >= 200
    assert capacities_of(roomy(empty_world(Capacities(log=0)))).log == 0


def test_counts_that_are_put_away_are_kept_and_have_room_to_be_looked_at_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tables, "_MOST_CELLS", 1)
    monkeypatch.setattr(tables, "_LEAST_UNFOLDED", 1)
    world = empty_world(Capacities(templates=1, counters=4, domains=3, terms=7))
    world.state[0]["num_templates"] = 1
    world.state[0]["num_counters"] = 4
    world.templates[0]["first_term"] = 0
    world.terms["next"] = [1, 2, 3, 4, 5, 6, NONE]
    world.domain_counts[:4] = [[0, 0, 0], [0, 5, 0], [1, 0, -2], [0, 0, 9]]
    folded = room_for(world, domains=4)
    assert len(folded.unfolded) >= 7 + 1  # one more for what is counted meanwhile
    assert not folded.domain_counts.any()
    assert folded.state[0]["num_cells"] == 4
    counts = domain_counts(folded)[:4, :3]
    assert counts.tolist() == world.domain_counts[:4].tolist()


def test_a_copy_shares_nothing() -> None:
    world = empty_world(SMALL)
    copied = copy_world(world)
    before = [table.tobytes() for table in copied]
    for table in world:
        table[...] = 1
    assert [table.tobytes() for table in copied] == before
