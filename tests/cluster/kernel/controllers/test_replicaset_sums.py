"""Sums over a Deployment's ReplicaSets, against sums in plain Python."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.cluster.kernel.stage import Stage, same

from simarena.cluster.codes import NONE
from simarena.cluster.kernel.controllers.replicaset_sums import (
    find_replicaset,
    is_complete,
    is_scaling,
    sum_replicasets,
)
from simarena.cluster.kernel.controllers.replicasets import scale_replicaset
from simarena.cluster.rows.tables import copy_world

OLD, NEW, THIRD = 0, 1, 2
TOO_LARGE = 15

applied = st.tuples(st.integers(0, 6), st.sampled_from([OLD, NEW, THIRD, TOO_LARGE]))


def rolled(changes: list[tuple[int, int]], for_ms: int) -> Stage:
    stage = Stage()
    stage.world.templates[TOO_LARGE]["cpu_milli"] = 1_000_000
    for replicas, template in changes:
        stage.apply(replicas=replicas, template=template)
        stage.run(for_ms)
    return stage


def sums(stage: Stage) -> dict[str, int]:
    wanted = stage.world.workloads[0]["replicas"]
    sets: list[Any] = [stage.world.workloads[row] for row in stage.children()]
    active = [one for one in sets if one["replicas"] > 0]
    return {
        "num_children": len(sets),
        "sum_replicas": sum(one["replicas"] for one in sets),
        "reported_pods": sum(one["reported_pods"] for one in sets),
        "reported_available": sum(one["reported_available"] for one in sets),
        "num_active": len(active),
        "num_behind": sum(one["desired"] != wanted for one in active),
        "num_delayed": sum(one["min_ready_ms"] > 0 for one in sets),
    }


def written(stage: Stage) -> dict[str, int]:
    return {name: int(stage.world.workloads[0][name]) for name in sums(stage)}


@given(st.lists(applied, min_size=1, max_size=4), st.integers(5, 1_500))
def test_sums_are_written_over_all_replicasets(changes: list[tuple[int, int]], for_ms: int) -> None:
    stage = rolled(changes, for_ms)
    find_replicaset(stage.world, 0)
    sum_replicasets(stage.world, 0, 0)
    assert written(stage) == sums(stage)
    assert is_scaling(stage.world, 0) == (sums(stage)["num_behind"] > 0)


@given(st.lists(applied, min_size=2, max_size=4), st.integers(5, 1_500), st.integers(0, 6))
def test_who_scales_a_replicaset_keeps_the_sums(
    changes: list[tuple[int, int]], for_ms: int, replicas: int
) -> None:
    stage = rolled(changes, for_ms)
    for row in stage.children():
        find_replicaset(stage.world, 0)
        sum_replicasets(stage.world, 0, 0)
        scale_replicaset(stage.world, row, replicas)
        assert written(stage) == sums(stage)


def test_replicasets_report_first_where_that_is_asked_for() -> None:
    stage = rolled([(3, OLD)], 5_000)
    (row,) = stage.children()
    stage.world.workloads[row]["reported_pods"] = 0
    before = copy_world(stage.world)
    sum_replicasets(stage.world, 0, 0)
    assert stage.column("reported_pods") == [0]
    sum_replicasets(stage.world, 0, 1)
    assert stage.column("reported_pods") == [3]
    assert is_complete(stage.world, 0, row)
    assert not same(before, stage.world)


def test_replicasets_without_pods_leave_the_list_and_come_back_in_their_order() -> None:
    stage = rolled([(3, OLD), (3, NEW), (3, THIRD)], 60_000)
    old, new, third = stage.children()
    stage.apply(replicas=3, template=OLD)
    stage.run(50)
    assert stage.live() == [old, third]
    stage.run(60_000)
    stage.apply(replicas=3, template=NEW)
    stage.run(50)
    assert stage.live() == [old, new]
    assert stage.children() == [old, new, third]


def test_the_replicaset_of_the_template_is_found() -> None:
    stage = rolled([(3, OLD), (3, NEW)], 5_000)
    old, new = stage.children()
    assert find_replicaset(stage.world, 0) == new
    stage.world.workloads[0]["template"] = OLD
    assert find_replicaset(stage.world, 0) == old
    stage.world.workloads[0]["template"] = THIRD
    assert find_replicaset(stage.world, 0) == NONE
    assert stage.world.workloads[0]["num_children"] == 2
