"""Rollouts, step by step. Times are those of the stage: every controller takes 10 ms."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cluster.kernel.stage import Stage, same

from simarena.cluster.codes import NONE, Status, WorkloadKind
from simarena.cluster.kernel.arrivals import apply_workload
from simarena.cluster.kernel.controllers.deployment import sync_deployment
from simarena.cluster.rows.tables import copy_world

OLD, NEW, THIRD = 0, 1, 2
TOO_LARGE = 15


def settled(replicas: int, **spec: int) -> Stage:
    """Return a stage whose Deployment has all its pods of template OLD."""
    stage = Stage()
    stage.apply(replicas=replicas, template=OLD, **spec)
    stage.run(5_000)
    assert stage.column("num_ready") == [replicas]
    stage.history.clear()
    return stage


def sizes(stage: Stage) -> list[list[int]]:
    """Return the sizes of the ReplicaSets that the stage's history went through."""
    rows = stage.children()
    current = dict(zip(rows, stage.replicas(), strict=True))
    current.update((row, former) for _, row, former, _ in reversed(stage.history))
    states = []
    for _, row, former, replicas in stage.history:
        assert current[row] == former
        current[row] = replicas
        states.append([current[row] for row in rows])
    return states


def make_too_large(stage: Stage) -> None:
    stage.world.templates[TOO_LARGE]["cpu_milli"] = 1_000_000


def test_a_deployment_makes_one_replicaset_with_all_its_replicas() -> None:
    stage = Stage()
    stage.apply(replicas=3, template=OLD)
    stage.run(5_000)
    assert stage.replicas() == [3]
    assert stage.column("revision") == [1]
    assert stage.world.workloads[0]["revision"] == 1
    assert stage.history == [(10, 1, 0, 3)]


def test_a_deployment_without_a_rollout_costs_three_events_and_two_for_each_pod() -> None:
    stage = Stage()
    stage.apply(replicas=3, template=OLD)
    stage.run(5_000)
    assert stage.world.state[0]["num_events"] == 3 + 2 * 3
    assert stage.world.state[0]["num_heap"] == 0


def test_a_deployment_of_no_replicas_has_an_empty_replicaset() -> None:
    stage = Stage()
    stage.apply(replicas=0, template=OLD)
    stage.run(1_000)
    assert stage.replicas() == [0]
    assert stage.world.workloads[0]["watches_pods"] == 0


def test_a_rolling_update_of_ten_keeps_eight_available_and_at_most_thirteen() -> None:
    stage = settled(10)
    stage.apply(replicas=10, template=NEW)
    stage.run(1_000)
    # 10 + 3 - 10 = 3 new ones; then 13 - 8 - 3 = 2 old ones go, and 10 + 3 - 11 = 2 more come.
    assert sizes(stage) == [[10, 3], [8, 3], [8, 5]]
    stage.run(10_000)
    assert stage.replicas() == [0, 10]
    assert stage.column("num_ready") == [0, 10]
    assert stage.column("revision") == [1, 2]
    assert all(sum(state) <= 13 for state in sizes(stage))


def test_with_surge_one_pods_are_replaced_one_by_one() -> None:
    stage = settled(3, max_surge=1, surge_is_percent=0, max_unavailable=0)
    stage.apply(replicas=3, template=NEW, max_surge=1, surge_is_percent=0, max_unavailable=0)
    stage.run(10_000)
    assert sizes(stage) == [[3, 1], [2, 1], [2, 2], [1, 2], [1, 3], [0, 3]]


def test_without_surge_an_old_pod_goes_before_a_new_one_comes() -> None:
    stage = settled(3, max_surge=0, surge_is_percent=0, max_unavailable=0)
    stage.apply(replicas=3, template=NEW, max_surge=0, surge_is_percent=0, max_unavailable=0)
    stage.run(10_000)
    assert sizes(stage) == [[2, 0], [2, 1], [1, 1], [1, 2], [0, 2], [0, 3]]


def test_pods_that_never_become_ready_stop_a_rollout() -> None:
    stage = settled(10)
    make_too_large(stage)
    stage.apply(replicas=10, template=TOO_LARGE)
    stage.run(60_000)
    assert stage.replicas() == [8, 5]
    assert stage.column("num_ready") == [8, 0]


def test_unhealthy_old_pods_go_first() -> None:
    stage = settled(10)
    make_too_large(stage)
    stage.apply(replicas=10, template=TOO_LARGE)
    stage.run(5_000)
    stage.history.clear()
    stage.apply(replicas=10, template=NEW)
    stage.run(1_000)
    # 13 - 8 - 0 = 5 may go: the 5 of the second template, though the first is older.
    assert sizes(stage)[0] == [8, 0, 0]
    stage.run(10_000)
    assert stage.replicas() == [0, 0, 10]


def test_recreate_waits_until_the_last_old_pod_is_gone() -> None:
    stage = Stage(termination_ms=500)
    stage.apply(replicas=4, template=OLD, recreate=1)
    stage.run(5_000)
    stage.apply(replicas=4, template=NEW, recreate=1)
    stage.run(510)
    assert stage.replicas() == [0]
    assert stage.column("num_terminating") == [4]
    stage.run(30)
    assert stage.replicas() == [0, 4]
    stage.run(2_000)
    assert stage.column("num_ready") == [0, 4]
    assert stage.world.workloads[0]["watches_pods"] == 0


def test_a_new_size_without_a_rollout_goes_to_the_only_replicaset() -> None:
    stage = settled(3)
    stage.apply(replicas=7, template=OLD)
    stage.run(5_000)
    stage.apply(replicas=2, template=OLD)
    stage.run(5_000)
    assert sizes(stage) == [[7], [2]]
    assert stage.column("num_ready") == [2]


def test_a_new_size_and_template_at_once_scale_the_old_replicaset_first() -> None:
    stage = settled(4)
    stage.apply(replicas=8, template=NEW)
    stage.run(30)
    assert sizes(stage)[0] == [8, 0]
    stage.run(20_000)
    assert stage.replicas() == [0, 8]


def test_a_new_size_in_mid_rollout_is_shared_out_by_size() -> None:
    # The example of Kubernetes' own documentation: 8 + 5 pods become 11 + 7.
    spec = {
        "max_surge": 3,
        "surge_is_percent": 0,
        "max_unavailable": 2,
        "unavailable_is_percent": 0,
    }
    stage = settled(10, **spec)
    make_too_large(stage)
    stage.apply(replicas=10, template=TOO_LARGE, **spec)
    stage.run(5_000)
    assert stage.replicas() == [8, 5]
    stage.apply(replicas=15, template=TOO_LARGE, **spec)
    stage.run(30)
    assert stage.replicas() == [11, 7]


@pytest.mark.parametrize(
    ("replicas", "expected"),
    # 12 allowed instead of 18: 11 becomes round(11·12/18) = 7 and 7 becomes 5, no rest.
    # 18 allowed become 20: 11 becomes 12 and 7 becomes 8.
    # None allowed: nothing is left of either.
    [(9, [7, 5]), (17, [12, 8]), (0, [0, 0])],
)
def test_a_share_is_rounded_to_the_nearest_pod(replicas: int, expected: list[int]) -> None:
    spec = {
        "max_surge": 3,
        "surge_is_percent": 0,
        "max_unavailable": 2,
        "unavailable_is_percent": 0,
    }
    stage = settled(10, **spec)
    make_too_large(stage)
    stage.apply(replicas=10, template=TOO_LARGE, **spec)
    stage.run(5_000)
    stage.apply(replicas=15, template=TOO_LARGE, **spec)
    stage.run(5_000)
    assert stage.replicas() == [11, 7]
    stage.apply(replicas=replicas, template=TOO_LARGE, **spec)
    stage.run(15)
    assert stage.replicas() == expected


def test_a_rollback_uses_the_old_replicaset_again_under_a_new_revision() -> None:
    stage = settled(3)
    stage.apply(replicas=3, template=NEW)
    stage.run(10_000)
    assert stage.column("revision") == [1, 2]
    stage.apply(replicas=3, template=OLD)
    stage.run(10_000)
    assert stage.replicas() == [3, 0]
    assert stage.column("revision") == [3, 2]
    assert stage.world.workloads[0]["revision"] == 3


def test_a_paused_deployment_scales_but_does_not_roll_out() -> None:
    stage = settled(3)
    stage.apply(replicas=5, template=NEW, paused=1)
    stage.run(5_000)
    assert stage.replicas() == [5]
    stage.apply(replicas=5, template=NEW)
    stage.run(10_000)
    assert stage.replicas() == [0, 5]


def test_a_deployment_that_is_created_paused_makes_nothing() -> None:
    stage = Stage()
    stage.apply(replicas=3, template=OLD, paused=1)
    stage.run(5_000)
    assert stage.children() == []


def test_a_paused_rollout_is_scaled_in_proportion() -> None:
    stage = settled(10)
    make_too_large(stage)
    stage.apply(replicas=10, template=TOO_LARGE)
    stage.run(5_000)
    assert stage.replicas() == [8, 5]
    stage.apply(replicas=20, template=TOO_LARGE, paused=1)
    stage.run(5_000)
    # 20 + 5 - 13 = 12 to share: 8·25/13 = 15.4 and 5·25/13 = 9.6.
    assert stage.replicas() == [15, 10]


def test_pods_count_as_available_when_ready_for_long_enough() -> None:
    spec = {"max_surge": 1, "surge_is_percent": 0, "max_unavailable": 0, "min_ready_ms": 7_000}
    stage = settled(2, **spec)
    stage.run(10_000)
    stage.apply(replicas=2, template=NEW, **spec)
    stage.run(7_900)
    assert stage.replicas() == [2, 1]
    # Synced at 10 ms, created at 20, bound at 21, ready at 1021, available at 8021.
    stage.run(121)
    assert stage.replicas() == [1, 1]
    stage.run(20_000)
    assert stage.replicas() == [0, 2]
    assert stage.world.state[0]["num_heap"] == 0


def test_the_oldest_revisions_beyond_the_limit_are_deleted_and_their_rows_used_again() -> None:
    stage = settled(2, revision_history_limit=1)
    for template in range(1, 9):
        stage.apply(replicas=2, template=template, revision_history_limit=1)
        stage.run(10_000)
    assert stage.column("template") == [7, 8]
    assert stage.column("revision") == [8, 9]
    assert stage.world.state[0]["num_workloads"] <= 4


def test_a_history_limit_of_zero_keeps_only_the_newest() -> None:
    stage = settled(2, revision_history_limit=0)
    stage.apply(replicas=2, template=NEW, revision_history_limit=0)
    stage.run(10_000)
    assert stage.column("template") == [NEW]


def test_a_lower_limit_alone_cleans_up() -> None:
    stage = settled(2)
    for template in (NEW, THIRD):
        stage.apply(replicas=2, template=template)
        stage.run(10_000)
    stage.apply(replicas=2, template=THIRD, revision_history_limit=1)
    stage.run(1_000)
    assert stage.column("template") == [NEW, THIRD]


def test_a_stale_note_of_the_former_size_stops_a_rollout_as_in_kubernetes() -> None:
    spec = {
        "max_surge": 0,
        "surge_is_percent": 0,
        "max_unavailable": 1,
        "unavailable_is_percent": 0,
    }
    stage = settled(6, **spec)
    stage.apply(replicas=6, template=NEW, **spec)
    stage.run(15)
    assert stage.replicas() == [5, 0]
    stage.apply(replicas=5, template=NEW, **spec)
    stage.run(60_000)
    assert stage.replicas() == [5, 0]
    stage.apply(replicas=4, template=NEW, **spec)
    stage.run(60_000)
    assert stage.replicas() == [0, 4]


def test_a_full_table_of_workloads_changes_nothing_and_can_be_mended() -> None:
    stage = Stage()
    stage.apply(replicas=3, template=OLD)
    stage.world.state[0]["num_workloads"] = stage.world.workloads.shape[0]
    before = copy_world(stage.world)
    assert sync_deployment(stage.world, 0) == Status.WORKLOADS_FULL
    assert same(stage.world, before)
    stage.run(5_000)
    assert stage.column("num_ready") == [3]


def test_a_full_event_heap_changes_nothing() -> None:
    stage = Stage()
    stage.apply(replicas=3, template=OLD)
    stage.world.state[0]["num_heap"] = stage.world.heap.shape[0]
    before = copy_world(stage.world)
    assert sync_deployment(stage.world, 0) == Status.EVENTS_FULL
    assert apply_workload(stage.world, 0, 0) == Status.EVENTS_FULL
    assert same(stage.world, before)


def test_a_deleted_deployment_takes_its_pods_along_and_gives_rows_back() -> None:
    stage = settled(5)
    stage.apply(replicas=5, template=NEW)
    stage.run(100)
    children = stage.children()
    stage.delete()
    stage.run(100)
    assert stage.children() == []
    assert not stage.world.pods["present"].any()
    assert all(stage.world.workloads[row]["kind"] == WorkloadKind.FREE for row in children)
    stage.delete()
    stage.apply(replicas=2, template=OLD)
    stage.run(5_000)
    assert stage.column("num_ready") == [2]
    assert stage.column("revision") == [1]


def test_rows_of_a_deleted_deployment_come_back_when_its_pods_are_gone() -> None:
    stage = Stage(termination_ms=30_000)
    stage.apply(replicas=5, template=OLD)
    stage.run(5_000)
    (child,) = stage.children()
    stage.delete()
    stage.apply(replicas=1, template=OLD)
    stage.run(5_000)
    assert stage.column("num_ready") == [1]
    assert stage.world.workloads[child]["kind"] == WorkloadKind.REPLICASET
    stage.run(30_000)
    assert stage.world.workloads[child]["kind"] == WorkloadKind.FREE
    assert stage.world.state[0]["free_workload"] == child


def test_a_deployment_deleted_before_its_first_sync_makes_nothing() -> None:
    stage = Stage()
    stage.apply(replicas=5, template=OLD)
    stage.delete()
    stage.run(5_000)
    assert stage.world.state[0]["free_workload"] == NONE
    assert stage.world.state[0]["num_pods"] == 0


edits = st.lists(
    st.tuples(
        st.integers(0, 12),  # replicas
        st.integers(0, 3),  # template
        st.sampled_from([1, 7, 45, 400, 1_017, 2_500]),  # then this long, ms
    ),
    min_size=1,
    max_size=6,
)
bounds = st.tuples(st.integers(0, 100), st.integers(0, 100)).filter(any)


@given(edits, bounds, st.sampled_from([0, 0, 200]), st.sampled_from([0, 0, 1_000]))
def test_every_walk_keeps_its_bounds_and_ends_as_wanted(
    walk: list[tuple[int, int, int]], bound: tuple[int, int], termination_ms: int, min_ready_ms: int
) -> None:
    stage = Stage(num_nodes=2, termination_ms=termination_ms)
    spec = {
        "max_surge": bound[0],
        "max_unavailable": bound[1],
        "revision_history_limit": 2,
        "min_ready_ms": min_ready_ms,
    }
    largest = 0
    for replicas, template, wait_ms in walk:
        stage.apply(replicas=replicas, template=template, **spec)
        largest = max(largest, replicas + -(-replicas * bound[0] // 100))
        stage.run(wait_ms)
        assert sum(stage.replicas()) <= largest
    wanted = stage.world.workloads[0]["replicas"]
    # A changed size gets a rollout going again that waits on a stale note.
    stage.run(120_000)
    for replicas in (wanted + 1, wanted):
        stage.apply(replicas=replicas, template=walk[-1][1], **spec)
        stage.run(120_000)
    assert sum(stage.column("num_pods")) == wanted
    assert sum(stage.column("num_ready")) == wanted
    newest = stage.column("template").index(walk[-1][1])
    assert stage.replicas()[newest] == wanted
    assert len(stage.children()) <= 3
    assert stage.world.state[0]["num_heap"] == 0
    assert stage.world.workloads[0]["watches_pods"] == 0
